#include "postern/gate/states/verifying.h"

#include <algorithm>
#include <optional>
#include <span>

#include "postern/base/check.h"
#include "postern/gate/content_hashing.h"
#include "postern/gate/ending.h"
#include "postern/gate/states/identifying.h"
#include "postern/gate/ticket.h"
#include "postern/scheme/certificate.h"
#include "postern/scheme/challenge.h"
#include "postern/scheme/claims.h"
#include "postern/scheme/signature_form.h"
#include "postern/scheme/verify.h"

namespace postern::gate {
namespace {

bool uses_mac(const scheme::SignatureRule& rule) { return scheme::is_mac(rule.algorithm); }

bool uses_public_key(const scheme::SignatureRule& rule) {
  return scheme::is_asymmetric(rule.algorithm);
}

bool uses_fetched_key(const scheme::SignatureRule& rule) {
  return has_feature(Feature::fetched_key) && rule.key.form == scheme::KeyForm::fetched;
}

bool hashes_here_only(const scheme::SignatureRule& rule) {
  return !scheme::hosts_can_hash(rule.algorithm);
}

bool any_rule(std::span<const scheme::Trial> trials, bool (*holds)(const scheme::SignatureRule&)) {
  return std::ranges::any_of(trials,
                             [&](const scheme::Trial& trial) { return holds(*trial.rule); });
}

/// A time in the body is read before anything is verified, whoever hashes the body; and a hash of
/// the body in the query is compared with it, whatever rule signs the delivery.
bool claims_need_body(const LiveSource& source) {
  const auto rules = source.scheme->signatures;
  return scheme::claims_body(*source.scheme) ||
         std::ranges::any_of(
             source.keys,
             [&](const scheme::Key& key) { return scheme::reads_body_first(rules[key.rule]); }) ||
         std::ranges::any_of(rules, [](const scheme::SignatureRule& rule) {
           return !rule.body_hash_query.empty();
         });
}

/// One call's work on the proof: what the delivery claims, and what has to be tried to prove it.
class Verification {
 public:
  explicit Verification(Call& call) : call_(call), reading_(call.arrival.delivery, call.arena) {}

  [[nodiscard]] StepBytes plan();
  [[nodiscard]] StepBytes on_macs(Reader& outcome);
  [[nodiscard]] StepBytes on_key(Reader& outcome);
  [[nodiscard]] StepBytes on_checks(Reader& outcome);

 private:
  /// Reads claims and trials; the same ones in each call on a delivery. Refuses: as `read_claims`,
  /// then as `plan_trials`.
  [[nodiscard]] Reason read_trials();
  [[nodiscard]] StepBytes ask_for_body() {
    return ask(call_, Verifying{}, contract::SupplyBody{}, {.body_need = BodyNeed::next});
  }
  [[nodiscard]] StepBytes ask_for_macs();
  [[nodiscard]] StepBytes ask_for_key();
  [[nodiscard]] StepBytes ask_for_checks(Bytes fetched_key);
  [[nodiscard]] StepBytes judge(const scheme::TrialResults& results);
  [[nodiscard]] std::span<Bytes> compute_macs();
  [[nodiscard]] std::size_t checks() const;
  [[nodiscard]] bool is_checked(const scheme::Trial& trial,
                                const scheme::Candidate& candidate) const {
    return uses_public_key(*trial.rule) &&
           &call_.source->scheme->signatures[candidate.rule] == trial.rule;
  }
  [[nodiscard]] bool body_is_here() const { return call_.arrival.delivery.body_is_here; }
  /// What the call after this one reads of the body whatever comes out: the claims, and then, if
  /// the delivery is authentic, its event.
  [[nodiscard]] bool next_call_needs_body() const {
    return claims_need_body(*call_.source) || identifying_needs_body(call_);
  }

