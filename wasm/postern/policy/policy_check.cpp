#include "postern/policy/policy_check.h"

#include <algorithm>

#include "postern/base/characters.h"
#include "postern/policy/policy_features.h"
#include "postern/scheme/challenge.h"
#include "postern/scheme/locators.h"

namespace postern::policy {
namespace {

using scheme::Challenge;
using scheme::EventRule;
using scheme::IdentityPart;
using scheme::Locator;
using scheme::Part;
using scheme::PlaceRow;
using scheme::ReplyPart;
using scheme::ReplyPartKind;
using scheme::Scheme;
using scheme::SignatureRule;

// What must hold between the fields of a policy, so that later code relies on it. Single fields
// have their limits in policy_fields.h.

bool leads_somewhere(const Locator& locator) { return locator.place != scheme::Place::none; }

bool is_broken(const Locator& locator) {
  if (!leads_somewhere(locator)) {
    return false;
  }
  const scheme::PointerRule pointer = fact_of<&PlaceRow::pointer>(locator.place);
  return locator.name.empty() == fact_of<&PlaceRow::has_name>(locator.place) ||
         (pointer == scheme::PointerRule::must && !locator.has_pointer) ||
         (pointer == scheme::PointerRule::never && locator.has_pointer) ||
         (locator.pair == 0) != locator.item.empty();
}

bool is_sound(const IdentityPart& part) {
  return (part.kind == scheme::IdentityKind::locator) == leads_somewhere(part.at);
}

bool lead_somewhere(std::span<const scheme::Condition> conditions) {
  return !any_locator(conditions, [](const Locator& at) { return !leads_somewhere(at); });
}

bool is_fetched(const SignatureRule& rule) { return rule.key.form == scheme::KeyForm::fetched; }

bool is_sound(const SignatureRule& rule) {
  const scheme::KeyFetch& fetch = rule.fetch;
  const bool has_sound_fetch = leads_somewhere(fetch.url) && !fetch.hosts.empty() &&
                               fetch.path_prefix.starts_with('/') && !fetch.names.empty();
  const auto secrets = std::ranges::count(rule.content, scheme::PartKind::secret, &Part::kind);
  // Only a bearer text signs nothing.
  return leads_somewhere(rule.from) && rule.key.bytes_min <= rule.key.bytes_max &&
         (!is_fetched(rule) || has_sound_fetch) &&
         scheme::is_bearer(rule.algorithm) == rule.content.empty() &&
         (!scheme::is_plain_hash(rule.algorithm) || secrets == 1) &&
         std::ranges::count(rule.content, scheme::PartKind::body, &Part::kind) <=
             std::ptrdiff_t{scheme::content_bodies_max};
}

bool is_sound(const EventRule& rule) {
  return !rule.identity.empty() && lead_somewhere(rule.conditions) &&
         std::ranges::all_of(rule.identity,
                             [](const IdentityPart& part) { return is_sound(part); });
}

/// What is sent in a header is one line, whoever wrote it; no other place of a delivery than these
/// is sent back.
bool is_sound(const ReplyPart& part) {
  const bool has_value = part.kind == ReplyPartKind::value || scheme::is_hmac(part.kind);
  return leads_somewhere(part.at) == has_value &&
         (part.header.empty() || (consists_of(part.header, Characters::label) &&
                                  consists_of(part.text, Characters::header)));
}

bool is_sound(const Challenge& challenge) {
  return std::ranges::find(scheme::challenge_methods, challenge.method) !=
             scheme::challenge_methods.end() &&
         !challenge.conditions.empty() && lead_somewhere(challenge.conditions) &&
         challenge.status >= 200 && challenge.status <= 299 &&
         std::ranges::all_of(challenge.reply,
                             [](const ReplyPart& part) { return is_sound(part); }) &&
         echoes_safely(challenge);
}

/// Whether there is one key, by which replies can be computed.
bool has_one_hmac_key(const Scheme& scheme) {
  return scheme.signatures.size() == 1 && scheme::is_hmac(scheme.signatures.front().algorithm);
}

/// Computed replies need a key, and parameters a text of the source's.
bool can_reply(const Scheme& scheme, std::size_t parameters) {
  return !has_feature(Feature::reply) ||
         std::ranges::all_of(scheme.challenges, [&](const Challenge& challenge) {
           return std::ranges::all_of(challenge.conditions,
                                      [&](const scheme::Condition& condition) {
                                        return condition.test !=
                                                   scheme::Condition::Test::parameter ||
                                               condition.parameter < parameters;
                                      }) &&
                  std::ranges::all_of(challenge.reply, [&](const ReplyPart& part) {
                    return (part.kind != ReplyPartKind::parameter || part.parameter < parameters) &&
                           (!scheme::is_hmac(part.kind) || has_one_hmac_key(scheme));
                  });
         });
}

bool is_sound(const Scheme& scheme);

bool are_sound(const auto& list) {
  return std::ranges::all_of(list, [](const auto& element) { return is_sound(element); });
}

bool is_sound(const Scheme& scheme) {
  // The gate fetches one key for a delivery, from the hosts of the rule that it is for.
  return !scheme.signatures.empty() && !scheme.events.empty() && are_sound(scheme.signatures) &&
         are_sound(scheme.events) && are_sound(scheme.challenges) &&
         !any_locator(scheme, is_broken) &&
         std::ranges::count_if(scheme.signatures, is_fetched) <= 1 &&
         leads_somewhere(scheme.id) != scheme.id_alphabet.is_empty() &&
         (scheme.timestamp.unit != scheme::TimeUnit::http_date ||
          scheme.timestamp.from.place == scheme::Place::header) &&
         leads_somewhere(scheme.timestamp.from) ==
             (scheme.timestamp.unit != scheme::TimeUnit::none);
}

bool is_sound(const Retry& retry) {
  return retry.attempts <= retry_attempts_max && retry.first_ms <= retry.longest_ms &&
         retry.longest_ms <= retry_delay_ms_max &&
         (retry.kind == RetryKind::list) != retry.delays_ms.empty() &&
         std::ranges::all_of(retry.delays_ms,
                             [&](std::uint32_t ms) { return ms <= retry.longest_ms; });
}

/// The checks that need to know what else is in the policy.
class Check {
 public:
  explicit Check(const Policy& policy) : policy_(policy) {}

