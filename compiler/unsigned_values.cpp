#include "compiler/unsigned_values.h"

#include <algorithm>

#include "compiler/coverage.h"

namespace postern::compiler {
namespace {

using scheme::BodyFormat;
using scheme::Challenge;
using scheme::Condition;
using scheme::EventRule;
using scheme::IdentityPart;
using scheme::Locator;
using scheme::Place;
using scheme::Scheme;

constexpr std::string_view condition_message =
    "`when` looks at what no signature covers, and chooses by it what a delivery means";
constexpr std::string_view format_message =
    "`format` looks at a body that no signature covers, and chooses an identity by it";
constexpr std::string_view type_message =
    "the type is not among the parts that are signed: whoever holds one delivery could change it";
constexpr std::string_view challenge_message =
    "`when` looks at what no signature covers, so any signed delivery could be made a challenge";
constexpr std::string_view reply_message = "the reply holds a value that no signature covers";

/// The tables at `key`: one, or those of an array. They are as many as were read of them.
std::vector<const toml::table*> tables_of(const toml::table& parent, std::string_view key) {
  std::vector<const toml::table*> tables;
  const toml::node* node = parent.get(key);
  if (node != nullptr && node->is_table()) {
    tables.push_back(node->as_table());
  } else if (node != nullptr && node->is_array()) {
    for (const toml::node& element : *node->as_array()) {
      if (element.is_table()) {
        tables.push_back(element.as_table());
      }
    }
  }
  return tables;
}

toml::source_region place_in(const toml::table& table, std::string_view key) {
  const toml::node* node = table.get(key);
  return node == nullptr ? table.source() : node->source();
}

bool are_covered(const Scheme& scheme, std::span<const Condition> conditions, BodyFormat format) {
  return std::ranges::all_of(conditions, [&](const Condition& condition) {
    return is_covered(scheme, condition.at, format);
  });
}

bool is_reply_covered(const Scheme& scheme, const Challenge& challenge) {
  return std::ranges::all_of(challenge.reply, [&](const scheme::ReplyPart& part) {
    return part.at.place == scheme::Place::none || is_covered(scheme, part.at, challenge.format);
  });
}

bool is_same_identity(const EventRule& left, const EventRule& right) {
  return std::ranges::equal(left.identity, right.identity,
                            [](const IdentityPart& a, const IdentityPart& b) {
                              return a.kind == b.kind && a.type == b.type && same_place(a.at, b.at);
                            });
}

void check_event(const toml::table& table, const EventRule& rule, const SchemeModel& model,
                 std::vector<UnsignedValue>& found) {
  const Scheme& scheme = model.scheme;
  if (!are_covered(scheme, rule.conditions, rule.format)) {
    found.push_back({place_in(table, "when"), "unsigned-condition", condition_message});
  }
  const bool is_told_by_format =
      rule.format != BodyFormat::any && !body_is_covered(scheme, BodyFormat::any) &&
      std::ranges::any_of(scheme.events,
                          [&](const EventRule& other) { return !is_same_identity(rule, other); });
  if (is_told_by_format) {
    found.push_back({place_in(table, "format"), "unsigned-condition", format_message});
  }
  if (model.proof == scheme::Proof::partial && rule.type.place != Place::none &&
      !rule.type_is_signed) {
    found.push_back({place_in(table, "type"), "unsigned-type", type_message});
  }
}

void check_challenge(const toml::table& table, const Challenge& challenge, const Scheme& scheme,
                     std::vector<UnsignedValue>& found) {
  if (challenge.proof == scheme::ChallengeProof::unsigned_probe) {
    return;
  }
  if (!are_covered(scheme, challenge.conditions, challenge.format)) {
    found.push_back({place_in(table, "when"), "unsigned-challenge", challenge_message});
  }
  if (!is_reply_covered(scheme, challenge)) {
    found.push_back({place_in(table, "reply"), "unsigned-challenge", reply_message});
  }
}

}  // namespace

std::vector<UnsignedValue> find_unsigned_values(const toml::table& table,
                                                const SchemeModel& model) {
  std::vector<UnsignedValue> found;
  if (model.proof == scheme::Proof::token) {
    return found;
  }
  const auto events = tables_of(table, "event");
  for (std::size_t i = 0; i < events.size() && i < model.scheme.events.size(); ++i) {
    check_event(*events[i], model.scheme.events[i], model, found);
  }
  const auto challenges = tables_of(table, "challenge");
  for (std::size_t i = 0; i < challenges.size() && i < model.scheme.challenges.size(); ++i) {
    check_challenge(*challenges[i], model.scheme.challenges[i], model.scheme, found);
  }
  return found;
}

}  // namespace postern::compiler
