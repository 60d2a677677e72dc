#include "postern/scheme/challenge.h"

#include <algorithm>
#include <array>

#include "postern/scheme/event.h"
#include "postern/scheme/locators.h"

namespace postern::scheme {
namespace {

bool needs_body(const Challenge& challenge) {
  return challenge.format != BodyFormat::any || any_locator(challenge, is_in_body);
}

bool fits(const Challenge& challenge, Reading& reading) {
  const http::Delivery& delivery = reading.delivery();
  if (challenge.method != delivery.method) {
    return false;
  }
  // A body that is not here is too large to be a challenge.
  if (needs_body(challenge) && !delivery.body_is_here) {
    return false;
  }
  if (!scheme::fits(challenge.format, delivery.body_form)) {
    return false;
  }
  for (const Condition& condition : challenge.conditions) {
    reading.expect(condition.at);
  }
  return std::ranges::all_of(challenge.conditions, [&](const Condition& condition) {
    return condition_holds(condition, reading);
  });
}

/// Nothing when a text that the reply echoes is not there or too long to be sent back: then it is
/// no challenge, whatever its conditions say.
std::optional<std::string_view> compose_reply(const Challenge& challenge, Reading& reading,
                                              Arena& arena) {
  std::array<std::string_view, content_parts_max> texts;
  std::size_t count = 0;
  for (const Part& part : challenge.reply) {
    Located located{.presence = Presence::one, .text = part.text};
    if (part.kind != PartKind::literal) {
      located = part.kind == PartKind::field ? reading.value_at(part.pointer)
                                             : reading.text_at(Place::query, part.text);
      if (located.presence != Presence::one || located.text.size() > challenge_text_bytes_max) {
        return std::nullopt;
      }
    }
    texts[count++] = located.text;
  }
  return arena.join(std::span(texts).first(count));
}

}  // namespace

bool echoes_safely(const Challenge& challenge) {
  const std::string_view type = challenge.content_type;
  const auto is_held = [&](const Part& part) {
    const Place place = part.kind == PartKind::field ? Place::body : Place::query;
    return std::ranges::any_of(challenge.conditions, [&](const Condition& condition) {
      const Locator& at = condition.at;
      return condition.test == Condition::Test::token && at.place == place &&
             at.name == part.text && at.separator == 0 && at.pair == 0 && at.prefix.empty() &&
             std::ranges::equal(at.pointer.tokens, part.pointer.tokens);
    });
  };
  return type == "text/plain" || type == "text/plain; charset=utf-8" ||
         std::ranges::all_of(challenge.reply, [&](const Part& part) {
           return part.kind == PartKind::literal || is_held(part);
         });
}

std::optional<ChallengeReply> answer_challenge(const Scheme& scheme, ChallengeProof proof,
                                               Reading& reading, Arena& arena) {
  for (const Challenge& challenge : scheme.challenges) {
    if (challenge.proof != proof || !fits(challenge, reading)) {
      continue;
    }
    if (const auto body = compose_reply(challenge, reading, arena); body.has_value()) {
      return ChallengeReply{
          .status = challenge.status, .content_type = challenge.content_type, .body = *body};
    }
  }
  return std::nullopt;
}

}  // namespace postern::scheme
