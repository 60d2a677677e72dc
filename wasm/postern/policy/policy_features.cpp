#include "postern/policy/policy_features.h"

#include <algorithm>

#include "postern/scheme/locators.h"

namespace postern::policy {
namespace {

using scheme::PartKind;

constexpr Features features_of(PartKind kind) {
  switch (kind) {
    case PartKind::form_sorted:
    case PartKind::form_field:
      return set_of(Feature::form);
    case PartKind::url:
    case PartKind::query:
    case PartKind::parameter:
      return set_of(Feature::address);
    default:
      return 0;
  }
}

Features features_of(std::span<const scheme::Part> parts) {
  Features needed = 0;
  for (const scheme::Part& part : parts) {
    needed |= features_of(part.kind);
  }
  return needed;
}

/// Of the places where `read` reads: a scheme, or a list of what it is made of.
Features features_of_places(const auto& read) {
  Features needed = 0;
  static_cast<void>(any_locator(read, [&](const scheme::Locator& at) {
    needed |= fact_of<&scheme::PlaceRow::needs>(at.place);
    return false;  // None of them is the last.
  }));
  return needed;
}

Features features_of(const scheme::SignatureRule& rule) {
  Features needed =
      scheme::fact_of<&scheme::AlgorithmRow::needs>(rule.algorithm) | features_of(rule.content);
  if (rule.key.form == scheme::KeyForm::fetched) {
    needed |= set_of(Feature::fetched_key);
  }
  if (!rule.body_hash_query.empty()) {
    needed |= set_of(Feature::address);
  }
  return needed;
}

Features features_of(const scheme::Challenge& challenge) {
  const bool has_parameter =
      std::ranges::any_of(challenge.conditions, [](const scheme::Condition& condition) {
        return condition.test == scheme::Condition::Test::parameter;
      });
  const bool has_more = std::ranges::any_of(challenge.reply, [](const scheme::ReplyPart& part) {
    return !part.header.empty() || part.kind == scheme::ReplyPartKind::parameter ||
           scheme::is_hmac(part.kind);
  });
  return has_parameter || has_more ? set_of(Feature::reply) : 0;
}

Features features_of(const scheme::Scheme& scheme) {
  Features needed = features_of_places(scheme);
  for (const scheme::SignatureRule& rule : scheme.signatures) {
    needed |= features_of(rule);
  }
  for (const scheme::Challenge& challenge : scheme.challenges) {
    needed |= features_of(challenge);
  }
  if (scheme.timestamp.unit == scheme::TimeUnit::rfc3339 ||
      scheme.timestamp.unit == scheme::TimeUnit::iso_utc ||
      scheme.timestamp.unit == scheme::TimeUnit::http_date) {
    needed |= set_of(Feature::time_text);
  }
  return needed;
}

}  // namespace

Features features_of(const Policy& policy) {
  Features needed = 0;
  for (const scheme::Scheme& scheme : policy.schemes) {
    needed |= features_of(scheme);
  }
  for (const Source& source : policy.sources) {
    needed |= features_of_places(source.identity);
  }
  return needed;
}

}  // namespace postern::policy
