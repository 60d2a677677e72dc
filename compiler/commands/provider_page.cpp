#include "compiler/commands/provider_page.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "compiler/coverage.h"
#include "compiler/locator_reader.h"
#include "compiler/sends_reader.h"

namespace postern::compiler {
namespace {

void add_fact(std::string& text, std::string_view name, std::string_view value) {
  if (!value.empty()) {
    text += fmt::format("{:<12} {}\n", name, value);
  }
}

void add_scheme(const SchemeModel& model, std::string& text) {
  for (const scheme::SignatureRule& rule : model.scheme.signatures) {
    add_fact(text, "signature",
             fmt::format("{} in {}", name_of(rule.algorithm), show_locator(rule.from)));
  }
  if (model.scheme.timestamp.unit != scheme::TimeUnit::none) {
    add_fact(
        text, "timestamp",
        fmt::format("{}, accepted {} old to {} ahead", show_locator(model.scheme.timestamp.from),
                    show_duration(std::uint64_t{model.max_age_seconds} * 1000),
                    show_duration(std::uint64_t{model.max_future_seconds} * 1000)));
  } else {
    add_fact(text, "timestamp", "none is signed: the ledger alone keeps replays out");
  }
  for (const scheme::EventRule& rule : model.scheme.events) {
    add_fact(text, "identity", show_identity(rule));
    if (rule.same_content == scheme::SameContent::mark) {
      add_fact(text, "copies",
               rule.hints.empty()
                   ? "events may be equal, and nothing tells them apart"
                   : fmt::format("events may be equal; told apart, and marked, by {}",
                                 fmt::join(rule.hints, ", ")));
    }
    if (rule.type.place != scheme::Place::none) {
      add_fact(text, "event type",
               fmt::format("{} ({})", show_locator(rule.type),
                           rule.type_is_signed ? "signed" : "not signed"));
    }
  }
  for (const scheme::Challenge& challenge : model.scheme.challenges) {
    add_fact(text, "challenge",
             fmt::format("{}, {}", challenge.method,
                         challenge.proof == scheme::ChallengeProof::signed_delivery
                             ? "answered after its signature verified"
                             : "answered without a signature"));
  }
  for (const ParameterModel& parameter : model.parameters) {
    add_fact(text, "parameter", fmt::format("{}: {}", parameter.name, parameter.meaning));
  }
}

std::string_view show_proof(scheme::Proof proof) {
  switch (proof) {
    case scheme::Proof::token:
      return "token; unsigned: anyone who knows the token can send any body";
    case scheme::Proof::weak:
      return "weak: only a checksum of the body is signed";
    case scheme::Proof::partial:
      return "partial: only the parts that `content` names are signed";
    default:
      return name_of(proof);
  }
}

/// Which of the sender's headers an origin gets.
void add_headers(const scheme::Scheme& scheme, std::string& text) {
  add_fact(text, "headers", fmt::format("{}", fmt::join(scheme.headers, ", ")));
  add_fact(text, "more proof", fmt::format("{}", fmt::join(scheme.proof_headers, ", ")));
}

std::vector<std::string_view> names_of(const std::vector<PlacedText>& aliases) {
  std::vector<std::string_view> names;
  for (const PlacedText& alias : aliases) {
    names.emplace_back(alias.text);
  }
  return names;
}

void add_addresses(const PublishedAddresses& addresses, std::string& text) {
  if (!addresses.ranges.empty()) {
    add_fact(text, "sends from", fmt::format("as of {}: {}", addresses.checked, addresses.source));
  }
  for (const std::string& range : addresses.ranges) {
    text += fmt::format("{:<12} {}\n", "", range);
  }
}

}  // namespace

std::string provider_page(const SchemeModel& model) {
  std::string text;
  add_fact(text, "slug", model.slug);
  add_fact(text, "name", model.name);
  add_fact(text, "also called", fmt::format("{}", fmt::join(names_of(model.aliases), ", ")));
  add_fact(text, "manual", model.manual);
  add_fact(text, "secret", model.secret_place);
  add_fact(text, "checked", model.checked);
  add_fact(text, "confidence", model.confidence);
  add_fact(text, "proof", show_proof(model.proof));
  add_fact(text, "sends", show_forms(model.scheme.sends));
  if (model.scheme.key_signs_more) {
    add_fact(text, "key", "signs more than deliveries: a body is read to its end");
  }
  add_fact(text, "signs as", model.signs_as);
  add_scheme(model, text);
  add_headers(model.scheme, text);
  add_fact(text, "retries", show_retries(model.sender));
  if (model.sender.timeout_ms.has_value()) {
    add_fact(text, "waits", show_duration(*model.sender.timeout_ms));
  }
  add_fact(text, "retried on", fmt::format("{}", fmt::join(model.sender.retried_on, ", ")));
  add_fact(text, "source", model.sender.source);
  add_addresses(model.addresses, text);
  if (!model.acknowledgement.body.empty()) {
    add_fact(
        text, "acknowledge",
        fmt::format("{} as {}", model.acknowledgement.body, model.acknowledgement.content_type));
  }
  if (!model.notes.empty()) {
    text += fmt::format("\n{}{}", model.notes, model.notes.ends_with('\n') ? "" : "\n");
  }
  return text;
}

std::string show_identity(const scheme::EventRule& rule) {
  std::vector<std::string> parts;
  for (const scheme::IdentityPart& part : rule.identity) {
    switch (part.kind) {
      case scheme::IdentityKind::locator:
        parts.push_back(show_locator(part.at));
        break;
      case scheme::IdentityKind::signed_content:
        parts.emplace_back("SHA-256 of what is signed");
        break;
      case scheme::IdentityKind::body:
        parts.emplace_back("SHA-256 of the body");
        break;
    }
  }
  return fmt::format("{}", fmt::join(parts, " + "));
}

std::string show_retries(const SenderFacts& sender) {
  if (!sender.attempts.has_value()) {
    return sender.horizon_ms.has_value() ? fmt::format("for {}", show_duration(*sender.horizon_ms))
                                         : "not known";
  }
  if (*sender.attempts == 0) {
    return "never";
  }
  return sender.horizon_ms.has_value()
             ? fmt::format("{} in {}", *sender.attempts, show_duration(*sender.horizon_ms))
             : fmt::format("{}", *sender.attempts);
}

std::vector<std::string_view> algorithms_of(const scheme::Scheme& scheme) {
  std::vector<std::string_view> names;
  for (const scheme::SignatureRule& rule : scheme.signatures) {
    if (std::ranges::find(names, name_of(rule.algorithm)) == names.end()) {
      names.push_back(name_of(rule.algorithm));
    }
  }
  return names;
}

}  // namespace postern::compiler
