#include "harness/derive/genuine.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "harness/host/cryptography.h"
#include "harness/sender/places.h"
#include "harness/sender/scheme_forms.h"
#include "harness/sender/sign.h"

namespace postern::harness::derive {
namespace {

/// Which origins confirm what a provider's file says of itself. A file of another confidence takes
/// any origin.
struct Confirmation {
  std::string_view confidence;
  std::string_view meaning;
  std::array<std::string_view, 3> origins;
};
constexpr std::array<Confirmation, 2> confirmations = {{
    {"vector", "published values are replayed", {"documented", "captured"}},
    {"vendor-code", "the vendor's library agrees", {"documented", "captured", "confirmed"}},
}};

bool is_confirmed(const Fixture& fixture, const compiler::SchemeModel& model,
                  compiler::Report& report) {
  for (const Confirmation& confirmation : confirmations) {
    if (confirmation.confidence == model.confidence &&
        std::ranges::find(confirmation.origins, fixture.origin) == confirmation.origins.end()) {
      report.error(fixture.document->get("origin")->source(), "unconfirmed",
                   fmt::format("the provider's file says that {} (`confidence = \"{}\"`), and its "
                               "genuine delivery is `{}`",
                               confirmation.meaning, model.confidence, fixture.origin),
                   "take a delivery from there, or say less in the provider's file");
      return false;
    }
  }
  return true;
}

/// The first signature of the scheme that the delivery carries and its secret is for.
std::optional<std::size_t> rule_of(const scheme::Scheme& scheme, const Delivery& delivery,
                                   const std::string& secret) {
  for (std::size_t i = 0; i < scheme.signatures.size(); ++i) {
    const scheme::SignatureRule& rule = scheme.signatures[i];
    const bool fits_key =
        rule.key.prefix_rule == scheme::PrefixRule::optional || secret.starts_with(rule.key.prefix);
    if (fits_body(rule.format, delivery.body) && fits_key &&
        !values_at(rule.from, delivery).empty()) {
      return i;
    }
  }
  return std::nullopt;
}

std::string first_at(const scheme::Locator& place, const Delivery& delivery) {
  const std::vector<std::string> values = values_at(place, delivery);
  return values.empty() ? std::string() : values.front();
}

SigningOrder order_of(const Genuine& genuine, std::uint64_t at_ms, const std::string& id) {
  const scheme::TimestampRule& timestamp = genuine.model->scheme.timestamp;
  const bool is_its_time = genuine.is_timed() && at_ms == genuine.at_ms;
  return {.scheme = *genuine.compiled->scheme,
          .secret = genuine.compiled->secrets.front(),
          .private_key = genuine.private_key,
          .at_ms = static_cast<std::int64_t>(at_ms),
          .time = is_its_time ? first_at(timestamp.from, genuine.delivery) : std::string(),
          .id = id,
          .url = genuine.compiled->address.url,
          .event_type = {},
          .rule = genuine.rule_number};
}

/// ECDSA takes a random number for each signature: two of the same text differ.
bool is_random(scheme::Algorithm algorithm) {
  return algorithm == scheme::Algorithm::ecdsa_p256_sha256;
}

/// Whether the signer makes the signature that the delivery carries. True for a key that nobody
/// here has: then nothing is signed by it either.
std::expected<bool, CannotSign> is_signed_alike(const Genuine& genuine) {
  if (!genuine.why_unsigned.empty() || is_random(genuine.rule().algorithm)) {
    return true;
  }
  Delivery again = genuine.delivery;
  auto is_signed = sign_anew(genuine, genuine.at_ms, genuine.id, again);
  if (!is_signed.has_value()) {
    return std::unexpected(std::move(is_signed.error()));
  }
  const auto known = values_at(genuine.rule().from, genuine.delivery);
  const auto made = values_at(genuine.rule().from, again);
  const auto is_made = [&](const std::string& value) {
    return one_spelling(genuine.rule().encoding, value) == made.front();
  };
  return !made.empty() && std::ranges::any_of(known, is_made);
}

std::string why_unsigned(const Genuine& genuine) {
  const bool is_shared = !scheme::is_asymmetric(genuine.rule().algorithm);
  if (!is_shared && genuine.private_key.empty()) {
    return "nobody here has the key that signs";
  }
  // A token stays what it is in a body that is changed elsewhere.
  if (writing_of(genuine.rule().from.place) == Writing::never &&
      genuine.rule().algorithm != scheme::Algorithm::token) {
    return "the signer writes no signature into a body";
  }
  const Writing time = writing_of(genuine.model->scheme.timestamp.from.place);
  return genuine.is_timed() && time != Writing::replaces ? "the signer writes no time into a body"
                                                         : "";
}

/// What the delivery says of its signing. False, after reporting, when it does not say it.
bool read_claims(Genuine& genuine, const toml::source_region& place, compiler::Report& report) {
  const scheme::Scheme& scheme = genuine.model->scheme;
  const auto rule = rule_of(scheme, genuine.delivery, genuine.compiled->secrets.front());
  if (!rule.has_value()) {
    report.error(place, "no-signature", "no signature stands where the provider's file says",
                 "a genuine delivery carries one of its [[signature]]");
    return false;
  }
  genuine.rule_number = *rule;
  genuine.id = first_at(scheme.id, genuine.delivery);
  if (genuine.is_timed()) {
    const auto signed_at =
        unix_ms_of(scheme.timestamp.unit, first_at(scheme.timestamp.from, genuine.delivery));
    if (!signed_at.has_value()) {
      report.error(place, "no-time", "no time stands where the provider's file says",
                   "a genuine delivery carries what [timestamp] names");
      return false;
    }
    genuine.at_ms = static_cast<std::uint64_t>(*signed_at);
  }
  genuine.why_unsigned = why_unsigned(genuine);
  return true;
}

}  // namespace

std::expected<void, CannotSign> sign_anew(const Genuine& genuine, std::uint64_t at_ms,
                                          const std::string& id, Delivery& delivery) {
  return sign_delivery(order_of(genuine, at_ms, id), delivery);
}

std::optional<Genuine> read_genuine(const CompiledCase& compiled, compiler::Catalogue& catalogue,
                                    compiler::Report& report) {
  const Fixture& fixture = compiled.fixture;
  const FixtureStep& step = fixture.steps.front();
  const toml::source_region place = fixture.document->get("genuine")->source();
  const compiler::SchemeModel* model =
      catalogue.find((*fixture.source)["provider"].value_or(std::string()), report);
  if (model == nullptr) {
    report.error(place, "no-provider", "a genuine delivery is one of a provider",
                 "cases are derived by the facts of wasm/providers/NAME.toml");
    return std::nullopt;
  }
  if (step.sign.has_value() || !step.mutations.empty() || compiled.secrets.size() != 1) {
    report.error(place, "not-as-received",
                 "a genuine delivery stands in its first step as it was received, and its source "
                 "has the one secret that signed it",
                 "take out `sign` and `mutate`");
    return std::nullopt;
  }
  Genuine genuine{.compiled = &compiled,
                  .model = model,
                  .rule_number = 0,
                  .delivery = step.request->delivery,
                  .at_ms = step.at_ms,
                  .id = {},
                  .private_key = fixture.genuine->private_key,
                  .why_unsigned = {}};
  if (!step.request->has_path) {
    genuine.delivery.path =
        (*fixture.source)["path"].value_or(fmt::format("/hooks/{}", fixture_source_name));
  }
  if (!is_confirmed(fixture, *model, report) || !read_claims(genuine, place, report)) {
    return std::nullopt;
  }
  const auto is_alike = is_signed_alike(genuine);
  if (!is_alike.has_value()) {
    report.error(place, "signer-disagrees",
                 fmt::format("the signer cannot sign this delivery: {}", is_alike.error().why), "");
    return std::nullopt;
  }
  if (*is_alike) {
    return genuine;
  }
  report.error(place, "signer-disagrees",
               "the signer makes another signature of this delivery than it carries",
               "the provider's file says something else than its sender does, or the delivery is "
               "not genuine");
  return std::nullopt;
}

}  // namespace postern::harness::derive
