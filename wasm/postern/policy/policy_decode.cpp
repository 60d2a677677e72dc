#include <algorithm>

#include "postern/policy/field_reader.h"
#include "postern/policy/policy_codec.h"
#include "postern/scheme/challenge.h"

namespace postern::policy {
namespace {

using scheme::Challenge;
using scheme::Condition;
using scheme::EventRule;
using scheme::IdentityPart;
using scheme::Locator;
using scheme::Part;
using scheme::Scheme;
using scheme::SignatureRule;

/// Methods that a source can take: POST, GET and PUT.
constexpr std::uint8_t methods_mask = 0b111;

/// Reads one policy.
class Decoder : public FieldReader {
 public:
  using FieldReader::FieldReader;

  [[nodiscard]] bool begins_with_magic() {
    return text_of(reader_.raw(policy_magic.size())) == policy_magic;
  }

  void policy(Policy& to) {
    texts(to.settings, secrets_max);
    settings_ = to.settings.size();
    to.rehearsal = reader_.bytes32();
    truth(to.gate.require_https);
    truth(to.gate.allow_private_origins);
    list<&Decoder::scheme>(to.schemes, sources_max);
    schemes_ = to.schemes;
    list<&Decoder::source>(to.sources, sources_max);
  }

 private:
  void pointer(json::Pointer& to) { texts(to.tokens, pointer_tokens_max); }

  void locator(Locator& to) {
    using scheme::Place;
    enumerator(to.place, Place::none, Place::query);
    if (to.place == Place::none) {
      return;
    }
    text(to.name);
    truth(to.has_pointer);
    if (to.has_pointer) {
      pointer(to.pointer);
    }
    to.separator = static_cast<char>(reader_.u8());
    to.pair = static_cast<char>(reader_.u8());
    text(to.item);
    text(to.prefix);
    const bool in_body = to.place == Place::body;
    require(to.name.empty() == in_body);
    require(!in_body || to.has_pointer);
    require(!to.has_pointer || in_body || to.place == Place::form);
    require((to.pair == 0) == to.item.empty());
  }

  /// A locator that must lead somewhere.
  void required_locator(Locator& to) {
    locator(to);
    require(to.place != scheme::Place::none);
  }

  void part(Part& to) {
    enumerator(to.kind, scheme::PartKind::literal, scheme::PartKind::secret);
    text(to.text);
    pointer(to.pointer);
    characters(to.alphabet);
  }

  void characters(CharacterSet& to) { to.bits() = {reader_.u64(), reader_.u64()}; }

  void parts(std::span<const Part>& to) { list<&Decoder::part>(to, scheme::content_parts_max); }

  void key(scheme::KeyRule& to) {
    enumerator(to.form, scheme::KeyForm::utf8, scheme::KeyForm::html);
    text(to.prefix);
    enumerator(to.prefix_rule, scheme::PrefixRule::optional, scheme::PrefixRule::required);
    to.bytes_min = reader_.u16();
    to.bytes_max = reader_.u16();
    require(to.bytes_min <= to.bytes_max);
  }

  void fetch(scheme::KeyFetch& to) {
    required_locator(to.url);
    texts(to.hosts, fetch_names_max);
    text(to.path_prefix);
    texts(to.names, fetch_names_max);
    to.cache_seconds = reader_.u32();
    require(!to.hosts.empty() && to.path_prefix.starts_with('/') && !to.names.empty());
  }

  void format(scheme::BodyFormat& to) {
    enumerator(to, scheme::BodyFormat::any, scheme::BodyFormat::form);
  }

  void signature(SignatureRule& to) {
    enumerator(to.algorithm, scheme::Algorithm::hmac_sha1, scheme::Algorithm::basic);
    format(to.format);
    required_locator(to.from);
    enumerator(to.encoding, scheme::Encoding::text, scheme::Encoding::base64url);
    parts(to.content);
    key(to.key);
    if (to.key.form == scheme::KeyForm::fetched) {
      fetch(to.fetch);
    }
    enumerator(to.ports, scheme::PortRule::exact, scheme::PortRule::either);
    text(to.body_hash_query);
    // Only a bearer text signs nothing.
    const bool bearer = !scheme::is_hmac(to.algorithm) && !scheme::is_asymmetric(to.algorithm);
    require(bearer == to.content.empty());
    require(std::ranges::count(to.content, scheme::PartKind::body, &Part::kind) <=
            std::ptrdiff_t{scheme::content_bodies_max});
  }

