#include "compiler/commands/providers_json.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>
#include <string_view>

#include "compiler/commands/provider_page.h"
#include "compiler/coverage.h"
#include "compiler/sends_reader.h"

namespace postern::compiler {
namespace {

/// One object, a key a line, in the order in which they are added.
class Object {
 public:
  explicit Object(std::size_t depth) : indent_(2 * depth, ' ') {}

  Object& raw(std::string_view key, std::string_view json) {
    text_ += fmt::format("{}\n{}  \"{}\": {}", text_.empty() ? "" : ",", indent_, key, json);
    return *this;
  }
  Object& text(std::string_view key, std::string_view value) {
    return raw(key, json_quoted(value));
  }
  Object& text_or_null(std::string_view key, std::string_view value) {
    return value.empty() ? raw(key, "null") : text(key, value);
  }
  template <class Number>
  Object& number_or_null(std::string_view key, const std::optional<Number>& value) {
    return raw(key, value.has_value() ? fmt::format("{}", *value) : "null");
  }
  template <class Texts>
  Object& list(std::string_view key, const Texts& texts) {
    std::vector<std::string> quoted;
    for (const auto& one : texts) {
      quoted.push_back(json_quoted(one));
    }
    return raw(key, fmt::format("[{}]", fmt::join(quoted, ", ")));
  }
  [[nodiscard]] std::string closed() const { return fmt::format("{{{}\n{}}}", text_, indent_); }

 private:
  std::string indent_;
  std::string text_;
};

std::string list_of_objects(const std::vector<std::string>& objects, std::size_t depth) {
  const std::string indent(2 * depth, ' ');
  std::string text;
  for (const std::string& one : objects) {
    text += fmt::format("{}\n{}  {}", text.empty() ? "" : ",", indent, one);
  }
  return text.empty() ? "[]" : fmt::format("[{}\n{}]", text, indent);
}

/// Of a provider, which stands in a list in an object.
constexpr std::size_t provider_depth = 2;
constexpr std::size_t part_depth = provider_depth + 2;

std::string signatures_of(const scheme::Scheme& scheme) {
  std::vector<std::string> rules;
  for (const scheme::SignatureRule& rule : scheme.signatures) {
    rules.push_back(Object(part_depth)
                        .text("algorithm", name_of(rule.algorithm))
                        .text("from", show_locator(rule.from))
                        .text("key", name_of(rule.key.form))
                        .text_or_null("key_prefix", rule.key.prefix)
                        .closed());
  }
  return list_of_objects(rules, part_depth - 1);
}

std::string timestamp_of(const SchemeModel& model) {
  const scheme::TimestampRule& timestamp = model.scheme.timestamp;
  return timestamp.unit == scheme::TimeUnit::none
             ? "null"
             : Object(part_depth - 1)
                   .text("from", show_locator(timestamp.from))
                   .raw("max_age_s", fmt::format("{}", model.max_age_seconds))
                   .raw("max_future_s", fmt::format("{}", model.max_future_seconds))
                   .closed();
}

std::string events_of(const scheme::Scheme& scheme) {
  std::vector<std::string> events;
  for (const scheme::EventRule& rule : scheme.events) {
    const bool has_type = rule.type.place != scheme::Place::none;
    events.push_back(Object(part_depth)
                         .text("identity", show_identity(rule))
                         .text_or_null("type", has_type ? show_locator(rule.type) : "")
                         .raw("type_is_signed", !has_type             ? "null"
                                                : rule.type_is_signed ? "true"
                                                                      : "false")
                         .raw("events_may_be_equal",
                              rule.same_content == scheme::SameContent::mark ? "true" : "false")
                         .list("told_apart_by", rule.hints)
                         .closed());
  }
  return list_of_objects(events, part_depth - 1);
}

std::string challenges_of(const scheme::Scheme& scheme) {
  std::vector<std::string> challenges;
  for (const scheme::Challenge& challenge : scheme.challenges) {
    const bool is_signed = challenge.proof == scheme::ChallengeProof::signed_delivery;
    challenges.push_back(Object(part_depth)
                             .text("method", challenge.method)
                             .raw("is_signed", is_signed ? "true" : "false")
                             .closed());
  }
  return list_of_objects(challenges, part_depth - 1);
}

std::string parameters_of(const Parameters& parameters) {
  std::vector<std::string> objects;
  for (const ParameterModel& parameter : parameters) {
    objects.push_back(Object(part_depth)
                          .text("name", parameter.name)
                          .text("meaning", parameter.meaning)
                          .closed());
  }
  return list_of_objects(objects, part_depth - 1);
}

std::string retries_of(const SenderFacts& sender) {
  return Object(part_depth - 1)
      .number_or_null("attempts", sender.attempts)
      .number_or_null("horizon_ms", sender.horizon_ms)
      .number_or_null("timeout_ms", sender.timeout_ms)
      .list("on", sender.retried_on)
      .text_or_null("source", sender.source)
      .closed();
}

std::string addresses_of(const PublishedAddresses& addresses) {
  return addresses.ranges.empty() ? "null"
                                  : Object(part_depth - 1)
                                        .text("checked", addresses.checked)
                                        .text("source", addresses.source)
                                        .list("ranges", addresses.ranges)
                                        .closed();
}

std::string provider_of(const SchemeModel& model) {
  std::vector<std::string_view> aliases;
  for (const PlacedText& alias : model.aliases) {
    aliases.emplace_back(alias.text);
  }
  return Object(provider_depth)
      .text("slug", model.slug)
      .text("name", model.name)
      .list("aliases", aliases)
      .text("manual", model.manual)
      .text("checked", model.checked)
      .text("confidence", model.confidence)
      .text("proof", name_of(model.proof))
      .text_or_null("scheme", model.signs_as)
      .text_or_null("secret_place", model.secret_place)
      .text("sends", show_forms(model.scheme.sends))
      .raw("key_signs_more", model.scheme.key_signs_more ? "true" : "false")
      .raw("signatures", signatures_of(model.scheme))
      .raw("timestamp", timestamp_of(model))
      .raw("events", events_of(model.scheme))
      .raw("challenges", challenges_of(model.scheme))
      .raw("parameters", parameters_of(model.parameters))
      .list("headers", model.scheme.headers)
      .raw("retries", retries_of(model.sender))
      .raw("addresses", addresses_of(model.addresses))
      .text_or_null("notes", model.notes)
      .closed();
}

std::string document(std::string_view key, const std::vector<std::string>& objects) {
  return Object(0).raw(key, list_of_objects(objects, 1)).closed() + "\n";
}

}  // namespace

std::string providers_json(const std::vector<FoundProvider>& found) {
  std::vector<std::string> providers;
  for (const auto& [model, by] : found) {
    providers.push_back(provider_of(*model));
  }
  return document("providers", providers);
}

std::string senders_json(const std::vector<LikelySender>& senders) {
  std::vector<std::string> objects;
  for (const LikelySender& sender : senders) {
    objects.push_back(Object(provider_depth)
                          .text("slug", sender.model->slug)
                          .text("name", sender.model->name)
                          .raw("weight", fmt::format("{}", sender.weight))
                          .list("reasons", sender.reasons)
                          .closed());
  }
  return document("senders", objects);
}

}  // namespace postern::compiler
