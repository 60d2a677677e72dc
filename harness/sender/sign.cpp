#include "harness/sender/sign.h"

#include <algorithm>
#include <iterator>
#include <span>
#include <string_view>
#include <vector>

#include "compiler/secret_bytes.h"
#include "harness/host/cryptography.h"
#include "harness/host/text_forms.h"
#include "harness/sender/content.h"
#include "harness/sender/places.h"
#include "harness/sender/scheme_forms.h"

namespace postern::harness {
namespace {

constexpr std::size_t ed25519_seed_bytes = 32;
constexpr std::size_t ed25519_pair_bytes = 64;  // Seed and public key, as some vendors write it.

/// Whether the order holds what the rule's algorithm signs with.
bool fits_key(const scheme::SignatureRule& rule, const SigningOrder& order) {
  const bool is_private = !order.private_key.empty() || is_private_key(order.secret);
  return scheme::is_asymmetric(rule.algorithm) == is_private;
}

std::expected<const scheme::SignatureRule*, CannotSign> choose_rule(const SigningOrder& order,
                                                                    std::string_view body) {
  const std::span<const scheme::SignatureRule> rules = order.scheme.signatures;
  if (order.rule.has_value()) {
    if (*order.rule >= rules.size()) {
      return cannot_sign(OrderPart::none, "the scheme has no such [[signature]]");
    }
    return &rules[*order.rule];
  }
  const scheme::SignatureRule* for_body = nullptr;
  for (const scheme::SignatureRule& rule : rules) {
    if (!fits_body(rule.format, body)) {
      continue;
    }
    if (fits_key(rule, order)) {
      return &rule;
    }
    for_body = for_body != nullptr ? for_body : &rule;
  }
  if (for_body == nullptr) {
    return cannot_sign(OrderPart::body,
                       "the scheme has no [[signature]] for a body of this format");
  }
  return for_body;
}

/// What an order may give besides PEM, by the algorithm: an Ed25519 seed in one of its spellings.
std::optional<std::string> seed_in(std::string_view key) {
  std::optional<std::string> seed =
      key.starts_with("whsk_") ? from_base64(key.substr(5)) : from_hex(key);
  if (!seed.has_value() ||
      (seed->size() != ed25519_seed_bytes && seed->size() != ed25519_pair_bytes)) {
    return std::nullopt;
  }
  seed->resize(ed25519_seed_bytes);
  return seed;
}

std::string why_no_signature(KeyFault fault) {
  switch (fault) {
    case KeyFault::unreadable:
      return "this is no private key in PEM";
    case KeyFault::other_kind:
      return "the private key is of another kind than the scheme's";
    case KeyFault::refused:
      break;
  }
  return "nothing can be signed with this private key";
}

SenderText sign_asymmetric(Algorithm algorithm, const SigningOrder& order,
                           const std::string& content) {
  const std::string& key = order.private_key.empty() ? order.secret : order.private_key;
  const bool is_pem = key.starts_with("-----BEGIN");
  const bool is_ed25519 = algorithm == Algorithm::ed25519;
  const std::optional<std::string> seed = is_ed25519 && !is_pem ? seed_in(key) : std::nullopt;
  if (!is_pem && !seed.has_value()) {
    return cannot_sign(OrderPart::private_key,
                       "this scheme signs with a private key: give it in PEM" +
                           std::string(is_ed25519 ? ", or a seed in hex or whsk_" : ""));
  }
  std::expected<std::string, KeyFault> signature =
      is_pem ? sign_with_pem(algorithm, key, content) : sign_with_seed(*seed, content);
  return signature.has_value()
             ? SenderText(std::move(*signature))
             : cannot_sign(OrderPart::private_key, why_no_signature(signature.error()));
}

std::string timestamp_text(const SigningOrder& order) {
  if (!order.time.empty()) {
    return order.time;
  }
  switch (order.scheme.timestamp.unit) {
    case scheme::TimeUnit::none:
      break;
    case scheme::TimeUnit::seconds:
    case scheme::TimeUnit::either:
      return std::to_string(order.at_ms / 1000);
    case scheme::TimeUnit::milliseconds:
      return std::to_string(order.at_ms);
    case scheme::TimeUnit::rfc3339:
      return to_rfc3339(order.at_ms / 1000);
    case scheme::TimeUnit::iso_utc: {
      const std::string text = to_rfc3339(order.at_ms / 1000);
      return text.substr(0, text.size() - 1);  // Without its `Z`.
    }
    case scheme::TimeUnit::http_date:
      return to_http_date(order.at_ms / 1000);
  }
  return {};
}

std::string id_text(const SigningOrder& order, const Delivery& delivery) {
  if (order.scheme.id.place == scheme::Place::none || !order.id.empty()) {
    return order.id;
  }
  return make_id(order.scheme, to_hex(digest(Hash::sha256, delivery.body).value()).substr(0, 24));
}

void put_event_type(const SigningOrder& order, Placement& placement, Delivery& delivery) {
  for (const scheme::EventRule& event : order.scheme.events) {
    if (!order.event_type.empty() && writing_of(event.type.place) == Writing::replaces) {
      placement.put(event.type, order.event_type, delivery);
      return;
    }
  }
}

void put_body_hash(const scheme::SignatureRule& rule, Delivery& delivery) {
  if (rule.body_hash_query.empty()) {
    return;
  }
  const std::string name = std::string(rule.body_hash_query) + "=";
  const std::string value = to_hex(digest(Hash::sha256, delivery.body).value());
  const std::string query = "&" + delivery.query;
  const std::size_t found = query.find("&" + name);
  if (found == std::string::npos) {
    delivery.query += (delivery.query.empty() ? "" : "&") + name + value;
    return;
  }
  const std::size_t begin = found + name.size();  // In `delivery.query`, which lacks the first `&`.
  const std::size_t end = std::min(delivery.query.find('&', begin), delivery.query.size());
  delivery.query.replace(begin, end - begin, value);
}

SenderText signature_text(const scheme::SignatureRule& rule, const SigningOrder& order,
                          const Delivery& delivery) {
  if (order.secret.empty() && !scheme::is_asymmetric(rule.algorithm)) {
    return cannot_sign(OrderPart::secret, "this scheme has a shared secret, and no private key");
  }
  if (rule.algorithm == scheme::Algorithm::token) {
    return order.secret;
  }
  if (rule.algorithm == scheme::Algorithm::basic) {
    return to_base64(order.secret);
  }
  if (rule.key.form == scheme::KeyForm::fetched && order.private_key.empty()) {
    return cannot_sign(
        OrderPart::none,
        "the receiver fetches this scheme's key from the provider, so only they can");
  }
  const SenderText content =
      render_content(rule.content, {.delivery = delivery,
                                    .timestamp = timestamp_text(order),
                                    .id = id_text(order, delivery),
                                    .url = order.url,
                                    .secret = text_of_secret(rule, order.secret)});
  if (!content.has_value()) {
    return content;
  }
  if (scheme::is_asymmetric(rule.algorithm)) {
    const SenderText signature = sign_asymmetric(rule.algorithm, order, *content);
    return signature.has_value() ? encode_signature(rule.encoding, *signature) : signature;
  }
  const std::optional<std::string> key = key_bytes(rule.key, order.secret);
  if (!key.has_value()) {
    return cannot_sign(OrderPart::secret, "the secret is not in the form that the scheme wants: " +
                                              compiler::show_form(rule));
  }
  return encode_signature(rule.encoding, shared_signature(rule.algorithm, *key, *content));
}

}  // namespace

bool is_private_key(std::string_view text) {
  return text.starts_with("whsk_") || text.starts_with("-----BEGIN");
}

std::string make_id(const scheme::Scheme& scheme, std::string_view mark) {
  constexpr std::string_view prefix = "msg_";
  std::string id(scheme.id_alphabet.has_all(prefix) ? prefix : std::string_view{});
  std::ranges::copy_if(mark, std::back_inserter(id),
                       [&scheme](char c) { return scheme.id_alphabet.has(c); });
  return id;
}

std::expected<void, CannotSign> sign_delivery(const SigningOrder& order, Delivery& delivery) {
  if (order.secret.empty() && order.private_key.empty()) {
    return cannot_sign(OrderPart::secret, "there is no secret to sign with");
  }
  const auto chosen = choose_rule(order, delivery.body);
  if (!chosen.has_value()) {
    return std::unexpected(chosen.error());
  }
  const scheme::SignatureRule& rule = **chosen;
  Placement placement;
  put_event_type(order, placement, delivery);
  put_body_hash(rule, delivery);
  for (const auto& [locator, value] :
       {std::pair(order.scheme.id, id_text(order, delivery)),
        std::pair(order.scheme.timestamp.from, timestamp_text(order))}) {
    if (writing_of(locator.place) == Writing::replaces) {
      placement.put(locator, value, delivery);
    }
  }
  const SenderText signature = signature_text(rule, order, delivery);
  if (!signature.has_value()) {
    return std::unexpected(signature.error());
  }
  if (writing_of(rule.from.place) == Writing::never) {
    // A token may stand there already.
    return values_at(rule.from, delivery) == std::vector{*signature}
               ? std::expected<void, CannotSign>{}
               : cannot_sign(OrderPart::none, "this sender cannot write a signature into the body");
  }
  placement.put(rule.from, *signature, delivery);
  return {};
}

}  // namespace postern::harness
