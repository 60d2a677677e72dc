#include "compiler/table_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <utility>

namespace postern::compiler {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array<Unit, 5> duration_units = {
    {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};

constexpr std::array<Unit, 3> size_units = {
    {{"B", 1}, {"KiB", std::uint64_t{1} << 10}, {"MiB", std::uint64_t{1} << 20}}};

/// Enough for a year in milliseconds; a longer number is a slip.
constexpr std::size_t quantity_digits_max = 10;

std::optional<std::uint64_t> parse_quantity(std::string_view text, std::span<const Unit> units) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  if (digits == 0 || digits > quantity_digits_max || (text[0] == '0' && digits > 1)) {
    return std::nullopt;
  }
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + digits, number);
  const auto unit = std::ranges::find(units, text.substr(digits), &Unit::name);
  if (unit == units.end()) {
    return std::nullopt;
  }
  return number * unit->factor;
}

}  // namespace

std::optional<std::uint64_t> parse_duration_ms(std::string_view text) {
  return parse_quantity(text, duration_units);
}

std::optional<std::uint64_t> parse_size_bytes(std::string_view text) {
  return parse_quantity(text, size_units);
}

std::string show_duration(std::uint64_t milliseconds) {
  const Unit* unit = &duration_units.front();
  for (const Unit& larger : duration_units) {
    if (milliseconds != 0 && milliseconds % larger.factor == 0) {
      unit = &larger;
    }
  }
  return fmt::format("{}{}", milliseconds / unit->factor, unit->name);
}

const toml::node* TableReader::find(std::string_view key) {
  if (std::ranges::find(known_, key) == known_.end()) {
    known_.emplace_back(key);
  }
  return table_->get(key);
}

void TableReader::wrong_type(std::string_view key, const toml::node& node,
                             std::string_view wanted) {
  report_->error(node.source(), "wrong-type", fmt::format("`{}` must be {}", key, wanted),
                 fmt::format("it is {} here", [&node] {
                   switch (node.type()) {
                     case toml::node_type::string:
                       return "a string";
                     case toml::node_type::integer:
                       return "a whole number";
                     case toml::node_type::floating_point:
                       return "a number with a fraction";
                     case toml::node_type::boolean:
                       return "true or false";
                     case toml::node_type::array:
                       return "an array";
                     case toml::node_type::table:
                       return "a table";
                     default:
                       return "a date or time";
                   }
                 }()));
}

std::optional<std::string> TableReader::text(std::string_view key) {
  const toml::node* node = find(key);
  if (node == nullptr) {
    return std::nullopt;
  }
  if (!node->is_string()) {
    wrong_type(key, *node, "a string");
    return std::nullopt;
  }
  return node->as_string()->get();
}

std::string TableReader::required_text(std::string_view key, std::string_view hint) {
  if (!has(key)) {
    report_->error(here(), "missing-key", fmt::format("{} needs `{}`", what_, key),
                   std::string(hint));
    return {};
  }
  const std::optional<std::string> found = text(key);
  if (found.has_value() && found->empty()) {
    error(key, "empty-text", fmt::format("`{}` is empty", key), std::string(hint));
  }
  return found.value_or(std::string{});
}

std::optional<bool> TableReader::truth(std::string_view key) {
  const toml::node* node = find(key);
  if (node == nullptr) {
    return std::nullopt;
  }
  if (!node->is_boolean()) {
    wrong_type(key, *node, "true or false");
    return std::nullopt;
  }
  return node->as_boolean()->get();
}

std::optional<std::int64_t> TableReader::integer(std::string_view key, std::int64_t least,
                                                 std::int64_t most) {
  const toml::node* node = find(key);
  if (node == nullptr) {
    return std::nullopt;
  }
  if (!node->is_integer()) {
    wrong_type(key, *node, "a whole number");
    return std::nullopt;
  }
  const std::int64_t value = node->as_integer()->get();
  if (value < least || value > most) {
    error(key, "out-of-range",
          least == most ? fmt::format("`{}` must be {}", key, least)
                        : fmt::format("`{}` must be from {} to {}", key, least, most),
          "");
    return std::nullopt;
  }
  return value;
}

std::optional<std::uint64_t> TableReader::duration_ms(std::string_view key, std::uint64_t most_ms) {
  const std::optional<std::string> found = text(key);
  if (!found.has_value()) {
    return std::nullopt;
  }
  const std::optional<std::uint64_t> parsed = parse_duration_ms(*found);
  if (!parsed.has_value()) {
    error(key, "bad-duration", fmt::format("`{}` is not a duration", key),
          "write a whole number and one unit: \"250ms\", \"8s\", \"5m\", \"3h\", \"7d\"");
    return std::nullopt;
  }
  if (*parsed > most_ms) {
    error(key, "out-of-range", fmt::format("`{}` is longer than {}", key, show_duration(most_ms)),
          "");
    return std::nullopt;
  }
  return parsed;
}

