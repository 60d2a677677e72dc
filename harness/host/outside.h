#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "harness/host/http_message.h"

namespace postern::harness {

/// What stands around a running gate, for whoever sends to it: the wire, its log, the time. What
/// cannot be done ends all that is under way, and a call does not come back: natively it throws,
/// and where there are no exceptions, in the harness's module, whoever runs it is told the words
/// and the instance is gone.
class Outside {
 public:
  Outside() = default;
  Outside(const Outside&) = delete;
  Outside& operator=(const Outside&) = delete;
  virtual ~Outside() = default;

  /// `follow` notes where the gate's log ends now; an empty name: none is known. Does not come back
  /// for one that cannot be read.
  virtual void follow(const std::string& log) = 0;

  /// `send` does not come back where nobody answers.
  [[nodiscard]] virtual HttpResponse send(const HttpRequest& request) const = 0;

  /// The decision record of a delivery, by what the answer carried; nothing when no log is known or
  /// none came within `record_wait_ms`.
  [[nodiscard]] virtual std::optional<std::string> record_of(const HttpResponse& answer) const = 0;

  /// Unix time.
  [[nodiscard]] virtual std::int64_t now_ms() const = 0;
  virtual void pause(std::uint32_t milliseconds) const = 0;

  /// Whoever answers is not what it has to be.
  [[noreturn]] virtual void unreachable(const std::string& words) const = 0;

  /// A file about the gate cannot be read, or used.
  [[noreturn]] virtual void unreadable(const std::string& words) const = 0;
};

}  // namespace postern::harness
