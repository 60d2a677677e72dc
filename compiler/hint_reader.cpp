#include "compiler/hint_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "compiler/locator_reader.h"

namespace postern::compiler {
namespace {

using scheme::EventRule;
using scheme::IdentityKind;
using scheme::Place;
using scheme::SameContent;

bool is_digest(const scheme::IdentityPart& part) { return part.kind != IdentityKind::locator; }

void add_type(std::string_view type, std::vector<std::string_view>& types) {
  if (std::ranges::find(types, type) == types.end()) {
    types.push_back(type);
  }
}

/// Whether a delivery of the same identity could say something else, which nothing covers.
bool has_hint(const SchemeModel& scheme) {
  return std::ranges::any_of(scheme.scheme.events, [](const EventRule& rule) {
    return !rule.hints.empty() || (rule.type.place != Place::none && !rule.type_is_signed);
  });
}

/// Whether the rule's sender can send two events of one identity with nothing that tells them
/// apart: no hint, and no unsigned type outside of the body.
bool may_be_equal(const EventRule& rule) {
  const bool has_unsigned_type =
      (rule.type.place == Place::header || rule.type.place == Place::query) && !rule.type_is_signed;
  return rule.same_content == SameContent::mark && rule.hints.empty() && !has_unsigned_type;
}

}  // namespace

bool can_send_equal_events(const SchemeModel& scheme) {
  return std::ranges::any_of(scheme.scheme.events, may_be_equal);
}

void read_hint(TableReader& reader, SchemeUse use, EventRule& rule, SchemeModel& model,
               Storage& storage) {
  std::vector<std::string_view> hints;
  for (const toml::table* table : reader.tables("hint", scheme::hints_max)) {
    TableReader hint_reader(*table, "a hint", reader.report());
    const auto at = read_locator(hint_reader, storage);
    hint_reader.finish();
    if (at.has_value() && (at->place != Place::header || !at->item.empty() || !at->prefix.empty() ||
                           at->separator != 0)) {
      reader.report().error(table->source(), "bad-hint", "a hint is the whole of one header",
                            "hint = { header = \"x-delivery-id\" }");
    } else if (at.has_value()) {
      hints.push_back(at->name);
    }
  }
  for (const PlacedText& type :
       reader.texts("types", policy::types_max).value_or(std::vector<PlacedText>{})) {
    if (rule.type.place == Place::none || rule.type_is_signed) {
      reader.report().error(type.place, "unused-key",
                            "`types` has no effect: only a type that is not signed is held to it",
                            "leave it out");
      break;
    }
    add_type(storage.text(type.text), model.types);
  }
  const auto said = reader.choice("same_content", {"one", "many"});
  if (!said.has_value() && use == SchemeUse::catalogue &&
      std::ranges::any_of(rule.identity, is_digest)) {
    reader.error("same_content", "missing-key",
                 "an event with a digest for its identity needs `same_content`",
                 "\"many\" where two events of this sender can have equal content, else \"one\"");
  }
  const bool is_many = said.has_value() ? *said == 1 : !hints.empty();
  rule.same_content = is_many ? SameContent::mark : SameContent::absorb;
  rule.hints = storage.list(std::move(hints));
}

void read_same_content(TableReader& reader, SourceModel& source, PolicyReading& reading) {
  const SchemeModel& scheme = *source.scheme;
  const bool has_identity = source.source.identity_choice != policy::IdentityChoice::none;
  const auto said = reader.choice("on_same_content", {"absorb", "mark", "refuse"});
  source.source.same_content =
      said.has_value() ? static_cast<SameContent>(*said + 1) : SameContent::unsaid;
  const bool says_what_holds =
      source.source.same_content == SameContent::absorb && can_send_equal_events(scheme);
  const bool has_effect = has_identity && (has_hint(scheme) || says_what_holds);
  if (said.has_value() && is_known(scheme) && !has_effect) {
    reader.error("on_same_content", "unused-key",
                 has_identity
                     ? "`on_same_content` has no effect: all that this sender's file knows "
                       "of an event is signed"
                     : "`on_same_content` has no effect without an identity",
                 "leave it out");
  }
  if (!has_identity || !has_hint(scheme)) {
    return;
  }
  std::vector<std::string_view> types = scheme.types;
  for (const std::string_view type : source.source.allow_events) {
    add_type(type, types);
  }
  for (const RouteModel& route : source.routes) {
    for (const PlacedText& event : route.events) {
      if (!event.text.contains('*')) {
        add_type(reading.model.storage.text(event.text), types);
      }
    }
  }
  if (types.size() > policy::types_max) {
    reading.report.error(reader.place("routes"), "too-many",
                         fmt::format("more than {} event types", policy::types_max),
                         "a route takes what is left over: events = [\"*\"]");
    types.clear();
  }
  source.source.types = reading.model.storage.list(std::move(types));
}

}  // namespace postern::compiler
