#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "harness/derive/plan.h"
#include "harness/sender/fresh_event.h"
#include "harness/sender/places.h"
#include "postern/base/bytes.h"

namespace postern::harness::derive {
namespace {

constexpr std::uint64_t second_ms = 1000;

/// When a sender signs its next attempt.
constexpr std::uint64_t next_attempt_ms = 60 * second_ms;

/// Sizes of bodies that are hashed in different ways: the last in the module, the first by the
/// host, and one far from both, which still fits where what is signed is made of fields (64 KiB).
constexpr std::array<std::size_t, 3> large_bodies = {4096, 4097, 60'000};

PlannedStep step_of(Delivery delivery, Expected expected, std::uint64_t at_ms,
                    std::uint16_t origin_status = 0) {
  return {.delivery = std::move(delivery),
          .expected = expected,
          .at_ms = at_ms,
          .origin_status = origin_status,
          .reply = {}};
}

/// The genuine delivery at several times.
Plan at_times(const Genuine& genuine,
              const std::vector<std::pair<std::uint64_t, Expected>>& times) {
  Plan plan;
  for (const auto& [at_ms, expected] : times) {
    plan.steps.push_back(step_of(genuine.delivery, expected, at_ms));
  }
  return plan;
}

Plan age_limit(const Genuine& genuine) {
  if (!genuine.is_timed()) {
    return not_for("no time is signed");
  }
  const std::uint64_t limit = genuine.at_ms + genuine.model->max_age_seconds * second_ms;
  return at_times(genuine, {{limit, forwarded}, {limit + second_ms, refused("stale")}});
}

Plan future_limit(const Genuine& genuine) {
  if (!genuine.is_timed()) {
    return not_for("no time is signed");
  }
  const std::uint64_t limit = genuine.at_ms - genuine.model->max_future_seconds * second_ms;
  return at_times(genuine, {{limit - second_ms, refused("future")}, {limit, forwarded}});
}

Plan without(const Genuine& genuine, const scheme::Locator& place, std::string_view reason) {
  if (place.take != 0) {
    return not_for(
        "items of its list are told by their places: without one, others take its place");
  }
  Delivery delivery = genuine.delivery;
  edit_values(place, [](const std::string&) { return std::nullopt; }, delivery);
  return plan_of(genuine, delivery, refused(reason));
}

Plan missing_time(const Genuine& genuine) {
  return genuine.is_timed()
             ? without(genuine, genuine.model->scheme.timestamp.from, "missing_timestamp")
             : not_for("no time is signed");
}

Plan missing_id(const Genuine& genuine) {
  return genuine.model->scheme.id.place != scheme::Place::none
             ? without(genuine, genuine.model->scheme.id, "missing_id")
             : not_for("its deliveries have no id of their own");
}

Plan same_again(const Genuine& genuine) {
  return at_times(genuine, {{genuine.at_ms, forwarded}, {genuine.at_ms + second_ms, duplicate}});
}

/// Whether the time is part of what makes the event this one.
bool holds_the_time(const Genuine& genuine) {
  for (const scheme::EventRule& event : genuine.model->scheme.events) {
    for (const scheme::IdentityPart& part : event.identity) {
      if (part.kind == scheme::IdentityKind::signed_content) {
        return true;
      }
    }
  }
  return genuine.model->scheme.events.empty();
}

/// Why the sender's next attempt is not signed anew here; empty where it is.
std::string why_not_anew(const Genuine& genuine) {
  return !genuine.is_timed()       ? "no time is signed: the next attempt is the same delivery"
         : holds_the_time(genuine) ? "what is signed, its time too, may be what makes an event"
                                   : genuine.why_unsigned;
}

/// What the sender sends a minute later.
SignedDelivery next_attempt(const Genuine& genuine) {
  return why_not_anew(genuine).empty()
             ? signed_anew(genuine, genuine.at_ms + next_attempt_ms, genuine.id, genuine.delivery)
             : genuine.delivery;
}

Plan next_attempt_alone(const Genuine& genuine) {
  if (const std::string why = why_not_anew(genuine); !why.empty()) {
    return not_for(why);
  }
  const SignedDelivery next = next_attempt(genuine);
  if (!next.has_value()) {
    return next.error();
  }
  Plan plan = plan_of(genuine, genuine.delivery, forwarded);
  plan.steps.push_back(step_of(*next, duplicate, genuine.at_ms + next_attempt_ms));
  return plan;
}

std::string padded(std::string body, std::size_t bytes) {
  const bool is_form = http::body_form_of(bytes_of(body), body.size()) == http::BodyForm::form;
  if (is_form) {
    body += "&Pad=";
  }
  body.resize(std::max(body.size(), bytes), is_form ? 'x' : ' ');
  return body;
}

/// Another event of the same sender, signed. `bytes`: how long its body is at least.
SignedDelivery other_event(const Genuine& genuine, std::size_t number, std::size_t bytes = 0) {
  if (!genuine.why_unsigned.empty()) {
    return std::unexpected(not_for(genuine.why_unsigned));
  }
  Delivery delivery = genuine.delivery;
  const std::string mark = fmt::format("{:04x}", number + 1);
  const bool is_fresh =
      make_fresh_event(*genuine.compiled->scheme, mark, delivery) == Freshness::fresh;
  if (!is_fresh && genuine.id.empty()) {
    return std::unexpected(not_for("its event cannot be made another one"));
  }
  if (bytes > 0) {
    delivery.body = padded(delivery.body, bytes);
  }
  return signed_anew(genuine, genuine.at_ms, genuine.id.empty() ? "" : genuine.id + mark,
                     std::move(delivery));
}

Plan another_event(const Genuine& genuine) {
  const SignedDelivery other = other_event(genuine, 0);
  if (!other.has_value()) {
    return other.error();
  }
  Plan plan = plan_of(genuine, genuine.delivery, forwarded);
  plan.steps.push_back(step_of(*other, forwarded, genuine.at_ms + second_ms));
  return plan;
}

Plan retry_after_failure(const Genuine& genuine) {
  constexpr std::uint16_t origin_fails = 500;
  const SignedDelivery next = next_attempt(genuine);
  if (!next.has_value()) {
    return next.error();
  }
  Plan plan;
  plan.steps = {step_of(genuine.delivery, failed_at_origin, genuine.at_ms, origin_fails),
                step_of(*next, forwarded, genuine.at_ms + next_attempt_ms),
                step_of(*next, duplicate, genuine.at_ms + next_attempt_ms + second_ms)};
  return plan;
}

Plan oversize(const Genuine& genuine) {
  if (genuine.delivery.body.empty()) {
    return not_for("its body is empty");
  }
  Delivery over = genuine.delivery;
  over.body = longer(over.body);
  Plan plan = plan_of(genuine, genuine.delivery, forwarded);
  plan.steps.push_back(step_of(over, refused("body_too_large", 413), genuine.at_ms + second_ms));
  plan.body_bytes_max = genuine.delivery.body.size();
  return plan;
}

Plan large_body(const Genuine& genuine) {
  Plan plan;
  for (std::size_t i = 0; i < large_bodies.size(); ++i) {
    const SignedDelivery other = other_event(genuine, i, large_bodies[i]);
    if (!other.has_value()) {
      return other.error();
    }
    plan.steps.push_back(step_of(*other, forwarded, genuine.at_ms));
  }
  const Delivery last = plan.steps.back().delivery;
  if (genuine.model->proof == scheme::Proof::signature ||
      genuine.model->proof == scheme::Proof::weak) {
    Delivery changed = last;
    changed.body.back() = static_cast<char>(changed.body.back() ^ 1);
    plan.steps.push_back(step_of(changed, changed_content(genuine), genuine.at_ms));
  }
  plan.steps.push_back(step_of(last, duplicate, genuine.at_ms + second_ms));
  return plan;
}

/// Bodies of each form, as a key that signs other things might have signed them.
struct FormedBody {
  http::BodyForm form;
  std::string body;
};
std::vector<FormedBody> bodies_of_every_form() {
  const std::string token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiJ9";
  const std::string multipart =
      "--boundary\r\ncontent-disposition: form-data; name=\"a\"\r\n\r\n1\r\n--boundary--\r\n";
  return {{http::BodyForm::json, R"({"id":"1","type":"other"})"},
          {http::BodyForm::form, "id=1&type=other"},
          {http::BodyForm::xml, R"(<?xml version="1.0"?><event/>)"},
          {http::BodyForm::multipart, multipart},
          {http::BodyForm::text, token},
          {http::BodyForm::text, "12345"},
          // A large one is told by its beginning.
          {http::BodyForm::text, padded(token, large_bodies[1])},
          {http::BodyForm::other, std::string("\0\1\2", 3)},
          {http::BodyForm::empty, ""}};
}

/// Whether the signed text is made of the body's parts, or a token stands in it, so that it takes
/// bodies of one form only.
bool reads_the_body(const scheme::SignatureRule& rule) {
  return rule.format != scheme::BodyFormat::any || writing_of(rule.from.place) == Writing::never ||
         std::ranges::any_of(rule.content, [](const scheme::Part& part) {
           return part.kind == scheme::PartKind::field ||
                  part.kind == scheme::PartKind::form_sorted;
         });
}

Plan other_form(const Genuine& genuine) {
  if (genuine.model->scheme.sends == http::any_body_form) {
    return not_for("the sender prescribes no form");
  }
  if (reads_the_body(genuine.rule())) {
    return not_for("its signature is for bodies of one form only");
  }
  if (!genuine.why_unsigned.empty()) {
    return not_for(genuine.why_unsigned);
  }
  Plan plan;
  for (const FormedBody& formed : bodies_of_every_form()) {
    if (!http::has(genuine.model->scheme.sends, formed.form)) {
      Delivery delivery = genuine.delivery;
      delivery.body = formed.body;
      const SignedDelivery made =
          signed_anew(genuine, genuine.at_ms, genuine.id, std::move(delivery));
      if (!made.has_value()) {
        return made.error();
      }
      plan.steps.push_back(step_of(*made, refused("unexpected_form", 400), genuine.at_ms));
    }
  }
  return plan;
}

}  // namespace

std::vector<Row> event_cases() {
  return {
      {"age-limit", "A delivery as old as the tolerance passes; one second older it is refused.",
       age_limit},
      {"future-limit", "A delivery signed too far ahead of the clock is refused; at the limit not.",
       future_limit},
      {"missing-time", "Without its time there is nothing to judge its age by.", missing_time},
      {"missing-id", "The id is signed: without it there is no signed text.", missing_id},
      {"duplicate", "The same delivery again is acknowledged and not forwarded again.", same_again},
      {"signed-anew", "The same event, signed anew a minute later, is not forwarded again.",
       next_attempt_alone},
      {"another-event", "Another event of the same sender is forwarded.", another_event},
      {"retry-after-failure",
       "When the origin fails, the event is not burnt: the next attempt is forwarded.",
       retry_after_failure},
      {"oversize", "A body over the limit of the source is refused; at the limit it passes.",
       oversize},
      {"large-body", "A large body, which the host may hash, gets the verdicts of a small one.",
       large_body},
      {"other-form", "A body of a form that this sender does not send was signed for another use.",
       other_form},
  };
}

}  // namespace postern::harness::derive
