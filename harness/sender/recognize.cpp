#include "harness/sender/recognize.h"

#include "harness/host/text_forms.h"
#include "harness/sender/content.h"
#include "harness/sender/places.h"
#include "harness/sender/scheme_forms.h"

namespace postern::harness {
namespace {

/// The values at a place that a new signature replaces: others cannot be signed afresh.
std::vector<std::string> replaceable_values(const scheme::Locator& locator,
                                            const Delivery& delivery) {
  return writing_of(locator.place) == Writing::replaces ? values_at(locator, delivery)
                                                        : std::vector<std::string>();
}

/// The one value there, or empty.
std::string text_from(const scheme::Locator& locator, const Delivery& delivery) {
  const auto values = replaceable_values(locator, delivery);
  return values.empty() ? std::string() : values.front();
}

bool is_signed_by(const scheme::SignatureRule& rule, const std::string& secret,
                  const std::string& content, const std::string& candidate) {
  if (rule.algorithm == scheme::Algorithm::token) {
    return candidate == secret;
  }
  if (rule.algorithm == scheme::Algorithm::basic) {
    return candidate == to_base64(secret);
  }
  const std::optional<std::string> key = key_bytes(rule.key, secret);
  if (!key.has_value()) {
    return false;
  }
  if (scheme::is_mac(rule.algorithm)) {
    return one_spelling(rule.encoding, candidate) ==
           encode_signature(rule.encoding, shared_signature(rule.algorithm, *key, content));
  }
  const bool is_hex =
      rule.encoding == scheme::Encoding::hex || rule.encoding == scheme::Encoding::hex_any;
  const auto signature = is_hex ? from_hex(candidate) : from_base64(candidate);
  return rule.algorithm == scheme::Algorithm::ed25519 && signature.has_value() &&
         verify_signature(Algorithm::ed25519, KeyFormat::raw, *key, content, *signature) ==
             Verified::valid;
}

}  // namespace

std::optional<Recognized> recognize(const scheme::Scheme& scheme,
                                    const std::vector<std::string>& secrets, const std::string& url,
                                    const Delivery& delivery) {
  const std::string timestamp = text_from(scheme.timestamp.from, delivery);
  const std::string id = text_from(scheme.id, delivery);
  for (const scheme::SignatureRule& rule : scheme.signatures) {
    if (!fits_body(rule.format, delivery.body)) {
      continue;
    }
    for (std::size_t i = 0; i < secrets.size(); ++i) {
      const auto content =
          render_content(rule.content, {.delivery = delivery,
                                        .timestamp = timestamp,
                                        .id = id,
                                        .url = url,
                                        .secret = text_of_secret(rule, secrets[i])});
      for (const std::string& candidate : replaceable_values(rule.from, delivery)) {
        if (content.has_value() && is_signed_by(rule, secrets[i], *content, candidate)) {
          return Recognized{.secret = i,
                            .at_ms = unix_ms_of(scheme.timestamp.unit, timestamp),
                            .time = timestamp,
                            .id = id};
        }
      }
    }
  }
  return std::nullopt;
}

}  // namespace postern::harness
