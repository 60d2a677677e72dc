#include <algorithm>

#include "postern/base/check.h"
#include "postern/gate/turn.h"
#include "postern/scheme/certificate.h"
#include "postern/scheme/challenge.h"
#include "postern/scheme/claims.h"
#include "postern/scheme/signature_form.h"

// From the first look at a delivery to the proof that it is authentic. Everything here works on
// what nobody has vouched for.

namespace postern::gate {
namespace {

bool is_in_rules(std::span<const scheme::Trial> trials, auto holds) {
  return std::ranges::any_of(trials,
                             [&](const scheme::Trial& trial) { return holds(*trial.rule); });
}

bool uses_hmac(const scheme::SignatureRule& rule) { return scheme::is_hmac(rule.algorithm); }

bool uses_public_key(const scheme::SignatureRule& rule) {
  return scheme::is_asymmetric(rule.algorithm);
}

bool uses_fetched_key(const scheme::SignatureRule& rule) {
  return rule.key.form == scheme::KeyForm::fetched;
}

/// Whether everything that is signed fits an effect, but for the body.
bool have_small_content(std::span<const scheme::Trial> trials) {
  return std::ranges::all_of(trials,
                             [](const scheme::Trial& trial) { return are_small(trial.content); });
}

BodyNeed need_if(bool is_needed) { return is_needed ? BodyNeed::next : BodyNeed::none; }

}  // namespace

Bytes Turn::authenticate() {
  // With a reading of its own: what a probe finds wrong with a body says nothing of a delivery.
  const std::size_t used = arena_.bytes_used();
  scheme::Reading probe(ticket_.delivery, arena_);
  if (const auto reply = scheme::answer_challenge(
          *source_->scheme, scheme::ChallengeProof::unsigned_probe, probe, arena_);
      reply.has_value()) {
    return handshake(*reply);
  }
  arena_.rewind(used);
  if (!is_delivery_method()) {
    return refuse_with(Reason::wrong_method);
  }
  if (claims_need_body() && !ticket_.delivery.body_is_here) {
    return ask_for_body(Phase::body_to_verify);
  }
  return plan();
}

Result<std::span<const scheme::Trial>, Reason> Turn::read_trials() {
  const auto claims = scheme::read_claims(*source_->scheme, source_->keys, *reading_, arena_);
  if (!claims.has_value()) {
    return refuse(claims.error());
  }
  claims_ = *claims;
  return scheme::plan_trials(*source_->scheme, source_->keys, claims_, source_->url, *reading_,
                             arena_);
}

Bytes Turn::plan() {
  const auto planned = read_trials();
  if (!planned.has_value()) {
    return refuse_with(planned.error());
  }
  const auto trials = *planned;
  const bool is_small = have_small_content(trials);
  if (!is_small && !ticket_.delivery.body_is_here) {
    return ask_for_body(Phase::body_to_verify);  // More text than an effect carries is hashed here.
  }
  const bool is_for_us_alone =
      !is_small || is_in_rules(trials, [](const scheme::SignatureRule& rule) {
        return !scheme::hosts_can_hash(rule.algorithm);
      });
  const bool host_has_work =
      !is_for_us_alone && std::ranges::any_of(trials, [&](const scheme::Trial& trial) {
        return uses_hmac(*trial.rule) && host_hashes(trial.content);
      });
  if (is_in_rules(trials, uses_public_key)) {
    if (!is_small) {
      return refuse_with(Reason::malformed_content);  // Nobody but the host could check it.
    }
    if (host_has_work && !ticket_.delivery.body_is_here) {
      return ask_for_body(Phase::body_to_verify);  // Both kinds at once: the MACs are made here.
    }
    return is_in_rules(trials, uses_fetched_key) ? ask_for_key() : ask_for_checks(trials, {});
  }
  if (host_has_work) {
    return ask_for_macs(trials);
  }
  return judge(trials, {.macs = compute_macs(trials), .checks = {}});
}

/// The next call reads the claims again, and goes on to the fields: it brings the body if either
/// does.
Bytes Turn::ask_for_macs(std::span<const scheme::Trial> trials) {
  Writer step =
      ask_for(Effect::mac, Phase::macs, need_if(claims_need_body() || fields_need_body()));
  step.u16(static_cast<std::uint16_t>(std::ranges::count_if(
      trials, [](const scheme::Trial& trial) { return uses_hmac(*trial.rule); })));
  for (const scheme::Trial& trial : trials) {
    if (!uses_hmac(*trial.rule)) {
      continue;
    }
    step.u8(static_cast<std::uint8_t>(scheme::hash_of(trial.rule->algorithm)));
    step.u16(trial.key->number);
    write_pieces(trial.content, step);
  }
  return step.written();
}

Bytes Turn::on_macs(Reader& outcome) {
  const bool is_done = outcome.u8() == 1;
  if (!is_done) {
    return outcome.finished() ? refuse_with(Reason::crypto_unavailable) : Bytes{};
  }
  const auto trials = read_trials();
  if (!trials.has_value()) {
    return {};
  }
  const std::span<Bytes> macs = arena_.make_array<Bytes>(trials->size());
  std::size_t count = outcome.count16(trials->size());
  for (std::size_t i = 0; i < trials->size(); ++i) {
    const scheme::SignatureRule& rule = *(*trials)[i].rule;
    if (!uses_hmac(rule)) {
      continue;
    }
    macs[i] = bytes_of(outcome.text16());
    if (count-- == 0 || macs[i].size() != crypto::digest_bytes(scheme::hash_of(rule.algorithm))) {
      return {};
    }
  }
  return outcome.finished() && count == 0 ? judge(*trials, {.macs = macs, .checks = {}}) : Bytes{};
}

Bytes Turn::ask_for_key() {
  const auto rule = std::ranges::find_if(source_->scheme->signatures, uses_fetched_key);
  const scheme::Located url = reading_->value_at(rule->fetch.url);
  if (url.presence != scheme::Presence::one || !scheme::is_trusted_key_url(rule->fetch, url.text)) {
    return refuse_with(Reason::untrusted_key_url);
  }
  Writer step = ask_for(Effect::fetch_key, Phase::key, need_if(claims_need_body()));
  step.text16(url.text);
  step.u32(scheme::certificate_bytes_max);
  step.u32(rule->fetch.cache_seconds);
  step.text16(source_->policy->name);
  step.u16(key_fetches_per_minute_max);
  return step.written();
}

Bytes Turn::on_key(Reader& outcome) {
  const bool is_fetched = outcome.u8() == 1;
  const Bytes certificate = is_fetched ? outcome.bytes32() : Bytes{};
  const auto rule = std::ranges::find_if(source_->scheme->signatures, uses_fetched_key);
  if (!outcome.finished() || rule == source_->scheme->signatures.end()) {
    return {};
  }
  if (!is_fetched) {
    return refuse_with(Reason::key_unavailable);
  }
  const auto now = static_cast<std::int64_t>(ticket_.delivery.received_ms / 1000);
  const auto key = certificate.size() <= scheme::certificate_bytes_max
                       ? scheme::public_key_of(rule->fetch, certificate, now, arena_)
                       : std::nullopt;
  if (!key.has_value()) {
    return refuse_with(Reason::untrusted_key);
  }
  const auto trials = read_trials();
  return trials.has_value() ? ask_for_checks(*trials, *key) : Bytes{};
}

Bytes Turn::ask_for_checks(std::span<const scheme::Trial> trials, Bytes fetched_key) {
  const std::size_t checks = checks_of(trials);
  POSTERN_CHECK(checks <= scheme::checks_max);
  Writer step =
      ask_for(Effect::check_signature, Phase::checks,
              need_if(claims_need_body() || fields_need_body() || is_in_rules(trials, uses_hmac)));
  step.u16(static_cast<std::uint16_t>(checks));
  for (const scheme::Trial& trial : trials) {
    const bool is_fetched = uses_fetched_key(*trial.rule);
    const auto format = is_fetched ? scheme::KeyFormat::spki : trial.key->format;
    for (const scheme::Candidate& candidate : claims_.candidates) {
      if (is_checked(trial, candidate)) {
        step.u8(static_cast<std::uint8_t>(trial.rule->algorithm));
        step.u8(static_cast<std::uint8_t>(format));
        step.text16(text_of(is_fetched ? fetched_key : trial.key->bytes));
        step.text16(text_of(candidate.bytes));
        write_pieces(trial.content, step);
      }
    }
  }
  return step.written();
}

Bytes Turn::on_checks(Reader& outcome) {
  const std::span<bool> checks = arena_.make_array<bool>(outcome.count16(scheme::checks_max));
  bool is_unavailable = false;
  for (bool& check : checks) {
    const std::uint8_t result = outcome.u8();
    is_unavailable = is_unavailable || result == 0;
    check = result == 1;
  }
  const auto trials = read_trials();
  if (!outcome.finished() || !trials.has_value() || checks.size() != checks_of(*trials)) {
    return {};
  }
  if (is_unavailable && std::ranges::none_of(checks, [](bool check) { return check; })) {
    return refuse_with(Reason::crypto_unavailable);
  }
  return judge(*trials, {.macs = compute_macs(*trials), .checks = checks});
}

std::size_t Turn::checks_of(std::span<const scheme::Trial> trials) const {
  std::size_t checks = 0;
  for (const scheme::Trial& trial : trials) {
    for (const scheme::Candidate& candidate : claims_.candidates) {
      checks += is_checked(trial, candidate) ? 1 : 0;
    }
  }
  return checks;
}

bool Turn::is_checked(const scheme::Trial& trial, const scheme::Candidate& candidate) const {
  return uses_public_key(*trial.rule) && &source_->scheme->signatures[candidate.rule] == trial.rule;
}

Bytes Turn::judge(std::span<const scheme::Trial> trials, const scheme::TrialResults& results) {
  const auto authentic =
      scheme::conclude(*source_->scheme, claims_, trials, results, window(), ticket_.delivery);
  if (authentic.has_value()) {
    return identify(*authentic);
  }
  const Reason reason = authentic.error();
  if (reason == Reason::stale || reason == Reason::future) {
    ticket_.seal.signed_at = claims_.signed_at;  // It is genuine, and the record says how old.
  }
  return refuse_with(reason);
}

/// The MACs of all HMAC trials, in the order of the trials; empty ones for the others.
std::span<Bytes> Turn::compute_macs(std::span<const scheme::Trial> trials) {
  const std::span<Bytes> macs = arena_.make_array<Bytes>(trials.size());
  for (std::size_t i = 0; i < trials.size(); ++i) {
    if (uses_hmac(*trials[i].rule)) {
      macs[i] = scheme::compute_mac(trials[i], ticket_.delivery.body, arena_);
    }
  }
  return macs;
}

/// A hash of the body in the query is compared with it, whatever rule signs the delivery.
bool Turn::claims_need_body() const {
  const auto rules = source_->scheme->signatures;
  return std::ranges::any_of(
             source_->keys,
             [&](const scheme::Key& key) { return scheme::reads_body_first(rules[key.rule]); }) ||
         std::ranges::any_of(rules, [](const scheme::SignatureRule& rule) {
           return !rule.body_hash_query.empty();
         });
}

bool Turn::host_hashes(std::span<const scheme::Piece> pieces) const {
  const bool has_body = std::ranges::any_of(
      pieces, [](const scheme::Piece& piece) { return piece.kind == scheme::Piece::Kind::body; });
  return has_body && (!ticket_.delivery.body_is_here ||
                      (ticket_.delivery.body_bytes > mac_inline_bytes_max && are_small(pieces)));
}

scheme::Window Turn::window() const {
  return {.max_age_seconds = source_->policy->max_age_seconds,
          .max_future_seconds = source_->policy->max_future_seconds};
}

}  // namespace postern::gate
