#include "harness/sender/sign.h"

#include <algorithm>
#include <span>
#include <string_view>
#include <vector>

#include "harness/host/cryptography.h"
#include "harness/host/text_forms.h"
#include "harness/sender/content.h"
#include "harness/sender/places.h"
#include "harness/sender/scheme_forms.h"

namespace postern::harness {
namespace {

constexpr std::size_t ed25519_seed_bytes = 32;
constexpr std::size_t ed25519_pair_bytes = 64;  // Seed and public key, as some vendors write it.

/// Whether the order holds what the rule's algorithm signs with. A text with `whsk_` or PEM armour
/// is a private key and nothing else.
bool fits_key(const scheme::SignatureRule& rule, const SigningOrder& order) {
  const bool is_private = !order.private_key.empty() || order.secret.starts_with("whsk_") ||
                          order.secret.starts_with("-----BEGIN");
  return scheme::is_asymmetric(rule.algorithm) == is_private;
}

const scheme::SignatureRule& choose_rule(const SigningOrder& order, std::string_view body) {
  const std::span<const scheme::SignatureRule> rules = order.scheme.signatures;
  if (order.rule.has_value()) {
    if (*order.rule >= rules.size()) {
      throw CannotSign("the scheme has no such [[signature]]");
    }
    return rules[*order.rule];
  }
  const scheme::SignatureRule* for_body = nullptr;
  for (const scheme::SignatureRule& rule : rules) {
    if (!fits_body(rule.format, body)) {
      continue;
    }
    if (fits_key(rule, order)) {
      return rule;
    }
    for_body = for_body != nullptr ? for_body : &rule;
  }
  if (for_body == nullptr) {
    throw CannotSign("the scheme has no [[signature]] for a body of this format");
  }
  return *for_body;
}

std::string sign_asymmetric(Algorithm algorithm, const SigningOrder& order,
                            const std::string& content) {
  const std::string& key = order.private_key.empty() ? order.secret : order.private_key;
  try {
    if (key.starts_with("-----BEGIN")) {
      return sign_with_pem(algorithm, key, content);
    }
    const std::optional<std::string> seed =
        key.starts_with("whsk_") ? from_base64(std::string_view(key).substr(5)) : from_hex(key);
    if (algorithm != Algorithm::ed25519 || !seed.has_value() ||
        (seed->size() != ed25519_seed_bytes && seed->size() != ed25519_pair_bytes)) {
      throw CannotSign(
          "this scheme signs with a private key: give it in PEM" +
          std::string(algorithm == Algorithm::ed25519 ? ", or a seed in hex or whsk_" : ""));
    }
    return sign_with_seed(seed->substr(0, ed25519_seed_bytes), content);
  } catch (const CannotSign&) {
    throw;
  } catch (const std::runtime_error& fault) {
    throw CannotSign(fault.what());
  }
}

std::string timestamp_text(const SigningOrder& order) {
  switch (order.scheme.timestamp.unit) {
    case scheme::TimeUnit::none:
      break;
    case scheme::TimeUnit::seconds:
      return std::to_string(order.at_ms / 1000);
    case scheme::TimeUnit::milliseconds:
      return std::to_string(order.at_ms);
    case scheme::TimeUnit::rfc3339:
      return to_rfc3339(order.at_ms / 1000);
  }
  return {};
}

std::string id_text(const SigningOrder& order, const Delivery& delivery) {
  if (order.scheme.id.place == scheme::Place::none || !order.id.empty()) {
    return order.id;
  }
  return "msg_" + to_hex(digest(Hash::sha256, delivery.body).value()).substr(0, 24);
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

std::string content_of(const scheme::SignatureRule& rule, const SigningOrder& order,
                       const Delivery& delivery) {
  try {
    return render_content(rule.content, {.delivery = delivery,
                                         .timestamp = timestamp_text(order),
                                         .id = id_text(order, delivery),
                                         .url = order.url,
                                         .secret = order.secret});
  } catch (const std::runtime_error& fault) {
    throw CannotSign(fault.what());
  }
}

std::string signature_text(const scheme::SignatureRule& rule, const SigningOrder& order,
                           const Delivery& delivery) {
  if (order.secret.empty() && !scheme::is_asymmetric(rule.algorithm)) {
    throw CannotSign("this scheme has a shared secret, and no private key");
  }
  if (rule.algorithm == scheme::Algorithm::token) {
    return order.secret;
  }
  if (rule.algorithm == scheme::Algorithm::basic) {
    return to_base64(order.secret);
  }
  if (rule.key.form == scheme::KeyForm::fetched && order.private_key.empty()) {
    throw CannotSign("the receiver fetches this scheme's key from the provider, so only they can");
  }
  const std::string content = content_of(rule, order, delivery);
  if (scheme::is_asymmetric(rule.algorithm)) {
    return encode_signature(rule.encoding, sign_asymmetric(rule.algorithm, order, content));
  }
  const std::optional<std::string> key = key_bytes(rule.key, order.secret);
  if (!key.has_value()) {
    throw CannotSign("the secret is not in the form that the scheme wants");
  }
  return encode_signature(
      rule.encoding,
      hmac(scheme::fact_of<&scheme::AlgorithmRow::hash>(rule.algorithm), *key, content).value());
}

}  // namespace

void sign_delivery(const SigningOrder& order, Delivery& delivery) {
  if (order.secret.empty() && order.private_key.empty()) {
    throw CannotSign("there is no secret to sign with");
  }
  const scheme::SignatureRule& rule = choose_rule(order, delivery.body);
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
  const std::string signature = signature_text(rule, order, delivery);
  if (writing_of(rule.from.place) == Writing::never) {
    throw CannotSign("this sender cannot write a signature into the body");
  }
  placement.put(rule.from, signature, delivery);
}

std::string signed_content(const SigningOrder& order, const Delivery& delivery) {
  return content_of(choose_rule(order, delivery.body), order, delivery);
}

}  // namespace postern::harness
