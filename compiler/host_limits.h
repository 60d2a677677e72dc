#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace postern::compiler {

/// What the platform that a gate runs on can do, and how it names what a policy needs of it. One
/// value for each host, which the compiler is handed: contract/hosts.mjs.
struct HostLimits {
  /// Such as "cloudflare".
  std::string name;
  /// Over which times its limiter counts, ascending. Empty: it has no limiter.
  std::vector<std::uint32_t> rate_periods_seconds;
  /// Stands before requests and seconds in the name of a counter: `RATE_600_60`.
  std::string rate_binding_prefix;
  /// Most bytes of ticket and body in one message of its queue. 0: it has no queue.
  std::size_t queue_message_bytes_max = 0;
  /// Whether functions of the program that it runs in can be destinations: `handler:NAME`.
  bool handlers = false;
};

/// `rate_binding` names the counter of `requests` in a time on that host.
[[nodiscard]] std::string rate_binding(const HostLimits& host, std::int64_t requests,
                                       std::int64_t period_seconds);

}  // namespace postern::compiler
