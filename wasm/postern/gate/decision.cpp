#include "postern/gate/decision.h"

#include <algorithm>
#include <array>

#include "postern/base/word_list.h"
#include "postern/gate/limits.h"

namespace postern::gate {
namespace {

using namespace std::string_view_literals;

/// By the numbers of the verdicts.
constexpr std::array verdicts = {"forwarded"sv, "duplicate"sv, "busy"sv,     "refused"sv,
                                 "handshake"sv, "accepted"sv,  "unrouted"sv, "failed"sv};
constexpr auto verdict_names = make_word_list<word_list_bytes(verdicts)>(verdicts);
static_assert(verdicts.size() == static_cast<std::size_t>(Verdict::failed) + 1);

/// Longest time that a sender is asked to stay away.
constexpr std::uint64_t retry_after_seconds_max = 3600;

}  // namespace

Decision refusal(Reason reason) {
  Decision decision{.verdict = Verdict::refused, .reason = reason, .status = status_of(reason)};
  if (decision.status == 503) {
    decision.verdict = Verdict::failed;
    decision.retry_after_seconds = retry_after_seconds_default;
  }
  return decision;
}

std::uint32_t retry_after(std::uint64_t seconds) {
  return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(seconds, 1, retry_after_seconds_max));
}

std::uint32_t retry_after_ms(std::uint64_t ms) { return retry_after((ms + 999) / 1000); }

std::string_view name_of(Verdict verdict) {
  return WordList(verdict_names).at(static_cast<std::size_t>(verdict));
}

}  // namespace postern::gate
