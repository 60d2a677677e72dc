#include "base/wire.h"
#include "policy/policy_codec.h"

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

/// Reads one policy. As in `Reader`, the first field that does not fit latches, so that the
/// functions below read straight on and `decode` asks once.
class Decoder {
 public:
  Decoder(Bytes file, Arena& arena) : reader_(file), arena_(arena) {}

  [[nodiscard]] bool begins_with_magic() {
    return text_of(reader_.raw(policy_magic.size())) == policy_magic;
  }

  [[nodiscard]] Policy policy() {
    Policy policy;
    policy.settings = texts(secrets_max);
    settings_ = policy.settings.size();
    policy.gate.require_https = truth();
    policy.gate.allow_private_origins = truth();
    policy.gate.sign_forwards_slot = slot_or_none();
    policy.schemes = list<Scheme>(sources_max, [this] { return scheme(); });
    schemes_ = policy.schemes.size();
    policy.sources = list<Source>(sources_max, [this] { return source(); });
    return policy;
  }

  [[nodiscard]] bool finished() const { return reader_.finished(); }
  [[nodiscard]] bool ran_out_of_room() const { return ran_out_of_room_; }

 private:
  /// `list` asks for room only after it is sure that there is some: a policy is not trusted, and
  /// the arena traps when it runs out.
  template <class Element, class Read>
  [[nodiscard]] std::span<const Element> list(std::size_t most, Read read) {
    const std::size_t count = reader_.count16(most);
    const std::size_t room = arena_.bytes_left();
    if (room < alignof(Element) || count > (room - alignof(Element)) / sizeof(Element)) {
      ran_out_of_room_ = true;
      reader_.fail();
      return {};
    }
    const std::span<Element> elements = arena_.make_array<Element>(count);
    for (Element& element : elements) {
      element = read();
      if (reader_.failed()) {
        return {};
      }
    }
    return elements;
  }

  [[nodiscard]] std::span<const std::string_view> texts(std::size_t most) {
    return list<std::string_view>(most, [this] { return reader_.text16(); });
  }

  template <class Enumerator>
  [[nodiscard]] Enumerator enumerator(Enumerator first, Enumerator last) {
    const std::uint8_t value = reader_.u8();
    if (value < static_cast<std::uint8_t>(first) || value > static_cast<std::uint8_t>(last)) {
      reader_.fail();
      return first;
    }
    return static_cast<Enumerator>(value);
  }

  void require(bool condition) {
    if (!condition) {
      reader_.fail();
    }
  }

  [[nodiscard]] bool truth() {
    const std::uint8_t value = reader_.u8();
    require(value <= 1);
    return value == 1;
  }

  [[nodiscard]] std::uint16_t slot() {
    const std::uint16_t value = reader_.u16();
    require(value < settings_);
    return value;
  }

  [[nodiscard]] std::uint16_t slot_or_none() {
    const std::uint16_t value = reader_.u16();
    require(value == Setting::no_slot || value < settings_);
    return value;
  }

  [[nodiscard]] json::Pointer pointer() { return {.tokens = texts(pointer_tokens_max)}; }

  [[nodiscard]] Locator locator() {
    using scheme::Place;
    Locator locator;
    locator.place = enumerator(Place::none, Place::query);
    if (locator.place == Place::none) {
      return locator;
    }
    locator.name = reader_.text16();
    locator.has_pointer = truth();
    if (locator.has_pointer) {
      locator.pointer = pointer();
    }
    locator.separator = static_cast<char>(reader_.u8());
    locator.pair = static_cast<char>(reader_.u8());
    locator.item = reader_.text16();
    locator.prefix = reader_.text16();
    const bool in_body = locator.place == Place::body;
    require(locator.name.empty() == in_body);
    require(!in_body || locator.has_pointer);
    require(!locator.has_pointer || in_body || locator.place == Place::form);
    require((locator.pair == 0) == locator.item.empty());
    return locator;
  }

  /// A locator that must lead somewhere.
  [[nodiscard]] Locator required_locator() {
    const Locator found = locator();
    require(found.place != scheme::Place::none);
    return found;
  }

