#include "compiler/facts_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "compiler/address_range.h"

namespace postern::compiler {
namespace {

/// Senders that retry for longer than two months are not known; a longer number is a slip.
constexpr std::uint64_t sender_horizon_limit_ms = 60ULL * 24 * 60 * 60 * 1000;
constexpr std::uint64_t sender_timeout_limit_ms = 10ULL * 60 * 1000;
constexpr std::int64_t attempts_limit = 10'000;

/// As many as anybody looks one sender up by, and as long as a slug may be.
constexpr std::size_t aliases_max = 16;
constexpr std::size_t alias_bytes_max = 64;

/// A date of TOML as text; reports anything else, and a `key` that is not there.
std::string read_day(TableReader& reader, std::string_view key, std::string hint) {
  const toml::node* node = reader.find(key);
  if (node != nullptr && node->is_date()) {
    const toml::date& day = node->as_date()->get();
    return fmt::format("{:04}-{:02}-{:02}", day.year, day.month, day.day);
  }
  reader.error(key, node == nullptr ? "missing-key" : "wrong-type",
               fmt::format("`{}` must be a date", key), std::move(hint));
  return {};
}

bool is_alias(std::string_view text) {
  constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyz0123456789-.";
  const auto is_edge = [](char character) { return character == '-' || character == '.'; };
  return !text.empty() && text.size() <= alias_bytes_max && !is_edge(text.front()) &&
         !is_edge(text.back()) && text.find_first_not_of(allowed) == std::string_view::npos;
}

void read_aliases(TableReader& reader, SchemeModel& model) {
  for (PlacedText& text :
       reader.texts("aliases", aliases_max).value_or(std::vector<PlacedText>{})) {
    if (!is_alias(text.text)) {
      reader.report().error(text.place, "bad-alias", "this is not a name that can be looked up",
                            "1 to 64 of a-z, 0-9, \"-\" and \".\", the last two inside only");
    } else if (text.text == model.slug ||
               std::ranges::find(model.aliases, text.text, &PlacedText::text) !=
                   model.aliases.end()) {
      reader.report().error(text.place, "repeated-value", "it has this name already", "");
    }
    model.aliases.push_back(std::move(text));
  }
}

/// The ranges that are read; what is wrong with the others is reported.
std::vector<std::string> read_ranges(TableReader& reader) {
  std::vector<policy::AddressRange> ranges;
  std::vector<std::string> shown;
  const auto texts = reader.texts("ranges", policy::address_ranges_max);
  for (const PlacedText& text : texts.value_or(std::vector<PlacedText>{})) {
    const auto range = parse_address_range(text.text);
    if (!range.has_value()) {
      reader.report().error(text.place, "bad-address", range.error().message, range.error().hint);
      continue;
    }
    if (std::ranges::any_of(ranges, [&range](const policy::AddressRange& other) {
          return covers(other, *range) || covers(*range, other);
        })) {
      reader.report().error(text.place, "covered-address", "another range of the list meets it",
                            "leave the narrower one out");
    }
    ranges.push_back(*range);
    shown.push_back(text.text);
  }
  return shown;
}

void read_published_addresses(TableReader& parent, SchemeModel& model) {
  const toml::table* table = parent.table("addresses");
  if (table == nullptr) {
    return;
  }
  TableReader reader(*table, "`addresses`", parent.report());
  model.addresses.checked =
      read_day(reader, "checked", "the day the list was read: checked = 2026-11-30");
  model.addresses.source = reader.required_text("source", "the page that has the list");
  model.addresses.ranges = read_ranges(reader);
  if (!reader.has("ranges")) {
    reader.error("ranges", "missing-key", "`addresses` needs `ranges`",
                 "ranges = [\"192.0.2.0/24\"]; where the sender publishes none, leave `addresses` "
                 "out");
  }
  reader.finish();
}

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
  if (use == SchemeUse::catalogue || reader.has("checked")) {
    model.checked =
        read_day(reader, "checked", "the day the manual was read: checked = 2026-11-21");
  }
  const std::vector<std::string> levels = {"vector", "vendor-code", "two-implementations",
                                           std::string(one_source)};
  if (use == SchemeUse::catalogue || reader.has("confidence")) {
    static_cast<void>(reader.required_text("confidence", "how sure the facts are"));
    const auto level = reader.choice("confidence", levels);
    model.confidence = level.has_value() ? levels[*level] : std::string{};
  }
  model.notes = reader.text("notes").value_or(std::string{});
  read_retries(reader, model);
  if (use == SchemeUse::catalogue) {
    model.signs_as = reader.text("scheme").value_or(std::string{});
    read_aliases(reader, model);
    read_published_addresses(reader, model);
  }
}

}  // namespace postern::compiler
