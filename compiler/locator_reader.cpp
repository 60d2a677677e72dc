#include "compiler/locator_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "postern/policy/policy.h"

namespace postern::compiler {
namespace {

using scheme::Condition;
using scheme::IdentityKind;
using scheme::IdentityPart;
using scheme::Locator;
using scheme::Place;
using scheme::PlaceRow;

/// The keys of all places, as a message lists them.
std::string place_keys() {
  std::string keys;
  for (const PlaceRow& row : scheme::place_rows) {
    keys += row.place == Place::none ? "" : fmt::format("{}{}", keys.empty() ? "" : ", ", row.key);
  }
  return keys;
}

constexpr std::string_view pointer_hint =
    "a JSON pointer begins with \"/\", such as \"/data/object/id\"";

char read_separator(TableReader& reader, std::string_view key, char fallback) {
  const std::optional<std::string> text = reader.text(key);
  if (!text.has_value()) {
    return fallback;
  }
  if (text->size() != 1) {
    reader.error(key, "bad-separator", fmt::format("`{}` must be one character", key), "");
    return fallback;
  }
  return text->front();
}

/// What else is said of a list: what stands behind a separator, and which of its items are meant.
void read_list_form(TableReader& reader, Locator& locator) {
  locator.has_blanks = reader.truth("blanks").value_or(false);
  locator.groups = read_separator(reader, "groups", '\0');
  const auto count = [&](std::string_view key, std::int64_t least) {
    return static_cast<std::uint8_t>(
        reader.integer(key, least, scheme::counted_items_max).value_or(0));
  };
  locator.skip = count("skip", 1);
  locator.take = count("take", 1);
  const bool has_form =
      locator.has_blanks || locator.groups != '\0' || locator.skip != 0 || locator.take != 0;
  if (has_form && locator.separator == '\0') {
    reader.error(reader.has("blanks")   ? "blanks"
                 : reader.has("groups") ? "groups"
                 : reader.has("skip")   ? "skip"
                                        : "take",
                 "bad-locator", "`blanks`, `groups`, `skip` and `take` are of a list",
                 "say what separates its items: separator = \",\"");
  } else if (locator.groups != '\0' &&
             (locator.groups == locator.separator || locator.has_blanks || locator.skip != 0 ||
              locator.take != 0 || locator.pair == '\0')) {
    reader.error("groups", "bad-locator",
                 "`groups` goes with `item` and another `separator`, and with neither `blanks`, "
                 "`skip` nor `take`",
                 "groups = \" \" with item = \"v1\" takes all `v1` of `t=1,v1=a t=1,v1=b`");
  } else if (locator.has_blanks && locator.separator == ' ') {
    reader.error("blanks", "bad-locator", "a blank separates the items of this list", "");
  }
}

void read_header_list(TableReader& reader, Locator& locator, Storage& storage) {
  const std::optional<std::string> item = reader.text("item");
  const bool has_item = item.has_value() && !item->empty();
  locator.separator = read_separator(reader, "separator", has_item ? ',' : '\0');
  locator.pair = read_separator(reader, "pair", has_item ? '=' : '\0');
  if (has_item) {
    locator.item = storage.text(*item);
  } else if (item.has_value() || locator.pair != '\0') {
    reader.error(item.has_value() ? "item" : "pair", "bad-locator",
                 "`pair` and `item` go together, and `item` is not empty",
                 "item = \"v1\" takes the values of `v1=...`");
    locator.pair = '\0';
  }
  if (locator.place != Place::header && locator.separator != '\0') {
    reader.error("separator", "bad-locator", "only a header holds a list", "");
    return;
  }
  read_list_form(reader, locator);
}

void read_pointer_of(TableReader& reader, std::string_view key, Locator& locator,
                     Storage& storage) {
  const std::optional<std::string> text = reader.text(key);
  if (!text.has_value()) {
    return;
  }
  const std::optional<json::Pointer> pointer = read_pointer(*text, storage);
  if (!pointer.has_value() || pointer->tokens.empty()) {
    reader.error(key, "bad-pointer", fmt::format("`{}` is not a JSON pointer", key),
                 std::string(pointer_hint));
    return;
  }
  locator.pointer = *pointer;
  locator.has_pointer = true;
}

}  // namespace

/// HTTP field names do not tell cases apart; the core sees them in lower case.
std::string lower_case(std::string text) {
  std::ranges::transform(text, text.begin(), [](char character) {
    return character >= 'A' && character <= 'Z' ? static_cast<char>(character + ('a' - 'A'))
                                                : character;
  });
  return text;
}

bool is_header_name(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return is_letter || (c >= '0' && c <= '9') || std::string_view("!#$%&'*+-.^_`|~").contains(c);
  });
}

