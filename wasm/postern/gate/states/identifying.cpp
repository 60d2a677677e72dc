#include "postern/gate/states/identifying.h"

#include <algorithm>
#include <array>

#include "postern/base/check.h"
#include "postern/crypto/sha2.h"
#include "postern/gate/content_hashing.h"
#include "postern/gate/ending.h"
#include "postern/gate/route.h"
#include "postern/gate/routing.h"
#include "postern/gate/ticket.h"
#include "postern/scheme/challenge.h"
#include "postern/scheme/event.h"

namespace postern::gate {
namespace {

constexpr std::array body_identity = {
    scheme::IdentityPart{.kind = scheme::IdentityKind::body, .at = {}}};
constexpr std::array content_identity = {
    scheme::IdentityPart{.kind = scheme::IdentityKind::signed_content, .at = {}}};

/// Empty where the provider's file says.
std::span<const scheme::IdentityPart> chosen_identity(const policy::Source& source) {
  switch (source.identity_choice) {
    case policy::IdentityChoice::scheme:
    case policy::IdentityChoice::none:
      return {};
    case policy::IdentityChoice::signed_content:
      return content_identity;
    case policy::IdentityChoice::body:
      return body_identity;
    case policy::IdentityChoice::custom:
      return source.identity;
  }
  trap();
}

/// Empty where there is none.
std::span<const scheme::IdentityPart> identity_by(const scheme::EventRule& rule,
                                                  const policy::Source& source) {
  return source.identity_choice == policy::IdentityChoice::scheme ? rule.identity
                                                                  : chosen_identity(source);
}

/// By which the delivery was verified; null where the secrets have changed since.
const scheme::Key* key_of(const scheme::ProofSeal& seal, const LiveSource& source) {
  for (const scheme::Key& key : source.keys) {
    if (key.slot == seal.slot && key.rule == seal.rule) {
      return &key;
    }
  }
  return nullptr;
}

/// Whether the sender sends such bodies. What cannot be told yet is held to it when the body is
/// here.
bool is_sent_form(const Call& call, scheme::Reading& reading) {
  const scheme::Scheme& scheme = *call.source->scheme;
  const http::Delivery& delivery = call.arrival.delivery;
  if (delivery.body_form == http::BodyForm::unknown) {
    return true;
  }
  return http::has(scheme.sends, delivery.body_form) &&
         (!scheme.key_signs_more || !delivery.body_is_here || reading.keeps_its_form());
}

Bytes digest_here(const Call& call, std::span<const scheme::Piece> content) {
  crypto::Sha256 hash;
  for (const scheme::Piece& piece : content) {
    hash.update(piece.kind == scheme::Piece::Kind::body ? call.arrival.delivery.body : piece.bytes);
  }
  const auto digest = hash.finish();
  const MutableBytes room = call.arena.make_bytes(digest.size());
  std::ranges::copy(digest, room.begin());
  return room;
}

StepBytes read_and_route(Call& call, const scheme::Authentic& authentic,
                         const scheme::EventRule& rule, std::span<const Bytes> digests,
                         scheme::Reading& reading) {
  const policy::Source& source = *call.source->policy;
  const auto event = scheme::read_event(authentic, rule,
                                        {.source = source.name,
                                         .tenant = call.arrival.tenant,
                                         .identity = identity_by(rule, source),
                                         .allow_events = source.allow_events,
                                         .same_content = source.same_content,
                                         .types = source.types,
                                         .token = call.arrival.token},
                                        digests, reading, call.arena, call.facts.event);
  if (!event.has_value()) {
    return refuse(call, event.error());
  }
  call.facts.has_event = true;
  return route_event(call, *event, rule, reading);
}

StepBytes on_digests(Call& call, const scheme::Authentic& authentic, Reader& outcome) {
  if (outcome.u8() != 1) {
    return outcome.finished() ? refuse(call, Reason::crypto_unavailable) : StepBytes{};
  }
  scheme::Reading reading(call.arrival.delivery, call.arena);
  const scheme::EventRule* rule = scheme::event_rule_of(*call.source->scheme, reading);
  if (rule == nullptr) {
    return {};
  }
  const auto digests =
      read_digests(call, outcome, scheme::digests_of(identity_by(*rule, *call.source->policy)));
  return digests.has_value() ? read_and_route(call, authentic, *rule, *digests, reading)
                             : StepBytes{};
}

/// The body is here now: on from the beginning.
StepBytes identify_again(Call& call, const scheme::Authentic& authentic) {
  const LiveSource& source = *call.source;
  scheme::Reading reading(call.arrival.delivery, call.arena);
  const auto claims = scheme::read_claims(*source.scheme, source.keys, reading, call.arena);
  return claims.has_value() ? identify(call, authentic, *claims, reading) : StepBytes{};
}

}  // namespace

bool identifying_needs_body(const Call& call) {
  const scheme::Scheme& scheme = *call.source->scheme;
  const policy::Source& source = *call.source->policy;
  const bool form_needs_it =
      scheme.key_signs_more || (scheme.sends != http::any_body_form &&
                                call.arrival.delivery.body_form == http::BodyForm::unknown);
  return form_needs_it || scheme::reads_body(scheme, chosen_identity(source)) ||
         routes_read_body(source);
}

StepBytes identify(Call& call, const scheme::Authentic& authentic, const scheme::Claims& claims,
                   scheme::Reading& reading) {
  const LiveSource& source = *call.source;
  call.facts.seal = authentic.seal();
  call.facts.is_authentic = true;
  if (!is_sent_form(call, reading)) {
    return refuse(call, Reason::unexpected_form);
  }
  if (identifying_needs_body(call) && !call.arrival.delivery.body_is_here) {
    return ask(call, Identifying{authentic}, contract::SupplyBody{}, {.body_need = BodyNeed::next});
  }
  const scheme::ProofSeal& seal = authentic.seal();
  const scheme::Key* const key = key_of(seal, source);
  if (const auto reply = scheme::answer_challenge(
          *source.scheme, scheme::ChallengeProof::signed_delivery,
          {.key = key, .parameters = source.parameters}, reading, call.arena);
      reply.has_value()) {
    return shake_hands(call, *reply);
  }
  if (reading.body_is_malformed()) {
    return refuse(call, Reason::malformed_body);  // Perhaps a challenge: nobody knows.
  }
  const scheme::EventRule* rule = scheme::event_rule_of(*source.scheme, reading);
  if (rule == nullptr) {
    return refuse(call, Reason::malformed_body);
  }
  // The secret of a plain hash says nothing of the event: it may change between two copies.
  const scheme::SignatureRule& signature = source.scheme->signatures[seal.rule];
  const bool is_key = scheme::is_plain_hash(signature.algorithm);
  const auto digests = scheme::plan_digests(
      identity_by(*rule, *source.policy), signature, {.claims = claims, .url = source.url},
      key == nullptr || is_key ? Bytes{} : key->bytes, reading, call.arena);
  if (!digests.has_value()) {
    return refuse(call, digests.error());
  }
  const bool host_has_work = std::ranges::any_of(
      *digests,
      [&](const scheme::IdentityDigest& digest) { return host_hashes(call, digest.content); });
  if (host_has_work) {
    return ask(call, Identifying{authentic}, contract::Mac{.requests = *digests},
               {.body_need = need_if(identifying_needs_body(call))});
  }
  const std::span<Bytes> values = call.arena.make_array<Bytes>(digests->size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = digest_here(call, (*digests)[i].content);
  }
  return read_and_route(call, authentic, *rule, values, reading);
}

StepBytes Identifying::resume(Call& call, Report& report) const {
  switch (report.of) {
    case EffectKind::supply_body:
      return identify_again(call, authentic);
    case EffectKind::mac:
      return on_digests(call, authentic, report.outcome);
    default:
      return {};
  }
}

}  // namespace postern::gate
