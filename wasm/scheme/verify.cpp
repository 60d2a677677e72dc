#include "scheme/verify.h"

#include <algorithm>

#include "base/check.h"
#include "crypto/constant_time.h"
#include "crypto/hmac.h"
#include "crypto/sha2.h"

namespace postern::scheme {
namespace {

bool has_candidate(const Claims& claims, std::size_t rule) {
  return std::ranges::any_of(claims.candidates,
                             [&](const Candidate& candidate) { return candidate.rule == rule; });
}

/// Whether each key has a content of its own; otherwise it is composed once for all of them.
bool signs_secret(const SignatureRule& rule) {
  return std::ranges::any_of(rule.content,
                             [](const Part& part) { return part.kind == PartKind::secret; });
}

/// Tokens differ in length, and the length of a secret is nobody's business: hash, then compare.
bool is_same_token(Bytes claimed, Bytes token) {
  return crypto::equal_constant_time(crypto::sha256(claimed), crypto::sha256(token));
}

bool holds(const Trial& trial, const Candidate& candidate, const TrialResults& results,
           std::size_t trial_index, std::size_t check_index) {
  const Algorithm algorithm = trial.rule->algorithm;
  if (is_hmac(algorithm)) {
    return crypto::equal_constant_time(candidate.bytes, results.macs[trial_index]);
  }
  if (is_asymmetric(algorithm)) {
    return results.checks[check_index];
  }
  return is_same_token(candidate.bytes, trial.key->bytes);
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
  const std::span<Trial> trials = arena.make_array<Trial>(trials_max);
  std::size_t count = 0;
  for (std::size_t i = 0; i < scheme.signatures.size(); ++i) {
    if (!has_candidate(claims, i)) {
      continue;
    }
    const SignatureRule& rule = scheme.signatures[i];
    if (!body_hash_holds(rule, reading)) {
      return refuse(Reason::body_hash_mismatch);
    }
    for (const Spelling spelling : {Spelling::configured, Spelling::other_port}) {
      if (spelling == Spelling::other_port && rule.ports == PortRule::exact) {
        continue;
      }
      std::span<const Piece> content;
      for (const Key& key : keys) {
        if (key.rule != i) {
          continue;
        }
        if (content.empty() || signs_secret(rule)) {
          const auto composed = compose_content(
              rule, {.claims = claims, .url = url, .spelling = spelling, .secret = key.bytes},
              reading, arena);
          if (!composed.has_value()) {
            return refuse(composed.error());
          }
          content = *composed;
        }
        POSTERN_CHECK(count < trials.size());
        trials[count++] = {.key = &key, .rule = &rule, .content = content};
      }
    }
  }
  return trials.first(count);
}

Bytes compute_mac(const Trial& trial, Bytes body, Arena& arena) {
  crypto::Hmac mac(trial.key->hmac);
  for (const Piece& piece : trial.content) {
    mac.update(piece.kind == Piece::Kind::body ? body : piece.bytes);
  }
  return mac.finish(arena.make_bytes(crypto::digest_bytes_max));
}

Result<Authentic, Reason> conclude(const Scheme& scheme, const Claims& claims,
                                   std::span<const Trial> trials, const TrialResults& results,
                                   const Window& window, const http::Delivery& delivery) {
  ProofSeal seal{.slot = 0, .rule = 0, .signed_at = claims.signed_at};
  bool is_authentic = false;
  std::size_t check_index = 0;
  for (std::size_t t = 0; t < trials.size(); ++t) {
    const Trial& trial = trials[t];
    for (const Candidate& candidate : claims.candidates) {
      if (&scheme.signatures[candidate.rule] != trial.rule) {
        continue;
      }
      if (holds(trial, candidate, results, t, check_index)) {
        is_authentic = true;
        seal.slot = trial.key->slot;
        seal.rule = candidate.rule;
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
