#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "harness/engine/engine.h"

// Gates that break one promise each, so that the simulator's checkers can be seen to notice. Every
// mistake is made by changing frames on their way in or out of the real core.

namespace postern::harness::simulate::testing_support {

/// What happens to the frames; a function that is not set leaves them alone. An answering function
/// gets the call's frame, the real answer, and the real engine for further questions.
struct Mistake {
  using Ask = std::function<std::string(std::string_view frame)>;
  using Change = std::function<std::string(std::string_view frame, std::string answer, Ask ask)>;
  Change begin;
  Change resume;
  Change ledger;
};

/// The core with a mistake.
class BrokenEngine final : public Engine {
 public:
  explicit BrokenEngine(Mistake mistake) : mistake_(std::move(mistake)) {}

  std::string_view name() const override { return "broken"; }
  std::string configure(std::string_view frame) override { return real_->configure(frame); }
  std::string begin(std::string_view frame) override {
    const auto ask = [this](std::string_view again) { return real_->begin(again); };
    return changed(mistake_.begin, frame, real_->begin(frame), ask);
  }
  std::string resume(std::string_view frame) override {
    const auto ask = [this](std::string_view again) { return real_->resume(again); };
    return changed(mistake_.resume, frame, real_->resume(frame), ask);
  }
  std::string ledger(std::string_view frame) override {
    const auto ask = [this](std::string_view again) { return real_->ledger(again); };
    return changed(mistake_.ledger, frame, real_->ledger(frame), ask);
  }

 private:
  static std::string changed(const Mistake::Change& change, std::string_view frame,
                             std::string answer, const Mistake::Ask& ask) {
    return change ? change(frame, std::move(answer), ask) : answer;
  }

  std::unique_ptr<Engine> real_ = make_native_engine();
  Mistake mistake_;
};

// Where things stand in frames, as docs/ABI.md has them.

/// In the frames of `resume` and `ledger`: the time, behind the version.
inline constexpr std::size_t time_at = 1;
/// In a `begin` frame: time and token, behind the version; then flags.
inline constexpr std::size_t token_end = 1 + 8 + 16;
/// In a `ledger` frame: the row's length, behind version and two times.
inline constexpr std::size_t row_at = 1 + 8 + 8;
/// In the answer to it: the answer's number, behind version, keep, expiry, due and row.
inline constexpr std::size_t kept_row_at = 1 + 1 + 8 + 8;

inline std::size_t u16_at(std::string_view frame, std::size_t at) {
  return static_cast<unsigned char>(frame[at]) +
         std::size_t{256} * static_cast<unsigned char>(frame[at + 1]);
}

inline std::uint8_t effect_of(std::string_view step) { return static_cast<std::uint8_t>(step[1]); }

/// In a step: where the effect's payload begins, behind version, effect, flags and ticket.
inline std::size_t payload_at(std::string_view step) { return 5 + u16_at(step, 3); }

inline std::uint8_t answer_of_ledger(std::string_view answer) {
  return static_cast<std::uint8_t>(answer[kept_row_at + 2 + u16_at(answer, kept_row_at)]);
}

inline std::string_view row_of(std::string_view ledger_frame) {
  return ledger_frame.substr(row_at + 2, u16_at(ledger_frame, row_at));
}

/// Where the verb of a `ledger` frame's operation is, behind its length and version.
inline std::size_t verb_at(std::string_view ledger_frame) {
  return row_at + 2 + u16_at(ledger_frame, row_at) + 2 + 1;
}

/// Where a row has things, as wasm/postern/ledger/ledger.h declares it, behind its version.
inline constexpr std::size_t state_in_row = 1;
inline constexpr std::size_t epoch_in_row = 2;
inline constexpr std::size_t mark_in_row = 1 + 1 + 8 + 16 + 8 + 8 + 8 + 2;

/// A reply, which ends the answer to a `ledger` frame, and where it has things, as the same file
/// declares it.
inline constexpr std::size_t reply_bytes = 24;
inline constexpr std::size_t epoch_in_reply = 1 + 1;
inline constexpr std::size_t mark_in_reply = 1 + 1 + 8;

/// A `ledger` frame as if the store had no row.
inline std::string without_row(std::string_view frame) {
  std::string without(frame);
  without.replace(row_at, 2 + u16_at(frame, row_at), 2, '\0');
  return without;
}

/// The frame with its time at the beginning of 1970.
inline std::string long_ago(std::string_view frame) {
  std::string earlier(frame);
  earlier.replace(time_at, 8, 8, '\0');
  return earlier;
}

/// Every occurrence of `from` gives way to `to`, which is as long.
inline std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + 1)) {
    text.replace(at, from.size(), to);
  }
  return text;
}

}  // namespace postern::harness::simulate::testing_support