  void condition(Condition& to) {
    enumerator(to.test, Condition::Test::present, Condition::Test::token);
    required_locator(to.at);
    text(to.text);
  }

  void value_type(scheme::ValueType& to) {
    enumerator(to, scheme::ValueType::string, scheme::ValueType::integer);
  }

  void identity_part(IdentityPart& to) {
    using scheme::IdentityKind;
    enumerator(to.kind, IdentityKind::locator, IdentityKind::body);
    locator(to.at);
    value_type(to.type);
    require((to.kind == IdentityKind::locator) == (to.at.place != scheme::Place::none));
  }

  void event(EventRule& to) {
    format(to.format);
    list<&Decoder::condition>(to.conditions, scheme::conditions_max);
    list<&Decoder::identity_part>(to.identity, scheme::identity_parts_max);
    locator(to.type);
    value_type(to.type_value);
    text(to.type_prefix);
    locator(to.id);
    truth(to.type_is_signed);
    enumerator(to.same_content, scheme::SameContent::absorb, scheme::SameContent::mark);
    texts(to.hints, scheme::hints_max);
    require(!to.identity.empty());
  }

  void challenge(Challenge& to) {
    using scheme::ChallengeProof;
    enumerator(to.proof, ChallengeProof::signed_delivery, ChallengeProof::unsigned_probe);
    format(to.format);
    text(to.method);
    list<&Decoder::condition>(to.conditions, scheme::conditions_max);
    to.status = reader_.u16();
    text(to.content_type);
    parts(to.reply);
    require(to.method == "POST" || to.method == "GET");
    require(!to.conditions.empty());
    require(to.status >= 200 && to.status <= 299);
    require(echoes_safely(to));
  }

  void scheme(Scheme& to) {
    text(to.name);
    list<&Decoder::signature>(to.signatures, scheme::signature_rules_max);
    enumerator(to.timestamp.unit, scheme::TimeUnit::none, scheme::TimeUnit::rfc3339);
    locator(to.timestamp.from);
    locator(to.id);
    characters(to.id_alphabet);
    list<&Decoder::event>(to.events, scheme::event_rules_max);
    list<&Decoder::challenge>(to.challenges, scheme::challenges_max);
    to.sends = u8_between(1, http::any_body_form);
    truth(to.key_signs_more);
    texts(to.headers, scheme::listed_headers_max);
    texts(to.proof_headers, scheme::listed_headers_max);
    require(to.name.size() <= name_bytes_max);
    require(!to.signatures.empty() && !to.events.empty());
    // The gate fetches one key for a delivery, from the hosts of the rule that it is for.
    require(std::ranges::count_if(to.signatures, [](const SignatureRule& rule) {
              return rule.key.form == scheme::KeyForm::fetched;
            }) <= 1);
    require((to.id.place == scheme::Place::none) == to.id_alphabet.is_empty());
    require((to.timestamp.unit == scheme::TimeUnit::none) ==
            (to.timestamp.from.place == scheme::Place::none));
  }

  void setting(Setting& to) {
    slot_or_none(to.slot);
    if (to.slot == Setting::no_slot) {
      text(to.text);
    }
  }

  void filter_value(FilterValue& to) {
    enumerator(to.type, json::Type::string, json::Type::boolean);
    text(to.text);
  }

  void filter(Filter& to) {
    pointer(to.pointer);
    list<&Decoder::filter_value>(to.values, filter_values_max);
    require(!to.values.empty());
  }

  void route(Route& to) {
    enumerator(to.kind, RouteKind::forward, RouteKind::answer);
    texts(to.events, events_max);
    list<&Decoder::filter>(to.filters, filters_max);
    list<&Decoder::destination>(to.to, destinations_max);
    enumerator(to.deliver, Deliver::proxy, Deliver::queue);
    retry(to.retry);
    to.timeout_ms = reader_.u32();
    to.answer_status = reader_.u16();
    const bool is_queue = to.deliver == Deliver::queue;
    require(to.to.empty() == (to.kind == RouteKind::answer));
    require(to.to.size() <= 1 || is_queue);
    require(to.kind == RouteKind::answer ? !is_queue : to.timeout_ms != 0);
    require((to.retry.attempts != 0) == is_queue);
    require(to.answer_status >= 200 && to.answer_status <= 299);
  }

  void destination(Destination& to) {
    setting(to.to);
    list<&Decoder::slot>(to.signers, signers_max);
    require(to.to.slot != Setting::no_slot || !to.to.text.empty());
  }

