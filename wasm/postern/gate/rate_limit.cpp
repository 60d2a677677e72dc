#include "postern/gate/rate_limit.h"

#include <algorithm>
#include <array>

#include "postern/encoding/hex.h"
#include "postern/http/address.h"

namespace postern::gate {
namespace {

/// An IPv6 sender owns the lower half of its address, and could have a new one for each request.
constexpr std::size_t ipv6_network_bytes = 8;

/// Who is counted together: all of a source, or of one of its tenants; or of an address.
std::string_view bucket_of(const Call& call) {
  const policy::Source& source = *call.source->policy;
  const std::string_view tenant = call.arrival.tenant;
  if (source.rate_limit.by == policy::LimitBy::source) {
    const std::array<std::string_view, 3> parts = {source.name, tenant.empty() ? "" : "/", tenant};
    return call.arena.join(parts);
  }
  auto address =
      http::parse_address(call.arrival.delivery.client_address).value_or(http::Address{});
  if (!http::is_ipv4(address)) {
    std::ranges::fill(std::span(address).subspan<ipv6_network_bytes>(), std::byte{0});
  }
  std::array<char, 2 * sizeof(http::Address)> hex;
  const std::array<std::string_view, 3> parts = {source.name, "/",
                                                 encoding::encode_hex(address, hex)};
  return call.arena.join(parts);
}

}  // namespace

contract::Limit limit_of(const Call& call) {
  const policy::RateLimit& limit = call.source->policy->rate_limit;
  return {.bucket = bucket_of(call),
          .requests = limit.requests,
          .period_seconds = limit.period_seconds};
}

Counted read_limit(Call& call, Report& report) {
  enum : std::uint8_t { unavailable = 0, denied = 2 };
  const std::uint8_t result = report.outcome.u8();
  if (report.of != EffectKind::limit || !report.outcome.finished() || result > denied) {
    return Counted::malformed;
  }
  call.arrival.limit_was_down = result == unavailable;
  return result == denied ? Counted::denied : Counted::let_in;
}

Decision rate_refusal(const Call& call) {
  Decision decision = refusal(Reason::rate_limited);
  decision.retry_after_seconds = call.source->policy->rate_limit.period_seconds;
  return decision;
}

}  // namespace postern::gate