  [[nodiscard]] bool is_sound() const {
    return are_sound(policy_.schemes) &&
           std::ranges::all_of(policy_.sources,
                               [&](const Source& source) { return is_sound_source(source); });
  }

 private:
  [[nodiscard]] bool is_slot(std::uint16_t slot) const { return slot < policy_.settings.size(); }

  [[nodiscard]] bool are_slots(std::span<const std::uint16_t> slots) const {
    return std::ranges::all_of(slots, [&](std::uint16_t slot) { return is_slot(slot); });
  }

  [[nodiscard]] bool is_sound_setting(const Setting& setting) const {
    return setting.slot == Setting::no_slot || is_slot(setting.slot);
  }

  [[nodiscard]] bool is_sound_destination(const Destination& destination) const {
    return is_sound_setting(destination.to) && are_slots(destination.signers) &&
           (destination.to.slot != Setting::no_slot || !destination.to.text.empty());
  }

  /// A lease that outlasts each forward is what keeps two of one event apart.
  [[nodiscard]] bool is_sound_route(const Route& route, const Source& source) const {
    const bool is_queue = route.deliver == Deliver::queue;
    const bool answers = route.kind == RouteKind::answer;
    return route.to.empty() == answers && (route.to.size() <= 1 || is_queue) &&
           (answers ? !is_queue : route.timeout_ms != 0) && route.timeout_ms < source.lease_ms &&
           (route.retry.attempts != 0) == is_queue && policy::is_sound(route.retry) &&
           route.answer_status >= 200 && route.answer_status <= 299 &&
           std::ranges::none_of(
               route.filters, [](const Filter& filter) { return filter.values.empty(); }) &&
           std::ranges::all_of(
               route.to,
               [&](const Destination& destination) { return is_sound_destination(destination); });
  }

  [[nodiscard]] bool has_sound_keys(const Source& source) const {
    if (source.scheme >= policy_.schemes.size() || source.secrets.empty() ||
        !are_slots(source.secrets)) {
      return false;
    }
    const Scheme& scheme = policy_.schemes[source.scheme];
    return can_reply(scheme, source.parameters.size()) &&
           source.secrets.size() * scheme::trials_of(scheme) <= scheme::trials_max &&
           source.secrets.size() * scheme::checks_of(scheme) <= scheme::checks_max;
  }

  [[nodiscard]] bool is_sound_source(const Source& source) const {
    const RateLimit& limit = source.rate_limit;
    return !source.name.empty() && source.path.starts_with('/') && has_sound_keys(source) &&
           source.body_bytes_max <= body_bytes_limit && source.retain_ms != 0 &&
           source.retain_ms <= retain_ms_max && source.lease_ms != 0 && source.shards != 0 &&
           is_sound_setting(source.url) &&
           std::ranges::all_of(source.parameters,
                               [&](const Setting& setting) { return is_sound_setting(setting); }) &&
           (source.identity_choice == IdentityChoice::custom) != source.identity.empty() &&
           are_sound(source.identity) && !any_locator(source.identity, is_broken) &&
           (limit.by != LimitBy::none) == (limit.requests != 0 && limit.period_seconds != 0) &&
           std::ranges::all_of(source.routes,
                               [&](const Route& route) { return is_sound_route(route, source); });
  }

  const Policy& policy_;
};

}  // namespace

bool fits_together(const Policy& policy) {
  return Check(policy).is_sound() && policy.features == features_of(policy);
}

}  // namespace postern::policy
