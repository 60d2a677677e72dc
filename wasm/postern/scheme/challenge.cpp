#include "postern/scheme/challenge.h"

#include <algorithm>
#include <array>

#include "postern/base/characters.h"
#include "postern/crypto/constant_time.h"
#include "postern/encoding/base64.h"
#include "postern/encoding/hex.h"
#include "postern/scheme/event.h"
#include "postern/scheme/locators.h"

namespace postern::scheme {
namespace {

bool needs_body(const Challenge& challenge) {
  return challenge.format != BodyFormat::any || any_locator(challenge, is_in_body);
}

/// A parameter that is not given is nobody's: what asks for it does not hold. Of a secret only the
/// length may be told by the time that it takes.
bool is_parameter(const Condition& condition, const ChallengeInputs& inputs, Reading& reading) {
  const std::string_view wanted = inputs.parameters[condition.parameter];
  const Located located = reading.value_at(condition.at);
  return is_parameter_text(wanted) && located.presence == Presence::one &&
         located.type == json::Type::string &&
         crypto::equal_constant_time(bytes_of(located.text), bytes_of(wanted));
}

bool fits(const Challenge& challenge, const ChallengeInputs& inputs, Reading& reading) {
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
    return has_feature(Feature::reply) && condition.test == Condition::Test::parameter
               ? is_parameter(condition, inputs, reading)
               : condition_holds(condition, reading);
  });
}

std::string_view mac_of(ReplyPartKind kind, std::string_view text, const Key& key, Arena& arena) {
  std::array<std::byte, crypto::digest_bytes_max> room;
  crypto::Hmac mac(key.hmac);
  mac.update(bytes_of(text));
  const Bytes value = mac.finish(room);
  return kind == ReplyPartKind::hmac_hex
             ? encoding::encode_hex(value, arena)
             : encoding::encode_base64(
                   value, encoding::Base64Alphabet::standard,
                   arena.make_chars(encoding::base64_characters_max(value.size())));
}

/// Nothing when what it stands for is not there, or cannot be sent back.
std::optional<std::string_view> text_of(const ReplyPart& part, const ChallengeInputs& inputs,
                                        Reading& reading, Arena& arena) {
  if (part.kind == ReplyPartKind::literal) {
    return part.text;
  }
  if (has_feature(Feature::reply) && part.kind == ReplyPartKind::parameter) {
    const std::string_view text = inputs.parameters[part.parameter];
    return is_parameter_text(text) ? std::optional(text) : std::nullopt;
  }
  const Located located = reading.value_at(part.at);
  if (located.presence != Presence::one || located.text.size() > challenge_text_bytes_max) {
    return std::nullopt;
  }
  if (!has_feature(Feature::reply) || part.kind == ReplyPartKind::value) {
    return located.text;
  }
  return inputs.key == nullptr ? std::nullopt
                               : std::optional(mac_of(part.kind, located.text, *inputs.key, arena));
}

/// Nothing when a text that the reply sends back is not there or too long for it: then it is no
/// challenge, whatever its conditions say.
std::optional<ChallengeReply> compose_reply(const Challenge& challenge,
                                            const ChallengeInputs& inputs, Reading& reading,
                                            Arena& arena) {
  ChallengeReply reply{.status = challenge.status,
                       .content_type = challenge.content_type,
                       .body = {},
                       .headers = {}};
  const std::span<http::Header> headers = arena.make_array<http::Header>(challenge.reply.size());
  std::array<std::string_view, reply_parts_max> texts;
  std::size_t headers_count = 0;
  for (auto at = challenge.reply.begin(); at != challenge.reply.end();) {
    const std::string_view header = at->header;
    std::size_t count = 0;
    for (; at != challenge.reply.end() && at->header == header; ++at) {
      const auto text = text_of(*at, inputs, reading, arena);
      if (!text.has_value()) {
        return std::nullopt;
      }
      texts[count++] = *text;
    }
    const std::string_view value = arena.join(std::span(texts).first(count));
    if (!has_feature(Feature::reply) || header.empty()) {
      reply.body = value;
    } else {
      headers[headers_count++] = {.name = header, .value = value};
    }
  }
  reply.headers = headers.first(headers_count);
  return reply;
}

/// Whether `challenge` holds what `part` sends back to be a token, whole and in that place.
bool is_token(const Challenge& challenge, const ReplyPart& part) {
  return std::ranges::any_of(challenge.conditions, [&](const Condition& condition) {
    const Locator& at = condition.at;
    return condition.test == Condition::Test::token && at.place == part.at.place &&
           at.name == part.at.name && at.separator == 0 && at.pair == 0 && at.prefix.empty() &&
           std::ranges::equal(at.pointer.tokens, part.at.pointer.tokens);
  });
}

}  // namespace

bool is_parameter_text(std::string_view text) {
  return !text.empty() && text.size() <= parameter_bytes_max &&
         consists_of(text, Characters::visible);
}

bool echoes_safely(const Challenge& challenge) {
  const std::string_view type = challenge.content_type;
  const bool is_plain = type == "text/plain" || type == "text/plain; charset=utf-8";
  return std::ranges::all_of(challenge.reply, [&](const ReplyPart& part) {
    const bool is_ours =
        part.kind == ReplyPartKind::literal || part.kind == ReplyPartKind::parameter;
    const bool is_plain_text = is_plain && part.header.empty() && part.kind == ReplyPartKind::value;
    return is_ours || is_plain_text || is_token(challenge, part);
  });
}

std::optional<ChallengeReply> answer_challenge(const Scheme& scheme, ChallengeProof proof,
                                               const ChallengeInputs& inputs, Reading& reading,
                                               Arena& arena) {
  for (const Challenge& challenge : scheme.challenges) {
    if (challenge.proof != proof || !fits(challenge, inputs, reading)) {
      continue;
    }
    if (auto reply = compose_reply(challenge, inputs, reading, arena); reply.has_value()) {
      return reply;
    }
  }
  return std::nullopt;
}

}  // namespace postern::scheme
