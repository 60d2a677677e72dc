#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "certificate_support.h"
#include "gate_queue_support.h"

// What a host answers to a check, and what came of a delivery.

namespace postern::testing_support {

/// The outcome of `check_signature`: what was found of each check, in order.
[[nodiscard]] inline std::string found(std::initializer_list<int> results) {
  Frame frame;
  frame.u16(results.size());
  for (const int result : results) {
    frame.u8(static_cast<std::uint64_t>(result));
  }
  return frame.bytes();
}
inline constexpr int cannot_check = 0;
inline constexpr int valid = 1;
inline constexpr int invalid = 2;

/// Status and reason of a delivery that is over.
[[nodiscard]] inline std::pair<int, std::string> refused_with(const std::string& frame) {
  const auto step = read_step(frame);
  EXPECT_TRUE(step.has_value());
  if (!step.has_value() || step->effect != gate::EffectKind::answer) {
    return {0, "went on"};
  }
  const AnswerFields answer = read_answer(*step);
  const auto record = nlohmann::json::parse(answer.record, nullptr, false);
  return {answer.status, record.value("reason", "")};
}

[[nodiscard]] inline gate::EffectKind effect_of(const std::string& frame) {
  return read_step(frame).value_or(Step{}).effect;
}

/// A ticket whose delivery no longer has the header of that name; nobody writes such a one.
[[nodiscard]] inline std::string without_header(std::string ticket, std::string_view name) {
  const std::size_t at = ticket.find(name);
  EXPECT_NE(at, std::string::npos);
  ticket[at] = 'y';
  return ticket;
}

}  // namespace postern::testing_support