std::optional<json::Pointer> read_pointer(std::string_view text, Storage& storage) {
  if (!text.empty() && text.front() != '/') {
    return std::nullopt;
  }
  std::vector<std::string_view> tokens;
  while (!text.empty()) {
    text.remove_prefix(1);
    const std::string_view raw = text.substr(0, text.find('/'));
    text.remove_prefix(raw.size());
    std::string token;
    for (std::size_t i = 0; i < raw.size(); ++i) {
      if (raw[i] != '~') {
        token += raw[i];
        continue;
      }
      ++i;
      if (i == raw.size() || (raw[i] != '0' && raw[i] != '1')) {
        return std::nullopt;
      }
      token += raw[i] == '0' ? '~' : '/';
    }
    tokens.push_back(storage.text(std::move(token)));
  }
  if (tokens.size() > policy::pointer_tokens_max) {
    return std::nullopt;
  }
  return json::Pointer{.tokens = storage.list(std::move(tokens))};
}

std::optional<Locator> read_locator(TableReader& reader, Storage& storage) {
  Locator locator;
  std::string_view place_key;
  for (const PlaceRow& row : scheme::place_rows) {
    if (row.place == Place::none || !reader.has(row.key)) {
      continue;
    }
    if (locator.place != Place::none) {
      reader.error(row.key, "bad-locator", "a locator names one place only",
                   fmt::format("leave out `{}` or `{}`", place_key, row.key));
      return std::nullopt;
    }
    locator.place = row.place;
    place_key = row.key;
  }
  if (locator.place == Place::none) {
    reader.report().error(reader.here(), "bad-locator", "a locator names where the value stands",
                          "one of: " + place_keys());
    return std::nullopt;
  }
  const std::size_t errors_before = reader.report().errors();
  if (!scheme::fact_of<&PlaceRow::has_name>(locator.place)) {
    read_pointer_of(reader, place_key, locator, storage);
  } else {
    std::string name = reader.required_text(place_key, "");
    if (locator.place == Place::header) {
      name = lower_case(std::move(name));
      if (!name.empty() && !is_header_name(name)) {
        reader.error("header", "bad-locator", "this is not the name of a header", "");
      }
    }
    locator.name = storage.text(std::move(name));
  }
  if (reader.has("pointer")) {
    if (scheme::fact_of<&PlaceRow::pointer>(locator.place) == scheme::PointerRule::may) {
      read_pointer_of(reader, "pointer", locator, storage);
    } else {
      reader.error("pointer", "bad-locator", "`pointer` goes with `form`",
                   "a pointer into the body is `{ body = \"/...\" }`");
    }
  }
  read_header_list(reader, locator, storage);
  locator.prefix = storage.text(reader.text("prefix").value_or(std::string{}));
  if (reader.report().errors() != errors_before) {
    return std::nullopt;
  }
  return locator;
}

Locator read_locator_at(TableReader& parent, std::string_view key, std::string_view what,
                        Storage& storage) {
  const toml::table* table = parent.table(key);
  if (table == nullptr) {
    return {};
  }
  TableReader reader(*table, what, parent.report());
  const std::optional<Locator> locator = read_locator(reader, storage);
  reader.finish();
  return locator.value_or(Locator{});
}

