#include <algorithm>
#include <array>

#include "postern/base/check.h"
#include "postern/crypto/sha2.h"
#include "postern/gate/route.h"
#include "postern/gate/turn.h"
#include "postern/http/query.h"
#include "postern/ledger/ledger.h"
#include "postern/scheme/challenge.h"
#include "postern/scheme/claims.h"

// From the proof to the claim: which event an authentic delivery reports, where it goes, and the
// question to the ledger. Functions here take an `Authentic` or what was made of one.

namespace postern::gate {
namespace {

constexpr std::array body_identity = {
    scheme::IdentityPart{.kind = scheme::IdentityKind::body, .at = {}}};
constexpr std::array content_identity = {
    scheme::IdentityPart{.kind = scheme::IdentityKind::signed_content, .at = {}}};

Bytes digest_here(std::span<const scheme::Piece> content, Bytes body, Arena& arena) {
  crypto::Sha256 hash;
  for (const scheme::Piece& piece : content) {
    hash.update(piece.kind == scheme::Piece::Kind::body ? body : piece.bytes);
  }
  const auto digest = hash.finish();
  const MutableBytes room = arena.make_bytes(digest.size());
  std::ranges::copy(digest, room.begin());
  return room;
}

}  // namespace

Bytes Turn::identify_again() {
  const auto claims = scheme::read_claims(*source_->scheme, source_->keys, *reading_, arena_);
  if (!claims.has_value()) {
    return {};
  }
  claims_ = *claims;
  return identify(scheme::Authentic::open(ticket_.seal, ticket_.delivery));
}

Bytes Turn::identify(const scheme::Authentic& authentic) {
  ticket_.seal = authentic.seal();
  is_authentic_ = true;
  if (!is_sent_form()) {
    return refuse_with(Reason::unexpected_form);
  }
  if (fields_need_body() && !ticket_.delivery.body_is_here) {
    return ask_for_body(Phase::body_to_identify);
  }
  if (const auto reply = scheme::answer_challenge(
          *source_->scheme, scheme::ChallengeProof::signed_delivery, *reading_, arena_);
      reply.has_value()) {
    return handshake(*reply);
  }
  if (reading_->body_is_malformed()) {
    return refuse_with(Reason::malformed_body);  // Nobody knows whether it is a challenge.
  }
  const scheme::EventRule* rule = scheme::event_rule_of(*source_->scheme, *reading_);
  if (rule == nullptr) {
    return refuse_with(Reason::malformed_body);
  }
  const auto parts = identity_by(*rule);
  const auto digests = scheme::plan_digests(parts, source_->scheme->signatures[ticket_.seal.rule],
                                            {.claims = claims_, .url = source_->url},
                                            secret_of(ticket_.seal), *reading_, arena_);
  if (!digests.has_value()) {
    return refuse_with(digests.error());
  }
  const bool host_has_work = std::ranges::any_of(
      *digests, [&](const scheme::IdentityDigest& digest) { return host_hashes(digest.content); });
  if (host_has_work) {
    return ask_for_digests(*digests);
  }
  const std::span<Bytes> values = arena_.make_array<Bytes>(digests->size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = digest_here((*digests)[i].content, ticket_.delivery.body, arena_);
  }
  return route(authentic, *rule, values);
}

Bytes Turn::ask_for_body(Phase phase) {
  return ask_for(Effect::supply_body, phase, BodyNeed::next).written();
}

Bytes Turn::ask_for_digests(std::span<const scheme::IdentityDigest> digests) {
  Writer step =
      ask_for(Effect::mac, Phase::digests, fields_need_body() ? BodyNeed::next : BodyNeed::none);
  step.u16(static_cast<std::uint16_t>(digests.size()));
  for (const scheme::IdentityDigest& digest : digests) {
    step.u8(static_cast<std::uint8_t>(crypto::HashAlgorithm::sha256));
    step.u16(no_key);
    write_pieces(digest.content, step);
  }
  return step.written();
}

Bytes Turn::on_digests(Reader& outcome) {
  if (outcome.u8() != 1) {
    return outcome.finished() ? refuse_with(Reason::crypto_unavailable) : Bytes{};
  }
  const std::span<Bytes> digests =
      arena_.make_array<Bytes>(outcome.count16(scheme::identity_parts_max));
  for (Bytes& digest : digests) {
    digest = bytes_of(outcome.text16());
    if (digest.size() != crypto::Sha256::digest_bytes) {
      return {};
    }
  }
  if (!outcome.finished()) {
    return {};
  }
  const scheme::EventRule* rule = scheme::event_rule_of(*source_->scheme, *reading_);
  if (rule == nullptr) {
    return {};
  }
  if (digests.size() != scheme::digests_of(identity_by(*rule))) {
    return {};
  }
  return route(scheme::Authentic::open(ticket_.seal, ticket_.delivery), *rule, digests);
}

Bytes Turn::route(const scheme::Authentic& authentic, const scheme::EventRule& rule,
                  std::span<const Bytes> digests) {
  const auto event = scheme::read_event(authentic, rule,
                                        {.source = source_->policy->name,
                                         .identity = identity_by(rule),
                                         .allow_events = source_->policy->allow_events,
                                         .same_content = source_->policy->same_content,
                                         .types = source_->policy->types,
                                         .token = ticket_.token},
                                        digests, *reading_, arena_);
  if (!event.has_value()) {
    return refuse_with(event.error());
  }
  ticket_.key = event->key;
  ticket_.hint = event->hint;
  ticket_.event_type = event->type;
  has_event_ = true;
  const auto number = route_of(*source_->policy, *event, *reading_);
  if (!number.has_value() && number.error() != Reason::no_route) {
    return refuse_with(number.error());
  }
  if (!number.has_value()) {
    return end(Verdict::unrouted, Reason::no_route, status_of(Reason::no_route));
  }
  ticket_.route = *number;
  ticket_.sender_id = scheme::sender_id_of(*source_->scheme, rule, *reading_);
  const policy::Route& chosen = source_->policy->routes[*number];
  if (chosen.kind == policy::RouteKind::answer) {
    return end(Verdict::unrouted, Reason::answered_by_route, chosen.answer_status);
  }
  const bool is_forwardable =
      std::ranges::all_of(source_->destinations[*number], [&](const LiveDestination& destination) {
        return http::may_extend(destination.url, signed_query());
      });
  if (!is_forwardable) {
    return refuse_with(Reason::unforwardable_query);
  }
  // A hot source is spread over several stores; the key's own bits choose.
  ticket_.shard = std::to_integer<std::uint8_t>(ticket_.key[0]) % source_->policy->shards;
  aim_at(0);
  return source_->policy->rate_limit.by == policy::LimitBy::source
             ? ask_for_limit(Phase::limit_source)
             : take_in();
}

Bytes Turn::take_in() {
  if (is_unidentified()) {
    ticket_.maybe_duplicate = true;
    return sign_forward();
  }
  return chosen_route()->deliver == policy::Deliver::queue ? accept() : claim(ledger::Verb::claim);
}

std::span<const scheme::IdentityPart> Turn::chosen_identity() const {
  switch (source_->policy->identity_choice) {
    case policy::IdentityChoice::scheme:
    case policy::IdentityChoice::none:
      return {};
    case policy::IdentityChoice::signed_content:
      return content_identity;
    case policy::IdentityChoice::body:
      return body_identity;
    case policy::IdentityChoice::custom:
      return source_->policy->identity;
  }
  trap();
}

std::span<const scheme::IdentityPart> Turn::identity_by(const scheme::EventRule& rule) const {
  return source_->policy->identity_choice == policy::IdentityChoice::scheme ? rule.identity
                                                                            : chosen_identity();
}

bool Turn::is_unidentified() const {
  return source_ != nullptr && source_->policy->identity_choice == policy::IdentityChoice::none;
}

Bytes Turn::secret_of(const scheme::ProofSeal& seal) const {
  for (const scheme::Key& key : source_->keys) {
    if (key.slot == seal.slot && key.rule == seal.rule) {
      return key.bytes;
    }
  }
  return {};
}

/// Whether the sender sends such bodies. What cannot be told yet is held to it when the body is
/// here.
bool Turn::is_sent_form() const {
  const scheme::Scheme& scheme = *source_->scheme;
  const http::Delivery& delivery = ticket_.delivery;
  if (delivery.body_form == http::BodyForm::unknown) {
    return true;
  }
  return http::has(scheme.sends, delivery.body_form) &&
         (!scheme.key_signs_more || !delivery.body_is_here || reading_->keeps_its_form());
}

bool Turn::fields_need_body() const {
  const scheme::Scheme& scheme = *source_->scheme;
  const bool form_needs_it =
      scheme.key_signs_more || (scheme.sends != http::any_body_form &&
                                ticket_.delivery.body_form == http::BodyForm::unknown);
  return form_needs_it || scheme::reads_body(scheme, chosen_identity()) ||
         routes_read_body(*source_->policy);
}

}  // namespace postern::gate