  void delay(std::uint32_t& to) { to = reader_.u32(); }

  void retry(Retry& to) {
    enumerator(to.kind, RetryKind::exponential, RetryKind::list);
    to.jitter_percent = reader_.u8();
    to.attempts = reader_.u16();
    to.first_ms = reader_.u32();
    to.longest_ms = reader_.u32();
    to.horizon_ms = reader_.u64();
    list<&Decoder::delay>(to.delays_ms, retry_delays_max);
    require(to.jitter_percent <= 100 && to.attempts <= retry_attempts_max);
    require(to.first_ms <= to.longest_ms && to.longest_ms <= retry_delay_ms_max);
    require((to.kind == RetryKind::list) != to.delays_ms.empty());
    require(
        std::ranges::all_of(to.delays_ms, [&](std::uint32_t ms) { return ms <= to.longest_ms; }));
  }

  void address_range(AddressRange& to) {
    std::ranges::copy(reader_.raw(to.address.size()), to.address.begin());
    to.prefix_bits = reader_.u8();
    require(to.prefix_bits <= 8 * to.address.size());
  }

  void rate_limit(RateLimit& to) {
    enumerator(to.by, LimitBy::none, LimitBy::address);
    to.requests = reader_.u32();
    to.period_seconds = reader_.u32();
    require((to.by != LimitBy::none) == (to.requests != 0 && to.period_seconds != 0));
  }

  void source(Source& to) {
    text(to.name);
    text(to.path);
    to.methods = reader_.u8();
    to.scheme = reader_.u16();
    list<&Decoder::slot>(to.secrets, source_secrets_max);
    to.max_age_seconds = reader_.u32();
    to.max_future_seconds = reader_.u32();
    to.body_bytes_max = reader_.u64();
    to.retain_ms = reader_.u64();
    to.lease_ms = reader_.u32();
    to.busy_wait_ms = reader_.u32();
    to.shards = reader_.u16();
    enumerator(to.on_ledger_down, LedgerDown::closed, LedgerDown::queue);
    enumerator(to.mode, Mode::enforce, Mode::observe);
    setting(to.url);
    enumerator(to.identity_choice, IdentityChoice::scheme, IdentityChoice::none);
    list<&Decoder::identity_part>(to.identity, scheme::identity_parts_max);
    enumerator(to.same_content, scheme::SameContent::unsaid, scheme::SameContent::refuse);
    texts(to.types, types_max);
    texts(to.allow_events, events_max);
    texts(to.forward_headers, scheme::listed_headers_max);
    list<&Decoder::address_range>(to.allow_addresses, address_ranges_max);
    rate_limit(to.rate_limit);
    text(to.acknowledgement.content_type);
    text(to.acknowledgement.body);
    list<&Decoder::route>(to.routes, routes_max);
    require(!to.name.empty() && to.name.size() <= name_bytes_max);
    require(to.path.starts_with('/') && to.path.size() <= path_bytes_max);
    require(to.methods != 0 && (to.methods & ~methods_mask) == 0);
    require(to.scheme < schemes_.size() && !to.secrets.empty() &&
            to.secrets.size() * scheme::trials_of(schemes_[to.scheme]) <= scheme::trials_max &&
            to.secrets.size() * scheme::checks_of(schemes_[to.scheme]) <= scheme::checks_max);
    require(to.body_bytes_max <= body_bytes_limit);
    require(to.retain_ms != 0 && to.retain_ms <= retain_ms_max && to.lease_ms != 0 &&
            to.shards != 0);
    // A lease that outlasts each forward is what keeps two of one event apart.
    require(std::ranges::all_of(
        to.routes, [&](const Route& route) { return route.timeout_ms < to.lease_ms; }));
    require((to.identity_choice == IdentityChoice::custom) != to.identity.empty());
    require(to.acknowledgement.body.size() <= acknowledgement_bytes_max);
  }

  std::span<const Scheme> schemes_;
};

}  // namespace

Result<Policy, PolicyFault> decode(Bytes file, Arena& arena) {
  Decoder decoder(file, arena);
  if (!decoder.begins_with_magic()) {
    return refuse(PolicyFault::not_a_policy);
  }
  if (file.size() > policy_bytes_max) {
    return refuse(PolicyFault::too_large);
  }
  Policy policy;
  decoder.policy(policy);
  if (!decoder.finished()) {
    return refuse(decoder.ran_out_of_room() ? PolicyFault::too_large : PolicyFault::malformed);
  }
  return policy;
}

}  // namespace postern::policy
