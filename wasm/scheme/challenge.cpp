#include "scheme/challenge.h"

#include <algorithm>

#include "base/check.h"
#include "scheme/event.h"

namespace postern::scheme {
namespace {

bool is_in_body(const Locator& locator) {
  return locator.place == Place::body || locator.place == Place::form;
}

bool needs_body(const Challenge& challenge) {
  return challenge.format != BodyFormat::any ||
         std::ranges::any_of(challenge.conditions,
                             [](const Condition& c) { return is_in_body(c.at); });
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
  if (challenge.format != BodyFormat::any && challenge.format != body_format_of(delivery.body)) {
    return false;
  }
  for (const Condition& condition : challenge.conditions) {
    reading.expect(condition.at);
  }
  return std::ranges::all_of(challenge.conditions, [&](const Condition& condition) {
    return condition_holds(condition, reading);
  });
}

std::string_view compose_reply(const Challenge& challenge, Reading& reading, Arena& arena) {
  constexpr std::size_t reply_bytes_max = content_parts_max * challenge_text_bytes_max;
  const std::span<char> room = arena.make_chars(reply_bytes_max);
  std::size_t size = 0;
  for (const Part& part : challenge.reply) {
    std::string_view text = part.text;
    if (part.kind == PartKind::field) {
      text = reading.value_at(part.pointer).text;
    } else if (part.kind == PartKind::query) {
      text = reading.text_at(Place::query, part.text).text;
    }
    POSTERN_CHECK(text.size() <= room.size() - size);
    std::ranges::copy(text, room.begin() + static_cast<std::ptrdiff_t>(size));
    size += text.size();
  }
  return {room.data(), size};
}

}  // namespace

std::optional<ChallengeReply> answer_challenge(const Scheme& scheme, ChallengeProof proof,
                                               Reading& reading, Arena& arena) {
  for (const Challenge& challenge : scheme.challenges) {
    if (challenge.proof == proof && fits(challenge, reading)) {
      return ChallengeReply{.status = challenge.status,
                            .content_type = challenge.content_type,
                            .body = compose_reply(challenge, reading, arena)};
    }
  }
  return std::nullopt;
}

bool signed_challenge_reads_body(const Scheme& scheme) {
  return std::ranges::any_of(scheme.challenges, [](const Challenge& challenge) {
    return challenge.proof == ChallengeProof::signed_delivery && needs_body(challenge);
  });
}

}  // namespace postern::scheme
