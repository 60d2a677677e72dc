#include "postern/gate/states/identifying.h"

#include <algorithm>
#include <array>

#include "postern/base/check.h"
#include "postern/crypto/sha2.h"
#include "postern/gate/content_hashing.h"
#include "postern/gate/ending.h"
#include "postern/gate/route.h"
#include "postern/gate/signed_query.h"
#include "postern/gate/states/claiming.h"
#include "postern/gate/ticket.h"
#include "postern/http/query.h"
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

Bytes secret_of(const scheme::ProofSeal& seal, const LiveSource& source) {
  for (const scheme::Key& key : source.keys) {
    if (key.slot == seal.slot && key.rule == seal.rule) {
      return key.bytes;
    }
  }
  return {};
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

/// The event has its key: where does it go?
StepBytes route_event(Call& call, const scheme::Event& event, const scheme::EventRule& rule,
                      scheme::Reading& reading) {
  const LiveSource& source = *call.source;

  call.facts.has_event = true;
  const auto number = route_of(*source.policy, event, reading);
  if (!number.has_value() && number.error() != Reason::no_route) {
    return refuse(call, number.error());
  }
  if (!number.has_value()) {
    return end(call, {.verdict = Verdict::unrouted,
                      .reason = Reason::no_route,
                      .status = status_of(Reason::no_route)});
  }
  call.facts.sender_id = scheme::sender_id_of(*source.scheme, rule, reading);
  const policy::Route& route = source.policy->routes[*number];
  if (route.kind == policy::RouteKind::answer) {
    return end(call, {.verdict = Verdict::unrouted,
                      .reason = Reason::answered_by_route,
                      .status = route.answer_status});
  }
  const std::string_view query = signed_query(call, &call.facts.seal);
  const bool is_forwardable = std::ranges::all_of(
      source.destinations[*number],
      [&](const LiveDestination& destination) { return http::may_extend(destination.url, query); });
  if (!is_forwardable) {
    return refuse(call, Reason::unforwardable_query);
  }
  Place place{.route = *number};
  // A hot source is spread over several stores; the key's own bits choose.
  place.shard = std::to_integer<std::uint8_t>(event.key()[0]) % source.policy->shards;
  aim_at(0, route, *call.configuration.policy, place);
  const auto routed = Routed::make(call, event, place);
  POSTERN_CHECK(routed.has_value());
  return admit(*routed);
}

StepBytes read_and_route(Call& call, const scheme::Authentic& authentic,
                         const scheme::EventRule& rule, std::span<const Bytes> digests,
                         scheme::Reading& reading) {
  const policy::Source& source = *call.source->policy;
  const auto event = scheme::read_event(authentic, rule,
                                        {.source = source.name,
                                         .identity = identity_by(rule, source),
                                         .allow_events = source.allow_events,
                                         .same_content = source.same_content,
                                         .types = source.types,
                                         .token = call.arrival.token},
                                        digests, reading, call.arena, call.facts.event);
  return event.has_value() ? route_event(call, *event, rule, reading) : refuse(call, event.error());
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
  if (const auto reply = scheme::answer_challenge(
          *source.scheme, scheme::ChallengeProof::signed_delivery, reading, call.arena);
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
  const scheme::ProofSeal& seal = authentic.seal();
  const auto digests = scheme::plan_digests(
      identity_by(*rule, *source.policy), source.scheme->signatures[seal.rule],
      {.claims = claims, .url = source.url}, secret_of(seal, source), reading, call.arena);
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
