#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "compiler/secret_bytes.h"
#include "harness/derive/plan.h"
#include "harness/host/cryptography.h"
#include "harness/host/text_forms.h"
#include "harness/sender/places.h"
#include "harness/sender/scheme_forms.h"
#include "postern/scheme/key.h"

namespace postern::harness::derive {
namespace {

using Json = nlohmann::ordered_json;

/// What the source has for a parameter of its scheme; empty where it does not say it.
std::string parameter_of(const Genuine& genuine, std::uint8_t number) {
  const toml::table* values = genuine.compiled->fixture.source->get_as<toml::table>("parameters");
  const std::string& name = genuine.model->parameters[number].name;
  const toml::node* value = values == nullptr ? nullptr : values->get(name);
  return value == nullptr ? "" : value->value_or(std::string());
}

/// What a sender might put where the provider's file wants a value.
std::string value_for(const Genuine& genuine, const scheme::Condition& condition) {
  switch (condition.test) {
    case scheme::Condition::Test::digits:
      return "1234567";
    case scheme::Condition::Test::equals:
    case scheme::Condition::Test::number:
      return std::string(condition.text);
    case scheme::Condition::Test::token:
      return "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P";
    case scheme::Condition::Test::parameter:
      return parameter_of(genuine, condition.parameter);
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
    const std::string value = value_for(genuine, condition);
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
  if (challenge.method == "POST") {
    const bool is_form = challenge.format == scheme::BodyFormat::form || !form.empty();
    delivery.body = is_form ? form : body.dump();
    delivery.headers.push_back(
        {"content-type", is_form ? "application/x-www-form-urlencoded" : "application/json"});
  }
  return delivery;
}

/// What a part of a reply is, with the values of `probe`; a MAC by the harness's cryptography.
std::string text_of(const Genuine& genuine, const scheme::ReplyPart& part, const Delivery& probe) {
  using scheme::ReplyPartKind;
  if (part.kind == ReplyPartKind::literal) {
    return std::string(part.text);
  }
  if (part.kind == ReplyPartKind::parameter) {
    return parameter_of(genuine, part.parameter);
  }
  const std::vector<std::string> values = values_at(part.at, probe);
  const std::string value = values.empty() ? "" : values.front();
  if (part.kind == ReplyPartKind::value) {
    return value;
  }
  const auto key = compiler::secret_bytes(genuine.rule(), genuine.compiled->secrets.front());
  const auto mac = hmac(scheme::hash_of(genuine.rule().algorithm), key.value_or(""), value);
  const std::string bytes = mac.value_or("");
  return part.kind == ReplyPartKind::hmac_hex ? to_hex(bytes) : to_base64(bytes);
}

/// What the provider's file wants to be answered, with the values of `probe`.
ExpectedReply reply_of(const Genuine& genuine, const scheme::Challenge& challenge,
                       const Delivery& probe) {
  ExpectedReply reply{
      .body = {}, .content_type = std::string(challenge.content_type), .headers = {}};
  for (const scheme::ReplyPart& part : challenge.reply) {
    const std::string text = text_of(genuine, part, probe);
    if (part.header.empty()) {
      reply.body += text;
    } else if (!reply.headers.empty() && reply.headers.back().name == part.header) {
      reply.headers.back().value += text;
    } else {
      reply.headers.push_back({std::string(part.header), text});
    }
  }
  return reply;
}

PlannedStep handshake(const Genuine& genuine, const scheme::Challenge& challenge,
                      const Delivery& probe) {
  return {.delivery = probe,
          .expected = {"handshake", "", challenge.status, 0},
          .at_ms = genuine.at_ms,
          .origin_status = 0,
          .reply = reply_of(genuine, challenge, probe)};
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