  Call& call_;
  scheme::Reading reading_;
  scheme::Claims claims_;
  std::span<const scheme::Trial> trials_;
};

Reason Verification::read_trials() {
  const LiveSource& source = *call_.source;
  const auto claims = scheme::read_claims(*source.scheme, source.keys, reading_, call_.arena);
  if (!claims.has_value()) {
    return claims.error();
  }
  claims_ = *claims;
  const auto trials =
      scheme::plan_trials(*source.scheme, source.keys, claims_, source.url, reading_, call_.arena);
  if (!trials.has_value()) {
    return trials.error();
  }
  trials_ = *trials;
  return Reason::none;
}

/// Chooses who computes: the host what it does faster and can do, this module the rest.
StepBytes Verification::plan() {
  if (const Reason fault = read_trials(); fault != Reason::none) {
    // Only nobody's delivery gets here where there is no key.
    return refuse(call_, call_.source->keys.empty() ? Reason::unknown_tenant : fault);
  }
  const bool is_small = std::ranges::all_of(
      trials_, [](const scheme::Trial& trial) { return are_small(trial.content); });
  if (!is_small && !body_is_here()) {
    return ask_for_body();  // More text than an effect carries is hashed here.
  }
  const bool is_for_us_alone = !is_small || any_rule(trials_, hashes_here_only);
  const bool host_has_work =
      !is_for_us_alone && std::ranges::any_of(trials_, [&](const scheme::Trial& trial) {
        return uses_mac(*trial.rule) && host_hashes(call_, trial.content);
      });
  if (any_rule(trials_, uses_public_key)) {
    if (!is_small) {
      return refuse(call_, Reason::malformed_content);  // Only the host could check it.
    }
    if (host_has_work && !body_is_here()) {
      return ask_for_body();  // Both kinds at once: the MACs are made here.
    }
    return any_rule(trials_, uses_fetched_key) ? ask_for_key() : ask_for_checks({});
  }
  if (host_has_work) {
    return ask_for_macs();
  }
  return judge({.macs = compute_macs(), .checks = {}});
}

StepBytes Verification::ask_for_macs() {
  const std::span<contract::MacRequest> requests =
      call_.arena.make_array<contract::MacRequest>(trials_.size());
  std::size_t count = 0;
  for (const scheme::Trial& trial : trials_) {
    if (uses_mac(*trial.rule)) {
      requests[count++] = {.hash = scheme::hash_of(trial.rule->algorithm),
                           .key = trial.key->number,
                           .content = trial.content};
    }
  }
  return ask(call_, Verifying{}, contract::Mac{.requests = requests.first(count)},
             {.body_need = need_if(next_call_needs_body())});
}

StepBytes Verification::on_macs(Reader& outcome) {
  const bool is_done = outcome.u8() == 1;
  if (!is_done) {
    return outcome.finished() ? refuse(call_, Reason::crypto_unavailable) : StepBytes{};
  }
  if (read_trials() != Reason::none) {
    return {};
  }
  const std::span<Bytes> macs = call_.arena.make_array<Bytes>(trials_.size());
  std::size_t count = outcome.count16(trials_.size());
  for (std::size_t i = 0; i < trials_.size(); ++i) {
    const scheme::SignatureRule& rule = *trials_[i].rule;
    if (!uses_mac(rule)) {
      continue;
    }
    macs[i] = bytes_of(outcome.text16());
    if (count-- == 0 || macs[i].size() != crypto::digest_bytes(scheme::hash_of(rule.algorithm))) {
      return {};
    }
  }
  return outcome.finished() && count == 0 ? judge({.macs = macs, .checks = {}}) : StepBytes{};
}

StepBytes Verification::ask_for_key() {
  const auto rule = std::ranges::find_if(call_.source->scheme->signatures, uses_fetched_key);
  const scheme::Located url = reading_.value_at(rule->fetch.url);
  if (url.presence != scheme::Presence::one || !scheme::is_trusted_key_url(rule->fetch, url.text)) {
    return refuse(call_, Reason::untrusted_key_url);
  }
  return ask(call_, Verifying{},
             contract::FetchKey{.url = url.text,
                                .bytes_max = scheme::certificate_bytes_max,
                                .cache_seconds = rule->fetch.cache_seconds,
                                .source = call_.source->policy->name,
                                .fetches_per_minute = key_fetches_per_minute_max},
             {.body_need = need_if(claims_need_body(*call_.source))});
}

StepBytes Verification::on_key(Reader& outcome) {
  const bool is_fetched = outcome.u8() == 1;
  const Bytes certificate = is_fetched ? outcome.bytes32() : Bytes{};
  const auto rules = call_.source->scheme->signatures;
  const auto rule = std::ranges::find_if(rules, uses_fetched_key);
  if (!outcome.finished() || rule == rules.end()) {
    return {};
  }
  if (!is_fetched) {
    return refuse(call_, Reason::key_unavailable);
  }
  const auto now = static_cast<std::int64_t>(call_.arrival.delivery.received_ms / 1000);
  const auto key = certificate.size() <= scheme::certificate_bytes_max
                       ? scheme::public_key_of(rule->fetch, certificate, now, call_.arena)
                       : std::nullopt;
  if (!key.has_value()) {
    return refuse(call_, Reason::untrusted_key);
  }
  return read_trials() == Reason::none ? ask_for_checks(*key) : StepBytes{};
}

StepBytes Verification::ask_for_checks(Bytes fetched_key) {
  const std::size_t wanted = checks();
  POSTERN_CHECK(wanted <= scheme::checks_max);
  const std::span<contract::SignatureCheck> all =
      call_.arena.make_array<contract::SignatureCheck>(wanted);
  std::size_t count = 0;
  for (const scheme::Trial& trial : trials_) {
    const bool is_fetched = uses_fetched_key(*trial.rule);
    for (const scheme::Candidate& candidate : claims_.candidates) {
      if (is_checked(trial, candidate)) {
        all[count++] = {.algorithm = trial.rule->algorithm,
                        .key_format = is_fetched ? scheme::KeyFormat::spki : trial.key->format,
                        .key = is_fetched ? fetched_key : trial.key->bytes,
                        .signature = candidate.bytes,
                        .content = trial.content};
      }
    }
  }
  return ask(call_, Verifying{}, contract::CheckSignature{.checks = all},
             {.body_need = need_if(next_call_needs_body() || any_rule(trials_, uses_mac))});
}

StepBytes Verification::on_checks(Reader& outcome) {
  const std::span<bool> results = call_.arena.make_array<bool>(outcome.count16(scheme::checks_max));
  bool is_unavailable = false;
  for (bool& check : results) {
    const std::uint8_t result = outcome.u8();
    is_unavailable = is_unavailable || result == 0;
    check = result == 1;
  }
  const Reason fault = read_trials();
  if (!outcome.finished() || fault != Reason::none || results.size() != checks()) {
    return {};
  }
  if (is_unavailable && std::ranges::none_of(results, [](bool check) { return check; })) {
    return refuse(call_, Reason::crypto_unavailable);
  }
  return judge({.macs = compute_macs(), .checks = results});
}

std::size_t Verification::checks() const {
  std::size_t count = 0;
  for (const scheme::Trial& trial : trials_) {
    for (const scheme::Candidate& candidate : claims_.candidates) {
      count += is_checked(trial, candidate) ? 1 : 0;
    }
  }
  return count;
}

StepBytes Verification::judge(const scheme::TrialResults& results) {
  const policy::Source& policy = *call_.source->policy;
  const auto authentic = scheme::conclude(
      *call_.source->scheme, claims_, trials_, results,
      {.max_age_seconds = policy.max_age_seconds, .max_future_seconds = policy.max_future_seconds},
      call_.arrival.delivery);
  if (call_.arrival.is_of_nobody()) {
    return refuse(call_, Reason::unknown_tenant);  // The keys are somebody else's.
  }
  if (authentic.has_value()) {
    return identify(call_, *authentic, claims_, reading_);
  }
  const Reason reason = authentic.error();
  if (reason == Reason::stale || reason == Reason::future) {
    call_.facts.seal.signed_at = claims_.signed_at;  // It is genuine, and the record says how old.
  }
  return refuse(call_, reason);
}

/// The MACs of all trials that have one, in the order of the trials; empty ones for the others.
std::span<Bytes> Verification::compute_macs() {
  const std::span<Bytes> macs = call_.arena.make_array<Bytes>(trials_.size());
  for (std::size_t i = 0; i < trials_.size(); ++i) {
    if (uses_mac(*trials_[i].rule)) {
      macs[i] = scheme::compute_mac(trials_[i], call_.arrival.delivery.body, call_.arena);
    }
  }
  return macs;
}

}  // namespace

StepBytes verify(Call& call) {
  // With a reading of its own: what a probe finds wrong with a body says nothing of a delivery.
  const std::size_t used = call.arena.bytes_used();
  scheme::Reading probe(call.arrival.delivery, call.arena);
  const LiveSource& source = *call.source;
  const scheme::ChallengeInputs inputs{.key = source.keys.empty() ? nullptr : &source.keys.front(),
                                       .parameters = source.parameters};
  if (const auto reply = scheme::answer_challenge(
          *source.scheme, scheme::ChallengeProof::unsigned_probe, inputs, probe, call.arena);
      reply.has_value()) {
    return shake_hands(call, *reply);
  }
  call.arena.rewind(used);
  if (!is_delivery_method(call)) {
    return refuse(call, Reason::wrong_method);
  }
  if (claims_need_body(*call.source) && !call.arrival.delivery.body_is_here) {
    return ask(call, Verifying{}, contract::SupplyBody{}, {.body_need = BodyNeed::next});
  }
  return Verification(call).plan();
}

StepBytes Verifying::resume(Call& call, Report& report) const {
  if (report.of == EffectKind::supply_body) {
    return verify(call);
  }
  Verification verification(call);
  switch (report.of) {
    case EffectKind::mac:
      return verification.on_macs(report.outcome);
    case EffectKind::fetch_key:
      return !has_feature(Feature::fetched_key) ? StepBytes{} : verification.on_key(report.outcome);
    case EffectKind::check_signature:
      return verification.on_checks(report.outcome);
    default:
      return {};
  }
}

}  // namespace postern::gate
