#include "postern/scheme/verify.h"

#include <algorithm>
#include <array>

#include "postern/base/check.h"
#include "postern/crypto/constant_time.h"
#include "postern/crypto/hash.h"
#include "postern/crypto/hmac.h"
#include "postern/crypto/sha2.h"

namespace postern::scheme {
namespace {

bool has_candidate(const Claims& claims, std::size_t rule) {
  return std::ranges::any_of(claims.candidates,
                             [&](const Candidate& candidate) { return candidate.rule == rule; });
}

/// Tokens differ in length, and the length of a secret is nobody's business: they are hashed, then
/// compared. Each is hashed once, however often it is compared.
crypto::Sha256::Digest token_digest(const SignatureRule& rule, Bytes token) {
  return is_bearer(rule.algorithm) ? crypto::sha256(token) : crypto::Sha256::Digest{};
}

Result<void, Reason> judge_time(const ProofSeal& seal, const Window& window,
                                std::uint64_t received_ms) {
  if (!seal.signed_at.has_value()) {
    return {};
  }
  const auto now = static_cast<std::int64_t>(received_ms / 1000);
  const std::int64_t signed_at = *seal.signed_at;
  if (signed_at < now && now - signed_at > std::int64_t{window.max_age_seconds}) {
    return refuse(Reason::stale);
  }
  if (signed_at > now && signed_at - now > std::int64_t{window.max_future_seconds}) {
    return refuse(Reason::future);
  }
  return {};
}

}  // namespace

Result<std::span<const Trial>, Reason> plan_trials(const Scheme& scheme, std::span<const Key> keys,
                                                   const Claims& claims, std::string_view url,
                                                   Reading& reading, Arena& arena) {
  const std::span<Trial> trials = arena.make_room<Trial>(trials_max);
  std::size_t count = 0;
  for (std::size_t i = 0; i < scheme.signatures.size(); ++i) {
    if (!has_candidate(claims, i)) {
      continue;
    }
    const SignatureRule& rule = scheme.signatures[i];
    if (!body_hash_holds(scheme, rule, reading)) {
      return refuse(Reason::body_hash_mismatch);
    }
    for (const Spelling spelling : {Spelling::configured, Spelling::other_port}) {
      if (spelling == Spelling::other_port &&
          (!has_feature(Feature::address) || rule.ports == PortRule::exact)) {
        continue;
      }
      const auto composed = compose_content(
          rule, {.claims = claims, .url = url, .spelling = spelling}, reading, arena);
      if (!composed.has_value()) {
        return refuse(composed.error());
      }
      for (const Key& key : keys) {
        if (key.rule == i) {
          POSTERN_CHECK(count < trials.size());
          trials[count++] = {
              .key = &key, .rule = &rule, .content = with_secret(*composed, key.bytes, arena)};
        }
      }
    }
  }
  return trials.first(count);
}

Bytes compute_mac(const Trial& trial, Bytes body, Arena& arena) {
  const MutableBytes room = arena.make_bytes(crypto::digest_bytes_max);
  const auto finished = [&](auto state) -> Bytes {
    for (const Piece& piece : trial.content) {
      state.update(piece.kind == Piece::Kind::body ? body : piece.bytes);
    }
    return state.finish(room);
  };
  return is_plain_hash(trial.rule->algorithm)
             ? finished(crypto::Hash(hash_of(trial.rule->algorithm)))
             : finished(crypto::Hmac(trial.key->hmac));
}

Result<Authentic, Reason> conclude(const Scheme& scheme, const Claims& claims,
                                   std::span<const Trial> trials, const TrialResults& results,
                                   const Window& window, const http::Delivery& delivery) {
  ProofSeal seal{.slot = 0, .rule = 0, .proof = Proof::none, .signed_at = claims.signed_at};
  bool is_authentic = false;
  std::size_t check_index = 0;
  std::array<crypto::Sha256::Digest, candidates_max> tokens;
  for (std::size_t c = 0; c < claims.candidates.size(); ++c) {
    const Candidate& candidate = claims.candidates[c];
    tokens[c] = token_digest(scheme.signatures[candidate.rule], candidate.bytes);
  }
  for (std::size_t t = 0; t < trials.size(); ++t) {
    const Trial& trial = trials[t];
    const auto token = token_digest(*trial.rule, trial.key->bytes);
    for (std::size_t c = 0; c < claims.candidates.size(); ++c) {
      const Candidate& candidate = claims.candidates[c];
      if (&scheme.signatures[candidate.rule] != trial.rule) {
        continue;
      }
      const bool holds =
          is_mac(trial.rule->algorithm)
              ? crypto::equal_constant_time(candidate.bytes, results.macs[t])
          : is_asymmetric(trial.rule->algorithm)
              ? results.checks[check_index]
              : is_bearer(trial.rule->algorithm) && crypto::equal_constant_time(tokens[c], token);
      if (holds) {
        is_authentic = true;
        seal.slot = trial.key->slot;
        seal.rule = candidate.rule;
        seal.proof = proof_of(scheme, *trial.rule);
      }
      check_index += is_asymmetric(trial.rule->algorithm) ? 1 : 0;
    }
  }
  if (!is_authentic) {
    return refuse(Reason::bad_signature);
  }
  if (const auto judged = judge_time(seal, window, delivery.received_ms); !judged.has_value()) {
    return refuse(judged.error());
  }
  return Authentic(seal, delivery);
}

}  // namespace postern::scheme