namespace {

std::optional<Condition> read_condition(const toml::table& table, Report& report, Storage& storage,
                                        Parameters* parameters) {
  using Test = Condition::Test;
  TableReader reader(table, "a condition", report);
  Condition condition;
  condition.at = read_locator(reader, storage).value_or(Locator{});
  int tests = 0;
  constexpr std::array<std::pair<std::string_view, Test>, 4> flags = {{{"present", Test::present},
                                                                       {"absent", Test::absent},
                                                                       {"digits", Test::digits},
                                                                       {"token", Test::token}}};
  for (const auto& [key, test] : flags) {
    const std::optional<bool> flag = reader.truth(key);
    if (flag.has_value()) {
      condition.test = test;
      tests += *flag ? 1 : 2;  // `present = false` says nothing; it counts as a mistake below.
    }
  }
  if (const std::optional<std::string> text = reader.text("equals"); text.has_value()) {
    condition.test = Test::equals;
    condition.text = storage.text(*text);
    ++tests;
  }
  if (const auto number = reader.integer("number", INT64_MIN, INT64_MAX); number.has_value()) {
    condition.test = Test::number;
    condition.text = storage.text(fmt::format("{}", *number));
    ++tests;
  }
  if (const std::optional<std::string> name = reader.text("parameter"); name.has_value()) {
    const Parameters none;
    const auto number = find_parameter(parameters == nullptr ? none : *parameters, *name,
                                       reader.place("parameter"), report);
    if (!number.has_value()) {
      return std::nullopt;
    }
    condition.test = Test::parameter;
    condition.parameter = *number;
    (*parameters)[*number].is_compared = true;
    ++tests;
  }
  reader.finish();
  if (tests != 1) {
    report.error(table.source(), "bad-condition", "a condition has exactly one test",
                 "one of: present = true, absent = true, equals = \"text\", number = 1, "
                 "digits = true, token = true, in a challenge parameter = \"name\"");
    return std::nullopt;
  }
  return condition;
}

std::optional<IdentityPart> read_identity_part(const toml::node& node, Report& report,
                                               Storage& storage) {
  if (const auto* word = node.as_string(); word != nullptr) {
    if (word->get() == "content") {
      return IdentityPart{.kind = IdentityKind::signed_content, .at = {}, .type = {}};
    }
    if (word->get() == "body") {
      return IdentityPart{.kind = IdentityKind::body, .at = {}, .type = {}};
    }
    if (word->get() == "type") {
      report.error(node.source(), "identity-of-type",
                   "the event type is no part of an identity: under another type a replay would "
                   "be another event",
                   "leave it out: a listed type counts by itself, and `on_same_content` says how");
      return std::nullopt;
    }
  } else if (const auto* table = node.as_table(); table != nullptr) {
    TableReader reader(*table, "an identity", report);
    const std::optional<Locator> at = read_locator(reader, storage);
    const bool number = reader.truth("number").value_or(false);
    reader.finish();
    if (!at.has_value()) {
      return std::nullopt;
    }
    return IdentityPart{.kind = IdentityKind::locator,
                        .at = *at,
                        .type = number ? scheme::ValueType::integer : scheme::ValueType::string};
  }
  report.error(node.source(), "bad-identity", "this is not an identity",
               "a locator such as { body = \"/id\" }, or \"content\" or \"body\"");
  return std::nullopt;
}

}  // namespace

std::span<const Condition> read_conditions(TableReader& parent, std::string_view key,
                                           Storage& storage, Parameters* parameters) {
  std::vector<Condition> conditions;
  for (const toml::table* table : parent.tables(key, scheme::conditions_max)) {
    if (const auto condition = read_condition(*table, parent.report(), storage, parameters);
        condition.has_value()) {
      conditions.push_back(*condition);
    }
  }
  return storage.list(std::move(conditions));
}

std::vector<IdentityPart> read_identity(const toml::node& node, Report& report, Storage& storage) {
  std::vector<IdentityPart> parts;
  const toml::array* list = node.as_array();
  if (list != nullptr && (list->empty() || list->size() > scheme::identity_parts_max)) {
    report.error(node.source(), "bad-identity",
                 fmt::format("an identity has 1 to {} parts", scheme::identity_parts_max), "");
    return parts;
  }
  const std::size_t count = list == nullptr ? 1 : list->size();
  for (std::size_t i = 0; i < count; ++i) {
    const toml::node& element = list == nullptr ? node : *list->get(i);
    if (const auto part = read_identity_part(element, report, storage); part.has_value()) {
      parts.push_back(*part);
    }
  }
  return parts;
}

std::string show_locator(const scheme::Locator& locator) {
  std::string text(locator.place == scheme::Place::none
                       ? "nowhere"
                       : scheme::fact_of<&scheme::PlaceRow::key>(locator.place));
  if (!locator.name.empty()) {
    text += fmt::format(" {}", locator.name);
  }
  for (std::size_t i = 0; i < locator.pointer.tokens.size(); ++i) {
    text += fmt::format("{}/{}", i == 0 ? " " : "", locator.pointer.tokens[i]);
  }
  if (locator.item == scheme::any_item) {
    text += ", item of any key";
  } else if (!locator.item.empty()) {
    text += fmt::format(", item {}", locator.item);
  }
  if (locator.take == 1) {
    text += fmt::format(", {} of its list", locator.skip + 1);
  } else if (locator.take != 0) {
    text += fmt::format(", {} to {} of its list", locator.skip + 1, locator.skip + locator.take);
  } else if (locator.skip != 0) {
    text += fmt::format(", from {} of its list on", locator.skip + 1);
  }
  if (!locator.prefix.empty()) {
    text += fmt::format(", after \"{}\"", locator.prefix);
  }
  return text;
}

}  // namespace postern::compiler
