#include "compiler/challenge_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "compiler/locator_reader.h"
#include "compiler/reply_proof.h"
#include "compiler/reply_reader.h"
#include "compiler/signature_reader.h"

namespace postern::compiler {
namespace {

using scheme::Challenge;

/// What is signed comes as a delivery does.
void check_method(TableReader& reader, const Challenge& challenge, std::uint8_t methods) {
  const bool is_signed = challenge.proof == scheme::ChallengeProof::signed_delivery;
  if (is_signed && (methods & method_bits(challenge.method)) == 0) {
    reader.error("method", "method-mismatch",
                 fmt::format("a signed {} never arrives: the provider's `methods` lack it",
                             challenge.method),
                 "one of `methods`, of POST, GET and PUT");
  }
}

/// A reply that is signed with the sender's key must be none of its deliveries.
void check_signed_reply(TableReader& reader, const Challenge& challenge,
                        const scheme::Scheme& scheme) {
  if (!computes_reply(challenge) || scheme.signatures.empty()) {
    return;
  }
  if (scheme.signatures.size() != 1 || !scheme::is_hmac(scheme.signatures.front().algorithm)) {
    reader.error("reply", "reply-without-key",
                 "a computed reply is made with the key of the scheme's signature, and there is "
                 "not one of HMAC here",
                 "one [signature] with hmac-sha256 or another HMAC");
    return;
  }
  if (const auto part = signs_token(scheme); part.has_value()) {
    reader.error(
        "reply", "reply-signs-deliveries",
        fmt::format("whoever asks could have the gate sign a delivery: a token can be all "
                    "that is signed of one, up to {}",
                    *part),
        "say which bodies the sender sends, such as sends = [\"json\"]; where a delivery's "
        "content can be a token, the origin has to answer");
  }
}

Challenge read_challenge(const toml::table& table, SchemeModel& model, Storage& storage,
                         Report& report) {
  TableReader reader(table, "a challenge", report);
  Challenge challenge;
  static_cast<void>(reader.required_text("proof", "signed or unsigned"));
  challenge.proof = static_cast<scheme::ChallengeProof>(
      reader.choice("proof", {"signed", "unsigned"}).value_or(0));
  const std::vector<std::string> methods(scheme::challenge_methods.begin(),
                                         scheme::challenge_methods.end());
  challenge.method = scheme::challenge_methods[reader.choice("method", methods).value_or(0)];
  check_method(reader, challenge, model.methods);
  challenge.format = read_format(reader);
  challenge.conditions = read_conditions(reader, "when", storage, &model.parameters);
  if (!reader.has("when")) {
    report.error(reader.here(), "missing-key", "a challenge needs `when`",
                 "without a condition it would answer every delivery");
  }
  read_reply(reader, challenge, model.parameters, storage);
  reader.finish();
  return challenge;
}

}  // namespace

void read_challenges(TableReader& parent, SchemeModel& model, Storage& storage) {
  std::vector<Challenge> challenges;
  for (const toml::table* table : parent.tables("challenge", scheme::challenges_max)) {
    challenges.push_back(read_challenge(*table, model, storage, parent.report()));
  }
  model.scheme.challenges = storage.list(std::move(challenges));
  check_parameters(model.parameters, parent.report());
}

void check_signed_replies(TableReader& parent, const SchemeModel& model) {
  const auto tables = parent.tables("challenge", scheme::challenges_max);
  for (std::size_t i = 0; i < tables.size() && i < model.scheme.challenges.size(); ++i) {
    TableReader reader(*tables[i], "a challenge", parent.report());
    check_signed_reply(reader, model.scheme.challenges[i], model.scheme);
  }
}

}  // namespace postern::compiler
