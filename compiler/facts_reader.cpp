#include "compiler/facts_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace postern::compiler {
namespace {

/// Senders that retry for longer than two months are not known; a longer number is a slip.
constexpr std::uint64_t sender_horizon_limit_ms = 60ULL * 24 * 60 * 60 * 1000;
constexpr std::uint64_t sender_timeout_limit_ms = 10ULL * 60 * 1000;
constexpr std::int64_t attempts_limit = 10'000;

void read_retries(TableReader& parent, SchemeModel& model) {
  const toml::table* table = parent.table("retries");
  if (table == nullptr) {
    return;
  }
  TableReader reader(*table, "`retries`", parent.report());
  if (const auto attempts = reader.integer("attempts", 0, attempts_limit); attempts.has_value()) {
    model.sender.attempts = static_cast<std::uint32_t>(*attempts);
  }
  model.sender.horizon_ms = reader.duration_ms("horizon", sender_horizon_limit_ms);
  model.sender.timeout_ms = reader.duration_ms("timeout", sender_timeout_limit_ms);
  constexpr std::array<std::string_view, 6> causes = {"non-2xx", "4xx",     "429",
                                                      "5xx",     "timeout", "connection"};
  for (PlacedText& text : reader.texts("on", causes.size()).value_or(std::vector<PlacedText>{})) {
    if (std::ranges::find(causes, text.text) == causes.end()) {
      reader.report().error(text.place, "unknown-value", "this is not a cause of a retry",
                            fmt::format("one of: {}", fmt::join(causes, ", ")));
    }
    model.sender.retried_on.push_back(std::move(text.text));
  }
  model.sender.source = reader.text("source").value_or(std::string{});
  reader.finish();
}

}  // namespace

void read_facts(TableReader& reader, SchemeUse use, SchemeModel& model) {
  const auto fact = [&reader, use](std::string_view key, std::string_view hint) {
    return use == SchemeUse::catalogue ? reader.required_text(key, hint)
                                       : reader.text(key).value_or(std::string{});
  };
  model.name = fact("name", "the provider's own name");
  model.manual = fact("manual", "the provider's page about it");
  model.secret_place = reader.text("secret_place").value_or(std::string{});
  const toml::node* checked = reader.find("checked");
  if (checked != nullptr && checked->is_date()) {
    const toml::date& day = checked->as_date()->get();
    model.checked = fmt::format("{:04}-{:02}-{:02}", day.year, day.month, day.day);
  } else if (checked != nullptr || use == SchemeUse::catalogue) {
    reader.error("checked", checked == nullptr ? "missing-key" : "wrong-type",
                 "`checked` must be a date", "the day the manual was read: checked = 2026-11-21");
  }
  const std::vector<std::string> levels = {"vector", "vendor-code", "two-implementations",
                                           "one-source"};
  if (use == SchemeUse::catalogue || reader.has("confidence")) {
    static_cast<void>(reader.required_text("confidence", "how sure the facts are"));
    const auto level = reader.choice("confidence", levels);
    model.confidence = level.has_value() ? levels[*level] : std::string{};
  }
  model.notes = reader.text("notes").value_or(std::string{});
  read_retries(reader, model);
}

}  // namespace postern::compiler
