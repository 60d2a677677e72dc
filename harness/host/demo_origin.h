#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "harness/host/frames.h"
#include "harness/host/script.h"

namespace postern::harness {

/// Most requests that the demo origin remembers, and of their paths and headers most bytes; older
/// ones are still counted. The newest stays in any case.
inline constexpr std::size_t recorded_calls_max = 1000;
inline constexpr std::size_t recorded_bytes_max = std::size_t{4} << 20;

/// Most requests that one answer shows.
inline constexpr std::size_t shown_calls_max = 100;

/// One request that arrived.
struct OriginCall {
  std::uint64_t number = 0;  // From 1, in the order of arrival.
  std::string method;
  std::string path;
  std::vector<Header> headers;
  std::string body_sha256;  // Hex.
  std::size_t body_bytes = 0;
  std::uint16_t answered = 0;  // 0: with none.
};

/// `parse_answers` reads words such as `200,500,hang,reset,200@2s`; nothing for another word.
[[nodiscard]] std::optional<std::deque<OriginTurn>> parse_answers(std::string_view words);

/// What a demo origin remembers and what it will answer. Safe to use from many threads.
class OriginState {
 public:
  explicit OriginState(std::deque<OriginTurn> turns) : turns_(std::move(turns)) {}

  /// `take` records a request and gives what to do with it.
  [[nodiscard]] OriginTurn take(OriginCall call);

  /// `script` replaces what is still to be answered.
  void script(std::deque<OriginTurn> turns);
  void forget();

  /// `calls` is `{"count": n, "oldest": n, "next": n, "calls": [...]}`: of those behind number
  /// `after` that are still known the first `limit`; without a number the newest. Its cost does not
  /// grow with what has come before.
  [[nodiscard]] std::string calls(std::optional<std::uint64_t> after, std::size_t limit) const;

 private:
  mutable std::mutex mutex_;
  std::deque<OriginTurn> turns_;
  void forget_old();

  /// Numbered without a gap, the newest last.
  std::deque<OriginCall> calls_;
  std::size_t recorded_bytes_ = 0;
  std::uint64_t count_ = 0;
};

/// The port is taken, or the address is not this machine's.
class CannotListen : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// `serve_origin` answers HTTP until SIGINT or SIGTERM, which it gives. `port` 0 picks a free one;
/// `listening` hears which. `served` hears of each request. Throws `CannotListen`.
int serve_origin(const std::string& address, std::uint16_t port, OriginState& state,
                 const std::function<void(std::uint16_t port)>& listening,
                 const std::function<void(const OriginCall&)>& served);

}  // namespace postern::harness
