#include "fuzz/legal_policy.h"

#include <array>

#include "postern/http/body_form.h"

namespace postern::fuzz {
namespace {

using scheme::Algorithm;
using scheme::PartKind;
using scheme::Place;

/// Public keys of Ed25519 in hex, which are secrets of any other kind as well.
/// Source: RFC 8032, section 7.1, tests 1 to 3, 1024 and SHA(abc).
constexpr std::array<std::string_view, 5> keys = {
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
    "278117fc144c72340f67d0f2316e8386ceffbf2b2428c9c51fef7c597f1d426e",
    "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf"};

/// Names are few, so that different rules read the same places.
constexpr std::array<std::string_view, 6> tokens = {"a", "b", "id", "0", "1", "type"};
constexpr std::size_t names = 5;

constexpr std::array<Algorithm, 10> algorithms = {
    Algorithm::hmac_sha256, Algorithm::hmac_sha256, Algorithm::hmac_sha1, Algorithm::hmac_sha224,
    Algorithm::hmac_sha384, Algorithm::hmac_sha512, Algorithm::ed25519,   Algorithm::token,
    Algorithm::basic,       Algorithm::sha256};

CharacterSet letters(std::string_view text) {
  CharacterSet set;
  for (const char c : text) {
    set.add(c);
  }
  return set;
}

}  // namespace

LegalPolicy::LegalPolicy(Dice& dice) : dice_(dice) {
  const std::size_t secrets = dice.edge(1, policy::source_secrets_max);
  for (std::size_t i = 0; i < secrets; ++i) {
    values_.emplace_back(keys[i % keys.size()]);
  }
  std::vector<std::string_view> setting_names;
  for (std::size_t i = 0; i < secrets; ++i) {
    setting_names.push_back(text("SECRET_" + std::to_string(i)));
  }
  policy_.settings = list(std::move(setting_names));
  policy_.gate.require_https = false;
  policy_.schemes = list(std::vector{scheme()});
  policy_.sources = list(std::vector{source()});
}

std::string_view LegalPolicy::text(std::string text) {
  return texts_.emplace_back(std::move(text));
}

std::string_view LegalPolicy::long_text(std::size_t most) {
  return text(std::string(dice_.edge(1, most), static_cast<char>('a' + dice_.below(3))));
}

json::Pointer LegalPolicy::pointer() {
  const std::size_t depth = dice_.chance(80) ? 1 + dice_.below(3)  //
                                             : dice_.edge(1, policy::pointer_tokens_max);
  std::vector<std::string_view> path(depth);
  for (std::string_view& token : path) {
    token = tokens[dice_.below(tokens.size())];
  }
  return {.tokens = list(std::move(path))};
}

scheme::Locator LegalPolicy::locator(For what) {
  scheme::Locator at;
  const std::string number = std::to_string(dice_.below(names));
  const auto place = dice_.below(what == For::signature ? 6 : 4);
  at.place = place == 1   ? Place::body
             : place == 2 ? Place::form
             : place == 3 ? Place::query
                          : Place::header;
  if (at.place != Place::body) {
    at.name = text((at.place == Place::header ? "x-h" : "n") + number);
  }
  if (at.place == Place::body || (at.place == Place::form && dice_.chance(60))) {
    at.pointer = pointer();
    at.has_pointer = true;
  }
  if (dice_.chance(what == For::signature ? 50 : 10)) {
    at.separator = dice_.chance(50) ? ',' : ' ';
    at.has_blanks = at.separator == ',' && dice_.chance(20);
    at.skip = static_cast<std::uint8_t>(dice_.chance(80) ? 0 : dice_.edge(1, 3));
    at.take = static_cast<std::uint8_t>(dice_.chance(80) ? 0 : dice_.edge(1, 3));
  }
  if (dice_.chance(what == For::signature ? 40 : 10)) {
    at.pair = '=';
    at.item = dice_.chance(80) ? "v1" : scheme::any_item;
  }
  if (dice_.chance(20)) {
    at.prefix = "sha=";
  }
  return at;
}

/// Most of the time a place that nothing else reads: two that share one seldom find what they need.
scheme::Locator LegalPolicy::locator_of_its_own(For what, const std::string& name) {
  scheme::Locator at = locator(what);
  if (dice_.chance(85)) {
    at.name = at.name.empty() ? at.name : text(std::string(at.name) + name);
    if (at.has_pointer) {
      at.pointer = {.tokens = list(std::vector<std::string_view>{text(name)})};
    }
  }
  return at;
}

scheme::Part LegalPolicy::part() {
  scheme::Part made;
  made.kind = static_cast<PartKind>(1 + dice_.below(18));
  if (dice_.chance(10)) {
    made.alphabet = letters("axnip");
  }
  switch (made.kind) {
    case PartKind::literal:
      made.text = long_text(policy::text_bytes_max);
      break;
    case PartKind::header:
      made.text = text("x-h" + std::to_string(dice_.below(names)));
      break;
    case PartKind::parameter:
    case PartKind::form_field:
      made.text = text("n" + std::to_string(dice_.below(names)));
      made.optional = static_cast<std::uint8_t>(dice_.chance(70) ? 0 : 1 + dice_.below(2));
      break;
    case PartKind::field:
    case PartKind::number:
    case PartKind::truth:
      made.pointer = pointer();
      break;
    default:
      break;
  }
  return made;
}

std::span<const scheme::Part> LegalPolicy::content() {
  std::vector<scheme::Part> parts;
  std::size_t bodies = 0;
  for (std::size_t left = dice_.edge(1, scheme::content_parts_max); left > 0; --left) {
    scheme::Part made = part();
    bodies += made.kind == PartKind::body ? 1 : 0;
    if (made.kind == PartKind::body && bodies > scheme::content_bodies_max) {
      made = {.kind = PartKind::timestamp, .text = {}, .pointer = {}};
    }
    // Long literals, and parts that are often not there, leave little else.
    if (made.kind == PartKind::literal && dice_.chance(70)) {
      made.text = ".";
    }
    if (made.kind == PartKind::url && dice_.chance(50)) {
      made.kind = PartKind::secret;
    }
    parts.push_back(made);
  }
  return list(std::move(parts));
}

/// What a plain hash signs: the secret is there once.
std::span<const scheme::Part> LegalPolicy::content_with_secret() {
  const auto parts = content();
  std::vector<scheme::Part> made(parts.begin(), parts.end());
  for (scheme::Part& each : made) {
    each.kind = each.kind == PartKind::secret ? PartKind::timestamp : each.kind;
  }
  made[dice_.below(made.size())] = {.kind = PartKind::secret, .text = {}, .pointer = {}};
  return list(std::move(made));
}

scheme::SignatureRule LegalPolicy::signature() {
  scheme::SignatureRule rule;
  rule.algorithm = algorithms[dice_.below(algorithms.size())];
  rule.format = static_cast<scheme::BodyFormat>(dice_.chance(70) ? 0 : dice_.below(3));
  rule.from = locator_of_its_own(For::signature, "s" + std::to_string(texts_.size()));
  const bool bearer = scheme::is_bearer(rule.algorithm);
  rule.encoding = bearer ? (rule.algorithm == Algorithm::token ? scheme::Encoding::text
                                                               : scheme::Encoding::base64)
                         : static_cast<scheme::Encoding>(1 + dice_.below(4));
  rule.key.form =
      rule.algorithm == Algorithm::ed25519 ? scheme::KeyForm::hex : scheme::KeyForm::utf8;
  if (!bearer) {
    rule.content = scheme::is_plain_hash(rule.algorithm) ? content_with_secret() : content();
    rule.ports = dice_.chance(40) ? scheme::PortRule::either : scheme::PortRule::exact;
    rule.body_hash_query = dice_.chance(10) ? "hash" : "";
  }
  return rule;
}

scheme::Condition LegalPolicy::condition() {
  scheme::Condition made;
  made.test = static_cast<scheme::Condition::Test>(1 + dice_.below(7));
  made.at = locator(For::value);
  if (made.test == scheme::Condition::Test::equals) {
    made.text = long_text(300);
  } else if (made.test == scheme::Condition::Test::number) {
    made.text = "17";
  }
  return made;
}

std::span<const scheme::Condition> LegalPolicy::conditions(std::size_t least) {
  std::vector<scheme::Condition> made(dice_.chance(60) ? least
                                                       : dice_.edge(least, scheme::conditions_max));
  for (scheme::Condition& each : made) {
    each = condition();
  }
  return list(std::move(made));
}

std::span<const scheme::IdentityPart> LegalPolicy::identity() {
  std::vector<scheme::IdentityPart> parts(dice_.edge(1, scheme::identity_parts_max));
  for (scheme::IdentityPart& each : parts) {
    each.kind = static_cast<scheme::IdentityKind>(1 + dice_.below(3));
    if (each.kind == scheme::IdentityKind::locator) {
      each.at = locator(For::value);
      each.type = static_cast<scheme::ValueType>(dice_.below(2));
    }
  }
  return list(std::move(parts));
}

scheme::EventRule LegalPolicy::event() {
  scheme::EventRule rule;
  rule.format = static_cast<scheme::BodyFormat>(dice_.chance(70) ? 0 : dice_.below(3));
  rule.conditions = conditions(0);
  rule.identity = identity();
  if (dice_.chance(70)) {
    rule.type = locator(For::value);
    rule.type_prefix = dice_.chance(20) ? long_text(policy::text_bytes_max) : "";
    rule.type_is_signed = dice_.chance(50);
  }
  if (dice_.chance(20)) {
    rule.id = locator(For::value);
  }
  rule.same_content = dice_.chance(50) ? scheme::SameContent::absorb : scheme::SameContent::mark;
  std::vector<std::string_view> hints(dice_.chance(60) ? 0 : dice_.edge(1, scheme::hints_max));
  for (std::string_view& each : hints) {
    each = text("x-h" + std::to_string(dice_.below(names)));
  }
  rule.hints = list(std::move(hints));
  return rule;
}

scheme::Challenge LegalPolicy::challenge(bool has_one_mac) {
  scheme::Challenge made;
  made.proof = static_cast<scheme::ChallengeProof>(dice_.below(2));
  made.format = static_cast<scheme::BodyFormat>(dice_.chance(60) ? 0 : dice_.below(3));
  made.method = dice_.chance(80) ? "POST" : "GET";
  made.conditions = conditions(1);
  made.content_type = "text/plain";
  std::vector<scheme::ReplyPart> reply(dice_.edge(0, scheme::reply_parts_max));
  const bool has_headers = dice_.chance(30);
  for (std::size_t i = 0; i < reply.size(); ++i) {
    scheme::ReplyPart& each = reply[i];
    const scheme::Condition& held = made.conditions[dice_.below(made.conditions.size())];
    const bool is_token = held.test == scheme::Condition::Test::token && held.at.separator == 0 &&
                          held.at.pair == 0 && held.at.prefix.empty();
    const bool is_header = has_headers && i > reply.size() / 2;
    each.header = is_header ? text("x-r" + std::to_string(i / 2)) : "";
    if (dice_.chance(70) && (is_token || !is_header)) {
      each.kind = is_token && has_one_mac ? scheme::ReplyPartKind::hmac_base64
                                          : scheme::ReplyPartKind::value;
      each.at = held.at;
    } else if (dice_.chance(20)) {
      each.kind = scheme::ReplyPartKind::parameter;
    } else {
      each.text = is_header ? text(std::string(dice_.edge(0, 300), 'l'))
                            : long_text(policy::text_bytes_max);
    }
  }
  made.reply = list(std::move(reply));
  return made;
}

scheme::Scheme LegalPolicy::scheme() {
  scheme::Scheme made;
  made.name = text(std::string(dice_.edge(1, policy::name_bytes_max), 'p'));
  std::vector<scheme::SignatureRule> rules;
  for (std::size_t left = dice_.edge(1, scheme::signature_rules_max); left > 0; --left) {
    rules.push_back(signature());
    made.signatures = rules;
    if (values_.size() * trials_of(made) > scheme::trials_max ||
        values_.size() * checks_of(made) > scheme::checks_max) {
      rules.pop_back();
    }
  }
  if (rules.empty()) {
    rules.push_back(signature());
  }
  made.signatures = list(std::move(rules));
  if (dice_.chance(60)) {
    made.timestamp.unit = static_cast<scheme::TimeUnit>(1 + dice_.below(3));
    made.timestamp.from = locator_of_its_own(For::value, "t");
  }
  if (dice_.chance(40)) {
    made.id = locator_of_its_own(For::value, "i");
    made.id_alphabet = letters("msg_1");
  }
  std::vector<scheme::EventRule> events(dice_.edge(1, scheme::event_rules_max));
  for (scheme::EventRule& each : events) {
    each = event();
  }
  made.events = list(std::move(events));
  std::vector<scheme::Challenge> challenges(
      dice_.chance(50) ? 0 : dice_.edge(0, scheme::challenges_max));
  const bool has_one_mac =
      made.signatures.size() == 1 && scheme::is_hmac(made.signatures.front().algorithm);
  for (scheme::Challenge& each : challenges) {
    each = challenge(has_one_mac);
  }
  made.challenges = list(std::move(challenges));
  made.headers = headers();
  made.proof_headers = headers();
  // A set of forms is never empty.
  made.sends = dice_.chance(80)
                   ? http::any_body_form
                   : static_cast<http::BodyForms>(1 + dice_.below(http::any_body_form));
  made.key_signs_more = dice_.chance(20);
  return made;
}

std::span<const std::string_view> LegalPolicy::headers() {
  std::vector<std::string_view> made(dice_.chance(50) ? 0
                                                      : dice_.edge(1, scheme::listed_headers_max));
  for (std::string_view& each : made) {
    each = dice_.chance(50) ? text("x-" + std::to_string(dice_.below(names)) + "*")
                            : long_text(policy::text_bytes_max);
  }
  return list(std::move(made));
}

/// Event types, "a" among them, which is the one that deliveries have.
std::span<const std::string_view> LegalPolicy::types(std::size_t most) {
  std::vector<std::string_view> made(dice_.chance(50) ? 0 : dice_.edge(1, most));
  for (std::size_t i = 0; i < made.size(); ++i) {
    made[i] = i == 0 ? "a" : text("a" + std::to_string(i));
  }
  return list(std::move(made));
}

}  // namespace postern::fuzz