std::optional<std::uint64_t> TableReader::size_bytes(std::string_view key, std::uint64_t most) {
  const std::optional<std::string> found = text(key);
  if (!found.has_value()) {
    return std::nullopt;
  }
  const std::optional<std::uint64_t> parsed = parse_size_bytes(*found);
  if (!parsed.has_value()) {
    error(key, "bad-size", fmt::format("`{}` is not a size", key),
          "write a whole number and one unit: \"100B\", \"512KiB\", \"1MiB\"");
    return std::nullopt;
  }
  if (*parsed > most || *parsed == 0) {
    error(key, "out-of-range", fmt::format("`{}` must be from 1B to {}MiB", key, most >> 20), "");
    return std::nullopt;
  }
  return parsed;
}

std::optional<std::vector<PlacedText>> TableReader::texts(std::string_view key, std::size_t most) {
  const toml::node* node = find(key);
  if (node == nullptr) {
    return std::nullopt;
  }
  if (!node->is_array()) {
    wrong_type(key, *node, "an array of strings");
    return std::nullopt;
  }
  const toml::array& array = *node->as_array();
  if (array.empty()) {
    error(key, "empty-list", fmt::format("`{}` is empty", key),
          "name at least one, or leave the key out");
    return std::nullopt;
  }
  if (array.size() > most) {
    error(key, "too-many", fmt::format("`{}` has more than {} entries", key, most), "");
    return std::nullopt;
  }
  std::vector<PlacedText> texts;
  for (const toml::node& element : array) {
    if (!element.is_string()) {
      wrong_type(key, element, "an array of strings");
      return std::nullopt;
    }
    texts.push_back({element.as_string()->get(), element.source()});
  }
  return texts;
}

const toml::table* TableReader::table(std::string_view key) {
  const toml::node* node = find(key);
  if (node == nullptr) {
    return nullptr;
  }
  if (!node->is_table()) {
    wrong_type(key, *node, "a table");
    return nullptr;
  }
  return node->as_table();
}

std::vector<const toml::table*> TableReader::tables(std::string_view key, std::size_t most) {
  const toml::node* node = find(key);
  std::vector<const toml::table*> tables;
  if (node == nullptr) {
    return tables;
  }
  if (node->is_table()) {
    return {node->as_table()};
  }
  if (!node->is_array()) {
    wrong_type(key, *node, "a table or an array of tables");
    return tables;
  }
  for (const toml::node& element : *node->as_array()) {
    if (!element.is_table()) {
      wrong_type(key, element, "an array of tables");
      return {};
    }
    tables.push_back(element.as_table());
  }
  if (tables.empty()) {
    error(key, "empty-list", fmt::format("`{}` is empty", key), "name at least one");
  }
  if (tables.size() > most) {
    error(key, "too-many", fmt::format("`{}` has more than {} entries", key, most), "");
    tables.clear();
  }
  return tables;
}

std::optional<std::size_t> TableReader::choice(std::string_view key,
                                               const std::vector<std::string>& names) {
  const std::optional<std::string> found = text(key);
  if (!found.has_value()) {
    return std::nullopt;
  }
  const auto name = std::ranges::find(names, *found);
  if (name != names.end()) {
    return static_cast<std::size_t>(name - names.begin());
  }
  const std::string guess = nearest(*found, names);
  error(key, "unknown-value", fmt::format("`{}` cannot be \"{}\"", key, *found),
        guess.empty() ? fmt::format("one of: {}", fmt::join(names, ", "))
                      : fmt::format("did you mean \"{}\"?", guess));
  return std::nullopt;
}

toml::source_region TableReader::place(std::string_view key) const {
  const toml::node* node = table_->get(key);
  return node == nullptr ? here() : node->source();
}

void TableReader::error(std::string_view key, std::string_view code, std::string message,
                        std::string hint) {
  report_->error(place(key), code, std::move(message), std::move(hint));
}

void TableReader::warn(std::string_view key, std::string_view code, std::string message,
                       std::string hint) {
  report_->warn(place(key), code, std::move(message), std::move(hint));
}

void TableReader::finish() {
  for (const auto& [key, value] : *table_) {
    if (std::ranges::find(known_, key.str()) != known_.end()) {
      continue;
    }
    const std::string guess = nearest(key.str(), known_);
    std::vector<std::string> sorted = known_;
    std::ranges::sort(sorted);
    report_->error(key.source(), "unknown-key", fmt::format("{} has no key `{}`", what_, key.str()),
                   guess.empty() ? fmt::format("known keys: {}", fmt::join(sorted, ", "))
                                 : fmt::format("did you mean `{}`?", guess));
  }
}

}  // namespace postern::compiler
