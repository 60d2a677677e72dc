#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "harness/derive/plan.h"
#include "harness/sender/places.h"
#include "harness/sender/scheme_forms.h"

namespace postern::harness::derive {
namespace {

using Json = nlohmann::ordered_json;

/// What a sender might put where the provider's file wants a value.
std::string value_for(const scheme::Condition& condition) {
  switch (condition.test) {
    case scheme::Condition::Test::digits:
      return "1234567";
    case scheme::Condition::Test::equals:
    case scheme::Condition::Test::number:
      return std::string(condition.text);
    case scheme::Condition::Test::token:
      return "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P";
    case scheme::Condition::Test::present:
    case scheme::Condition::Test::absent:
      return "present";
  }
  return {};
}

void add_parameter(std::string& text, std::string_view name, const std::string& value) {
  text += fmt::format("{}{}={}", text.empty() ? "" : "&", name, value);
}

void copy_headers(std::string_view name, const Delivery& from, Delivery& to) {
  for (const Header& header : from.headers) {
    if (fold_headers({header}).front().name == name) {
      to.headers.push_back(header);
    }
  }
}

/// A delivery of which all conditions hold, before it is signed.
Delivery probe_of(const Genuine& genuine, const scheme::Challenge& challenge) {
  Delivery delivery;
  delivery.method = challenge.method;
  delivery.path = genuine.delivery.path;
  for (const scheme::Part& part : genuine.rule().content) {
    if (part.kind == scheme::PartKind::header) {
      copy_headers(part.text, genuine.delivery, delivery);
    }
  }
  Json body = Json::object();
  std::string form;
  for (const scheme::Condition& condition : challenge.conditions) {
    if (condition.test == scheme::Condition::Test::absent) {
      continue;
    }
    const std::string value = value_for(condition);
    const scheme::Locator& place = condition.at;
    if (place.place == scheme::Place::body) {
      body[pointer_of(place.pointer)] =
          condition.test == scheme::Condition::Test::number ? Json::parse(value) : Json(value);
    } else if (place.place == scheme::Place::form) {
      add_parameter(form, place.name, value);
    } else if (place.place == scheme::Place::query) {
      add_parameter(delivery.query, place.name, value);
    } else {
      delivery.headers.push_back({std::string(place.name), std::string(place.prefix) + value});
    }
  }
  if (challenge.method != "GET") {
    const bool is_form = challenge.format == scheme::BodyFormat::form || !form.empty();
    delivery.body = is_form ? form : body.dump();
    delivery.headers.push_back(
        {"content-type", is_form ? "application/x-www-form-urlencoded" : "application/json"});
  }
  return delivery;
}

/// What the provider's file wants to be answered, with the values of `probe`.
ExpectedReply reply_of(const scheme::Challenge& challenge, const Delivery& probe) {
  std::string body;
  for (const scheme::Part& part : challenge.reply) {
    scheme::Locator place;
    place.place = part.kind == scheme::PartKind::field ? scheme::Place::body : scheme::Place::query;
    place.name = part.text;
    place.pointer = part.pointer;
    if (part.kind == scheme::PartKind::literal) {
      body += part.text;
    } else {
      const std::vector<std::string> values = values_at(place, probe);
      body += values.empty() ? "" : values.front();
    }
  }
  return {.body = body, .content_type = std::string(challenge.content_type)};
}

PlannedStep handshake(const Genuine& genuine, const scheme::Challenge& challenge,
                      const Delivery& probe) {
  return {.delivery = probe,
          .expected = {"handshake", "", challenge.status, 0},
          .at_ms = genuine.at_ms,
          .origin_status = 0,
          .reply = reply_of(challenge, probe)};
}

/// A signed challenge is answered; without its signature, or with another body, it is refused.
std::vector<NamedPlan> signed_challenge(const Genuine& genuine, const scheme::Challenge& challenge,
                                        const std::string& name) {
  const std::string shows = "A challenge is answered by the gate when it is signed.";
  const std::string shows_unproven =
      "A challenge is refused without its signature, or with a "
      "signature of another body.";
  if (!genuine.why_unsigned.empty()) {
    return {{name, shows, not_for(genuine.why_unsigned)},
            {name + "-unproven", shows_unproven, not_for(genuine.why_unsigned)}};
  }
  const Delivery bare = probe_of(genuine, challenge);
  const SignedDelivery probe = signed_anew(genuine, genuine.at_ms, genuine.id, bare);
  if (!probe.has_value()) {
    return {{name, shows, probe.error()}};
  }
  Plan answered;
  answered.steps.push_back(handshake(genuine, challenge, *probe));
  Delivery changed = *probe;
  changed.body = longer(changed.body);
  Plan unproven = plan_of(genuine, bare, refused("missing_signature"));
  unproven.steps.push_back(plan_of(genuine, changed, changed_content(genuine)).steps.front());
  return {{name, shows, answered}, {name + "-unproven", shows_unproven, unproven}};
}

}  // namespace

std::vector<NamedPlan> challenge_cases(const Genuine& genuine) {
  std::vector<NamedPlan> cases;
  const auto& challenges = genuine.model->scheme.challenges;
  if (challenges.empty()) {
    cases.push_back({"challenge", "A challenge is answered by the gate.",
                     not_for("the sender challenges nobody")});
  }
  for (std::size_t i = 0; i < challenges.size(); ++i) {
    const std::string name =
        challenges.size() == 1 ? "challenge" : fmt::format("challenge-{}", i + 1);
    if (challenges[i].proof == scheme::ChallengeProof::signed_delivery) {
      for (NamedPlan& one : signed_challenge(genuine, challenges[i], name)) {
        cases.push_back(std::move(one));
      }
      continue;
    }
    Plan plan;
    plan.steps.push_back(handshake(genuine, challenges[i], probe_of(genuine, challenges[i])));
    cases.push_back({name, "A challenge that is not signed is answered by the gate.", plan});
  }
  return cases;
}

}  // namespace postern::harness::derive