  [[nodiscard]] Part part() {
    Part part;
    part.kind = enumerator(scheme::PartKind::literal, scheme::PartKind::secret);
    part.text = reader_.text16();
    part.pointer = pointer();
    return part;
  }

  [[nodiscard]] std::span<const Part> parts() {
    return list<Part>(scheme::content_parts_max, [this] { return part(); });
  }

  [[nodiscard]] scheme::KeyRule key() {
    scheme::KeyRule key;
    key.form = enumerator(scheme::KeyForm::utf8, scheme::KeyForm::fetched);
    key.prefix = reader_.text16();
    key.prefix_rule = enumerator(scheme::PrefixRule::optional, scheme::PrefixRule::required);
    key.bytes_min = reader_.u16();
    key.bytes_max = reader_.u16();
    require(key.bytes_min <= key.bytes_max);
    return key;
  }

  [[nodiscard]] scheme::KeyFetch fetch() {
    scheme::KeyFetch fetch;
    fetch.url = required_locator();
    fetch.hosts = texts(fetch_names_max);
    fetch.path_prefix = reader_.text16();
    fetch.names = texts(fetch_names_max);
    fetch.cache_seconds = reader_.u32();
    require(!fetch.hosts.empty() && fetch.path_prefix.starts_with('/') && !fetch.names.empty());
    return fetch;
  }

  [[nodiscard]] SignatureRule signature() {
    SignatureRule rule;
    rule.algorithm = enumerator(scheme::Algorithm::hmac_sha1, scheme::Algorithm::basic);
    rule.format = enumerator(scheme::BodyFormat::any, scheme::BodyFormat::form);
    rule.from = required_locator();
    rule.encoding = enumerator(scheme::Encoding::text, scheme::Encoding::base64url);
    rule.content = parts();
    rule.key = key();
    if (rule.key.form == scheme::KeyForm::fetched) {
      rule.fetch = fetch();
    }
    rule.ports = enumerator(scheme::PortRule::exact, scheme::PortRule::either);
    rule.body_hash_query = reader_.text16();
    // Only a bearer text signs nothing.
    const bool bearer = !scheme::is_hmac(rule.algorithm) && !scheme::is_asymmetric(rule.algorithm);
    require(bearer == rule.content.empty());
    return rule;
  }

  [[nodiscard]] Condition condition() {
    Condition condition;
    condition.test = enumerator(Condition::Test::present, Condition::Test::token);
    condition.at = required_locator();
    condition.text = reader_.text16();
    return condition;
  }

  [[nodiscard]] std::span<const Condition> conditions() {
    return list<Condition>(scheme::conditions_max, [this] { return condition(); });
  }

  [[nodiscard]] IdentityPart identity_part() {
    using scheme::IdentityKind;
    IdentityPart part;
    part.kind = enumerator(IdentityKind::locator, IdentityKind::event_type);
    part.at = locator();
    part.type = enumerator(scheme::ValueType::string, scheme::ValueType::integer);
    require((part.kind == IdentityKind::locator) == (part.at.place != scheme::Place::none));
    return part;
  }

  [[nodiscard]] std::span<const IdentityPart> identity() {
    return list<IdentityPart>(scheme::identity_parts_max, [this] { return identity_part(); });
  }

  [[nodiscard]] EventRule event() {
    EventRule rule;
    rule.format = enumerator(scheme::BodyFormat::any, scheme::BodyFormat::form);
    rule.conditions = conditions();
    rule.identity = identity();
    rule.type = locator();
    rule.type_value = enumerator(scheme::ValueType::string, scheme::ValueType::integer);
    rule.type_prefix = reader_.text16();
    rule.type_is_signed = truth();
    require(!rule.identity.empty());
    return rule;
  }

  [[nodiscard]] Challenge challenge() {
    using scheme::ChallengeProof;
    Challenge challenge;
    challenge.proof = enumerator(ChallengeProof::signed_delivery, ChallengeProof::unsigned_probe);
    challenge.format = enumerator(scheme::BodyFormat::any, scheme::BodyFormat::form);
    challenge.method = reader_.text16();
    challenge.conditions = conditions();
    challenge.status = reader_.u16();
    challenge.content_type = reader_.text16();
    challenge.reply = parts();
    require(challenge.method == "POST" || challenge.method == "GET");
    require(!challenge.conditions.empty());
    require(challenge.status >= 200 && challenge.status <= 299);
    return challenge;
  }

