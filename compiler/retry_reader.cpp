#include "compiler/retry_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "postern/gate/retry.h"

namespace postern::compiler {
namespace {

using policy::RetryKind;

/// The platform's queue counts delays in whole seconds.
constexpr std::uint64_t delay_unit_ms = 1000;
/// No known sender goes on for longer than 30 days.
constexpr std::uint64_t retry_horizon_limit_ms = 30ULL * 24 * 60 * 60 * 1000;

/// A wait must be one that the queue can hold. `place` is the text's own.
std::optional<std::uint32_t> check_delay(std::uint64_t milliseconds,
                                         const toml::source_region& place, Report& report) {
  if (milliseconds % delay_unit_ms != 0 || milliseconds == 0) {
    report.error(place, "bad-duration", "a wait is a whole number of seconds, and at least one",
                 "the platform's queue counts in seconds");
    return std::nullopt;
  }
  if (milliseconds > policy::retry_delay_ms_max) {
    report.error(place, "out-of-range",
                 fmt::format("a wait is at most {}", show_duration(policy::retry_delay_ms_max)),
                 "the platform's queue holds no message back for longer");
    return std::nullopt;
  }
  return static_cast<std::uint32_t>(milliseconds);
}

std::optional<std::uint32_t> read_delay(TableReader& reader, std::string_view key) {
  const auto milliseconds = reader.duration_ms(key, UINT64_MAX);
  return milliseconds.has_value() ? check_delay(*milliseconds, reader.place(key), reader.report())
                                  : std::nullopt;
}

std::vector<std::uint32_t> read_delays(TableReader& reader) {
  std::vector<std::uint32_t> delays;
  const auto texts = reader.texts("schedule", policy::retry_delays_max);
  for (const PlacedText& text : texts.value_or(std::vector<PlacedText>{})) {
    const auto milliseconds = parse_duration_ms(text.text);
    if (!milliseconds.has_value()) {
      reader.report().error(text.place, "bad-duration", "this is not a duration",
                            "a whole number and one unit: \"10s\", \"5m\", \"1h\"");
    } else if (const auto delay = check_delay(*milliseconds, text.place, reader.report());
               delay.has_value()) {
      delays.push_back(*delay);
    }
  }
  return delays;
}

/// "20%": digits without a leading zero, at most 100.
void read_jitter(TableReader& reader, policy::Retry& retry) {
  const auto text = reader.text("jitter");
  if (!text.has_value()) {
    return;
  }
  unsigned percent = 0;
  std::from_chars(text->data(), text->data() + text->size(), percent);
  if (percent > 100 || *text != fmt::format("{}%", percent)) {
    reader.error("jitter", "out-of-range", "`jitter` is a share from 0% to 100%",
                 "jitter = \"20%\": each wait is shortened by up to a fifth, at random");
    return;
  }
  retry.jitter_percent = static_cast<std::uint8_t>(percent);
}

void refuse_without_use(TableReader& reader, std::string_view key, std::string_view kind) {
  if (reader.has(key)) {
    reader.error(key, "unused-key", fmt::format("`{}` has no effect on {}", key, kind),
                 "leave it out");
  }
}

void read_list(TableReader& reader, policy::Retry& retry, Storage& storage) {
  refuse_without_use(reader, "first", "a list of waits");
  refuse_without_use(reader, "longest", "a list of waits");
  const std::vector<std::uint32_t> delays = read_delays(reader);
  if (delays.empty()) {
    return;  // Reported.
  }
  retry.kind = RetryKind::list;
  retry.first_ms = delays.front();
  retry.longest_ms = std::ranges::max(delays);
  retry.attempts = static_cast<std::uint16_t>(delays.size() + 1);
  retry.delays_ms = storage.list(delays);
}

/// A first wait above the default of the longest one lifts that.
void read_growth(TableReader& reader, policy::Retry& retry) {
  if (const auto kind = reader.choice("schedule", {"exponential", "fixed", "fibonacci"});
      kind.has_value()) {
    retry.kind = static_cast<RetryKind>(*kind);
  }
  retry.first_ms = read_delay(reader, "first").value_or(retry.first_ms);
  if (retry.kind == RetryKind::fixed) {
    refuse_without_use(reader, "longest", "waits that are all the same");
    retry.longest_ms = retry.first_ms;
    return;
  }
  retry.longest_ms =
      read_delay(reader, "longest").value_or(std::max(retry.longest_ms, retry.first_ms));
  if (retry.first_ms > retry.longest_ms) {
    reader.error("longest", "out-of-range", "`longest` is shorter than `first`", "");
    retry.longest_ms = retry.first_ms;
  }
}

/// The waits of the gate itself, none of them shortened.
struct Waits {
  std::uint32_t count = 0;
  std::uint64_t sum_ms = 0;
};

Waits waits_of(const policy::Retry& schedule) {
  Waits waits;
  while (const auto wait = gate::next_delay_ms(schedule, {.number = waits.count + 1,
                                                          .elapsed_ms = waits.sum_ms,
                                                          .retry_after_ms = 0,
                                                          .random = 0})) {
    waits.sum_ms += *wait;
    ++waits.count;
  }
  return waits;
}

}  // namespace

policy::Retry read_retry(TableReader& route, Storage& storage) {
  policy::Retry retry = gate::default_retry();
  const toml::table* table = route.table("retry");
  if (table == nullptr) {
    return retry;
  }
  TableReader reader(*table, "`retry`", route.report());
  const toml::node* schedule = reader.find("schedule");
  if (schedule != nullptr && schedule->is_array()) {
    read_list(reader, retry, storage);
  } else {
    read_growth(reader, retry);
  }
  if (const auto attempts = reader.integer("attempts", 1, policy::retry_attempts_max);
      attempts.has_value()) {
    retry.attempts = static_cast<std::uint16_t>(*attempts);
  }
  retry.horizon_ms =
      reader.duration_ms("horizon", retry_horizon_limit_ms).value_or(retry.horizon_ms);
  if (retry.horizon_ms == 0) {
    reader.error("horizon", "out-of-range", "`horizon` is zero", "");
  }
  read_jitter(reader, retry);
  reader.finish();
  return retry;
}

std::uint32_t attempts_that_fit(const policy::Retry& schedule) {
  return 1 + waits_of(schedule).count;
}

std::uint64_t all_waits_ms(const policy::Retry& schedule) {
  policy::Retry endless = schedule;
  endless.horizon_ms = UINT64_MAX;
  return waits_of(endless).sum_ms;
}

}  // namespace postern::compiler
