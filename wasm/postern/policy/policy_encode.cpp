#include <algorithm>

#include "postern/base/check.h"
#include "postern/base/wire.h"
#include "postern/policy/policy_codec.h"

namespace postern::policy {
namespace {

/// Takes the same calls as `Writer` and only counts.
class Counter {
 public:
  void u8(std::uint8_t) { size_ += 1; }
  void u16(std::uint16_t) { size_ += 2; }
  void u32(std::uint32_t) { size_ += 4; }
  void u64(std::uint64_t) { size_ += 8; }
  void raw(Bytes bytes) { size_ += bytes.size(); }
  void text16(std::string_view text) {
    size_ += 2 + text.size();
    longest_text_ = std::max(longest_text_, text.size());
  }
  void bytes32(Bytes bytes) { size_ += 4 + bytes.size(); }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t longest_text() const { return longest_text_; }

 private:
  std::size_t size_ = 0;
  std::size_t longest_text_ = 0;
};

template <class Sink, class Element, class Put>
void put_list(Sink& sink, std::span<const Element> list, Put put) {
  POSTERN_CHECK(list.size() <= UINT16_MAX);
  sink.u16(static_cast<std::uint16_t>(list.size()));
  for (const Element& element : list) {
    put(sink, element);
  }
}

template <class Sink, class Enumerator>
void put_enumerator(Sink& sink, Enumerator value) {
  sink.u8(static_cast<std::uint8_t>(value));
}

template <class Sink>
void put_truth(Sink& sink, bool value) {
  sink.u8(value ? 1 : 0);
}

constexpr auto put_text = [](auto& sink, std::string_view text) { sink.text16(text); };

constexpr auto put_slot = [](auto& sink, std::uint16_t slot) { sink.u16(slot); };

template <class Sink>
void put_pointer(Sink& sink, const json::Pointer& pointer) {
  put_list(sink, pointer.tokens, put_text);
}

/// A locator that leads nowhere is one byte.
template <class Sink>
void put_locator(Sink& sink, const scheme::Locator& locator) {
  put_enumerator(sink, locator.place);
  if (locator.place == scheme::Place::none) {
    return;
  }
  sink.text16(locator.name);
  put_truth(sink, locator.has_pointer);
  if (locator.has_pointer) {
    put_pointer(sink, locator.pointer);
  }
  sink.u8(static_cast<std::uint8_t>(locator.separator));
  sink.u8(static_cast<std::uint8_t>(locator.pair));
  sink.text16(locator.item);
  sink.text16(locator.prefix);
}

template <class Sink>
void put_characters(Sink& sink, const CharacterSet& characters) {
  for (const std::uint64_t bits : characters.bits()) {
    sink.u64(bits);
  }
}

constexpr auto put_part = [](auto& sink, const scheme::Part& part) {
  put_enumerator(sink, part.kind);
  sink.text16(part.text);
  put_pointer(sink, part.pointer);
  put_characters(sink, part.alphabet);
};

constexpr auto put_signature = [](auto& sink, const scheme::SignatureRule& rule) {
  put_enumerator(sink, rule.algorithm);
  put_enumerator(sink, rule.format);
  put_locator(sink, rule.from);
  put_enumerator(sink, rule.encoding);
  put_list(sink, rule.content, put_part);
  put_enumerator(sink, rule.key.form);
  sink.text16(rule.key.prefix);
  put_enumerator(sink, rule.key.prefix_rule);
  sink.u16(rule.key.bytes_min);
  sink.u16(rule.key.bytes_max);
  if (rule.key.form == scheme::KeyForm::fetched) {
    put_locator(sink, rule.fetch.url);
    put_list(sink, rule.fetch.hosts, put_text);
    sink.text16(rule.fetch.path_prefix);
    put_list(sink, rule.fetch.names, put_text);
    sink.u32(rule.fetch.cache_seconds);
  }
  put_enumerator(sink, rule.ports);
  sink.text16(rule.body_hash_query);
};

constexpr auto put_condition = [](auto& sink, const scheme::Condition& condition) {
  put_enumerator(sink, condition.test);
  put_locator(sink, condition.at);
  sink.text16(condition.text);
};

constexpr auto put_identity_part = [](auto& sink, const scheme::IdentityPart& part) {
  put_enumerator(sink, part.kind);
  put_locator(sink, part.at);
  put_enumerator(sink, part.type);
};

constexpr auto put_event = [](auto& sink, const scheme::EventRule& rule) {
  put_enumerator(sink, rule.format);
  put_list(sink, rule.conditions, put_condition);
  put_list(sink, rule.identity, put_identity_part);
  put_locator(sink, rule.type);
  put_enumerator(sink, rule.type_value);
  sink.text16(rule.type_prefix);
  put_locator(sink, rule.id);
  put_truth(sink, rule.type_is_signed);
  put_enumerator(sink, rule.same_content);
  put_list(sink, rule.hints, put_text);
};

constexpr auto put_challenge = [](auto& sink, const scheme::Challenge& challenge) {
  put_enumerator(sink, challenge.proof);
  put_enumerator(sink, challenge.format);
  sink.text16(challenge.method);
  put_list(sink, challenge.conditions, put_condition);
  sink.u16(challenge.status);
  sink.text16(challenge.content_type);
  put_list(sink, challenge.reply, put_part);
};

constexpr auto put_scheme = [](auto& sink, const scheme::Scheme& scheme) {
  sink.text16(scheme.name);
  put_list(sink, scheme.signatures, put_signature);
  put_enumerator(sink, scheme.timestamp.unit);
  put_locator(sink, scheme.timestamp.from);
  put_locator(sink, scheme.id);
  put_characters(sink, scheme.id_alphabet);
  put_list(sink, scheme.events, put_event);
  put_list(sink, scheme.challenges, put_challenge);
  sink.u8(scheme.sends);
  put_truth(sink, scheme.key_signs_more);
  put_list(sink, scheme.headers, put_text);
  put_list(sink, scheme.proof_headers, put_text);
};

template <class Sink>
void put_setting(Sink& sink, const Setting& setting) {
  sink.u16(setting.slot);
  if (setting.slot == Setting::no_slot) {
    sink.text16(setting.text);
  }
}

constexpr auto put_destination = [](auto& sink, const Destination& destination) {
  put_setting(sink, destination.to);
  put_list(sink, destination.signers, put_slot);
};

constexpr auto put_delay = [](auto& sink, std::uint32_t delay_ms) { sink.u32(delay_ms); };

template <class Sink>
void put_retry(Sink& sink, const Retry& retry) {
  put_enumerator(sink, retry.kind);
  sink.u8(retry.jitter_percent);
  sink.u16(retry.attempts);
  sink.u32(retry.first_ms);
  sink.u32(retry.longest_ms);
  sink.u64(retry.horizon_ms);
  put_list(sink, retry.delays_ms, put_delay);
}

constexpr auto put_filter_value = [](auto& sink, const FilterValue& value) {
  sink.u8(static_cast<std::uint8_t>(value.type));
  sink.text16(value.text);
};

constexpr auto put_filter = [](auto& sink, const Filter& filter) {
  put_pointer(sink, filter.pointer);
  put_list(sink, filter.values, put_filter_value);
};

constexpr auto put_route = [](auto& sink, const Route& route) {
  put_enumerator(sink, route.kind);
  put_list(sink, route.events, put_text);
  put_list(sink, route.filters, put_filter);
  put_list(sink, route.to, put_destination);
  put_enumerator(sink, route.deliver);
  put_retry(sink, route.retry);
  sink.u32(route.timeout_ms);
  sink.u16(route.answer_status);
};

constexpr auto put_address_range = [](auto& sink, const AddressRange& range) {
  sink.raw(range.address);
  sink.u8(range.prefix_bits);
};

constexpr auto put_source = [](auto& sink, const Source& source) {
  sink.text16(source.name);
  sink.text16(source.path);
  sink.u8(source.methods);
  sink.u16(source.scheme);
  put_list(sink, source.secrets, put_slot);
  sink.u32(source.max_age_seconds);
  sink.u32(source.max_future_seconds);
  sink.u64(source.body_bytes_max);
  sink.u64(source.retain_ms);
  sink.u32(source.lease_ms);
  sink.u32(source.busy_wait_ms);
  sink.u16(source.shards);
  put_enumerator(sink, source.on_ledger_down);
  put_enumerator(sink, source.mode);
  put_setting(sink, source.url);
  put_enumerator(sink, source.identity_choice);
  put_list(sink, source.identity, put_identity_part);
  put_enumerator(sink, source.same_content);
  put_list(sink, source.types, put_text);
  put_list(sink, source.allow_events, put_text);
  put_list(sink, source.forward_headers, put_text);
  put_list(sink, source.allow_addresses, put_address_range);
  put_enumerator(sink, source.rate_limit.by);
  sink.u32(source.rate_limit.requests);
  sink.u32(source.rate_limit.period_seconds);
  sink.text16(source.acknowledgement.content_type);
  sink.text16(source.acknowledgement.body);
  put_list(sink, source.routes, put_route);
};

template <class Sink>
void put_policy(Sink& sink, const Policy& policy) {
  sink.raw(bytes_of(policy_magic));
  put_list(sink, policy.settings, put_text);
  sink.bytes32(policy.rehearsal);
  put_truth(sink, policy.gate.require_https);
  put_truth(sink, policy.gate.allow_private_origins);
  put_list(sink, policy.schemes, put_scheme);
  put_list(sink, policy.sources, put_source);
}

}  // namespace

std::size_t encoded_bytes(const Policy& policy) {
  Counter counter;
  put_policy(counter, policy);
  return counter.size();
}

std::size_t longest_text(const Policy& policy) {
  Counter counter;
  put_policy(counter, policy);
  return counter.longest_text();
}

Bytes encode(const Policy& policy, MutableBytes room) {
  Writer writer(room);
  put_policy(writer, policy);
  return writer.written();
}

}  // namespace postern::policy