  [[nodiscard]] Scheme scheme() {
    Scheme scheme;
    scheme.name = reader_.text16();
    scheme.signatures =
        list<SignatureRule>(scheme::signature_rules_max, [this] { return signature(); });
    scheme.timestamp.unit = enumerator(scheme::TimeUnit::none, scheme::TimeUnit::rfc3339);
    scheme.timestamp.from = locator();
    scheme.id = locator();
    scheme.events = list<EventRule>(scheme::event_rules_max, [this] { return event(); });
    scheme.challenges = list<Challenge>(scheme::challenges_max, [this] { return challenge(); });
    require(!scheme.signatures.empty() && !scheme.events.empty());
    require((scheme.timestamp.unit == scheme::TimeUnit::none) ==
            (scheme.timestamp.from.place == scheme::Place::none));
    return scheme;
  }

  [[nodiscard]] Setting setting() {
    Setting setting;
    setting.slot = slot_or_none();
    if (setting.slot == Setting::no_slot) {
      setting.text = reader_.text16();
    }
    return setting;
  }

  [[nodiscard]] Filter filter() {
    Filter filter;
    filter.pointer = pointer();
    filter.values = texts(filter_values_max);
    require(!filter.values.empty());
    return filter;
  }

  [[nodiscard]] Route route() {
    Route route;
    route.kind = enumerator(RouteKind::forward, RouteKind::answer);
    route.events = texts(events_max);
    route.filters = list<Filter>(filters_max, [this] { return filter(); });
    route.to = setting();
    // Queue mode is not in this version; a policy that asks for it must not be read as proxy mode.
    route.deliver = enumerator(Deliver::proxy, Deliver::proxy);
    route.timeout_ms = reader_.u32();
    route.answer_status = reader_.u16();
    if (route.kind == RouteKind::forward) {
      require(route.to.slot != Setting::no_slot || !route.to.text.empty());
      require(route.timeout_ms != 0);
    }
    require(route.answer_status >= 200 && route.answer_status <= 299);
    return route;
  }

  [[nodiscard]] Source source() {
    Source source;
    source.name = reader_.text16();
    source.path = reader_.text16();
    source.methods = reader_.u8();
    source.scheme = reader_.u16();
    source.secrets = list<std::uint16_t>(source_secrets_max, [this] { return slot(); });
    source.max_age_seconds = reader_.u32();
    source.max_future_seconds = reader_.u32();
    source.body_bytes_max = reader_.u64();
    source.retain_ms = reader_.u64();
    source.lease_ms = reader_.u32();
    source.busy_wait_ms = reader_.u32();
    source.shards = reader_.u16();
    source.on_ledger_down = enumerator(LedgerDown::closed, LedgerDown::open);
    source.mode = enumerator(Mode::enforce, Mode::observe);
    source.url = setting();
    source.identity_choice = enumerator(IdentityChoice::scheme, IdentityChoice::custom);
    source.identity = identity();
    source.allow_events = texts(events_max);
    source.routes = list<Route>(routes_max, [this] { return route(); });
    require(!source.name.empty() && source.path.starts_with('/'));
    require(source.methods != 0 && (source.methods & ~methods_mask) == 0);
    require(source.scheme < schemes_ && !source.secrets.empty());
    require(source.body_bytes_max <= body_bytes_limit);
    require(source.retain_ms != 0 && source.lease_ms != 0 && source.shards != 0);
    require((source.identity_choice == IdentityChoice::custom) != source.identity.empty());
    return source;
  }

  Reader reader_;
  Arena& arena_;
  std::size_t settings_ = 0;
  std::size_t schemes_ = 0;
  bool ran_out_of_room_ = false;
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
  const Policy policy = decoder.policy();
  if (decoder.ran_out_of_room()) {
    return refuse(PolicyFault::too_large);
  }
  if (!decoder.finished()) {
    return refuse(PolicyFault::malformed);
  }
  return policy;
}

}  // namespace postern::policy
