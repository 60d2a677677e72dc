#include "fuzz/deep_delivery.h"

#include <algorithm>
#include <array>

#include "harness/host/text_forms.h"
#include "postern/gate/live_source.h"
#include "postern/gate/machine.h"
#include "postern/http/delivery.h"
#include "postern/http/form.h"
#include "postern/scheme/locators.h"
#include "postern/scheme/verify.h"

namespace postern::fuzz {
namespace {

using scheme::Algorithm;
using scheme::Condition;
using scheme::PartKind;
using scheme::Place;

std::size_t signature_bytes(Algorithm algorithm) {
  return scheme::is_mac(algorithm) ? scheme::fact_of<&scheme::AlgorithmRow::bytes_max>(algorithm)
                                   : 64;
}

std::string encoded(scheme::Encoding encoding, const std::string& bytes) {
  switch (encoding) {
    case scheme::Encoding::hex:
    case scheme::Encoding::hex_any:
      return harness::to_hex(bytes);
    case scheme::Encoding::base64:
      return harness::to_base64(bytes);
    case scheme::Encoding::base64url:
      return harness::to_base64url(bytes);
    case scheme::Encoding::text:
      break;
  }
  return bytes;
}

/// Escapes what JSON need not escape, so that a text is six times as long as what it means.
std::string with_escapes(std::string json) {
  std::string text;
  for (const char c : json) {
    text += c == 'x' ? "\\u0078" : std::string(1, c);
  }
  return text;
}

}  // namespace

DeepDelivery::DeepDelivery(const LegalPolicy& policy, Dice& dice) : policy_(policy), dice_(dice) {
  const policy::Source& source = policy.policy().sources[0];
  const scheme::Scheme& scheme = policy.policy().schemes[0];
  is_genuine_ = dice.chance(85);
  is_form_ = dice.chance(30);
  const auto decide = [&](const scheme::Locator& at) {
    if (scheme::is_in_body(at)) {
      is_form_ = at.place == Place::form;
    }
  };
  for (const scheme::SignatureRule& rule : scheme.signatures) {
    decide(rule.from);
  }
  decide(scheme.timestamp.from);
  decide(scheme.id);
  documents_[""] = nlohmann::json::object();
  delivery_.path = source.path;
  delivery_.client_address =
      dice.chance(50) ? "203.0.113.9" : "2001:db8:1111:2222:3333:4444:" + std::string(35, '0');
  delivery_.method = dice.chance(90) ? "POST" : "GET";
  // Whoever comes first has the place: what is needed to come far.
  if (dice.chance(90)) {
    put_signatures(scheme);
    put_claims(scheme);
  }
  for (const scheme::Challenge& challenge : scheme.challenges) {
    if (dice.chance(50)) {
      put_conditions(challenge.conditions);
    }
  }
  for (const scheme::SignatureRule& rule : scheme.signatures) {
    put_content(rule);
  }
  put_meaning(source, scheme);
  if (dice.chance(30)) {
    const std::size_t fields = std::max<std::size_t>(1, dice.around(http::form_fields_max));
    const std::size_t bytes = dice.around(scheme::literal_bytes_max) / fields;
    for (std::size_t i = 0; i < fields; ++i) {
      more_fields_.push_back(std::string(dice.chance(90) ? bytes : 0, 'x') + std::to_string(i));
    }
  }
  constexpr std::array<std::size_t, 6> sizes = {0, 0, 4096, 65536, 1 << 20, 0};
  const std::size_t size = sizes[dice.below(sizes.size())];
  const std::size_t padding = size == 0 ? 0 : dice.around(size);
  put_signatures(scheme);
  put_claims(scheme);
  write(padding);
  sign(scheme);
}

std::string DeepDelivery::value() {
  constexpr std::array<std::size_t, 4> limits = {2, 256, scheme::located_text_bytes_max, 9};
  return std::string(dice_.around(limits[dice_.below(limits.size())]),
                     dice_.chance(70) ? 'x' : 'a');
}

void DeepDelivery::put_json(nlohmann::json& document, const json::Pointer& pointer,
                            const std::string& value) {
  nlohmann::json* at = &document;
  for (const std::string_view token : pointer.tokens) {
    if (!at->is_object()) {
      return;  // Another rule has a value here.
    }
    at = &(*at)[std::string(token)];
    if (at->is_null()) {
      *at = nlohmann::json::object();
    }
  }
  if (at->is_object() && at->empty()) {
    *at = value;
  }
}

void DeepDelivery::put(const scheme::Locator& at, const std::string& value) {
  std::string text = std::string(at.prefix) + value;
  if (at.pair != 0) {
    text = std::string(at.item) + at.pair + text;
  }
  for (std::size_t left = at.skip; left > 0; --left) {
    text.insert(0, {'-', at.separator});
  }
  // Most of the time all together are within the limits of headers and queries.
  constexpr std::size_t fair_bytes = 400;
  if ((at.place == Place::header || at.place == Place::query) && dice_.chance(93)) {
    text.resize(std::min(text.size(), fair_bytes));
  }
  const std::string name(at.name);
  switch (at.place) {
    case Place::header:
      headers_.try_emplace(name, text);
      return;
    case Place::query:
      query_.try_emplace(name, text);
      return;
    case Place::body:
      put_json(documents_[""], at.pointer, text);
      return;
    case Place::form:
      if (at.has_pointer) {
        put_json(documents_.try_emplace(name, nlohmann::json::object()).first->second, at.pointer,
                 text);
      } else {
        form_.try_emplace(name, text);
      }
      return;
    case Place::none:
      return;
  }
}

void DeepDelivery::put_conditions(std::span<const Condition> conditions) {
  for (const Condition& condition : conditions) {
    switch (condition.test) {
      case Condition::Test::absent:
        break;
      case Condition::Test::equals:
        put(condition.at, std::string(condition.text));
        break;
      case Condition::Test::digits:
        put(condition.at, std::string(dice_.around(dice_.chance(50) ? 256 : 4096), '7'));
        break;
      case Condition::Test::parameter:
        put(condition.at, std::string(legal_parameter));
        break;
      default:
        put(condition.at, value());
    }
  }
}

void DeepDelivery::put_content(const scheme::SignatureRule& rule) {
  for (const scheme::Part& part : rule.content) {
    if (part.kind == PartKind::header) {
      headers_.try_emplace(std::string(part.text),
                           value().substr(0, dice_.chance(90) ? 300 : 1200));
    } else if (part.kind == PartKind::parameter) {
      query_.try_emplace(std::string(part.text), value().substr(0, 300));
    } else if (part.kind == PartKind::form_field) {
      form_.try_emplace(std::string(part.text), value());
    } else if (part.kind == PartKind::field) {
      put_json(documents_[""], part.pointer, value());
    }
  }
}

void DeepDelivery::put_claims(const scheme::Scheme& scheme) {
  if (scheme.timestamp.unit != scheme::TimeUnit::none) {
    put(scheme.timestamp.from, scheme.timestamp.unit == scheme::TimeUnit::seconds ? "1700000000"
                               : scheme.timestamp.unit == scheme::TimeUnit::milliseconds
                                   ? "1700000000000"
                                   : "2023-11-14T22:13:20Z");
  }
  put(scheme.id, "msg_1");
}

void DeepDelivery::put_meaning(const policy::Source& source, const scheme::Scheme& scheme) {
  for (const scheme::EventRule& rule : scheme.events) {
    put_conditions(rule.conditions);
    put(rule.type, "a");
    put(rule.id, value().substr(0, 257));
    for (const std::string_view hint : rule.hints) {
      if (dice_.chance(90)) {
        headers_.try_emplace(std::string(hint), "hint");
      }
    }
    for (const scheme::IdentityPart& part : rule.identity) {
      put(part.at, value().substr(0, 257));
    }
  }
  for (const scheme::IdentityPart& part : source.identity) {
    put(part.at, value().substr(0, 257));
  }
  for (const policy::Route& route : source.routes) {
    for (const policy::Filter& filter : route.filters) {
      put_json(documents_[""], filter.pointer, dice_.chance(50) ? "a" : value());
    }
  }
}

std::string DeepDelivery::placeholder(const scheme::SignatureRule& rule, char byte) {
  if (scheme::is_bearer(rule.algorithm)) {
    return encoded(rule.encoding, policy_.values().back());
  }
  return encoded(rule.encoding, std::string(signature_bytes(rule.algorithm), byte));
}

/// The list that `value` stands in, with as many others before it as the rule takes, or about so.
std::string DeepDelivery::list_of(const scheme::SignatureRule& rule, std::string value) {
  if (rule.from.separator == 0) {
    return value;
  }
  const std::size_t most = scheme::candidates_of(rule);
  const std::size_t count = dice_.chance(60) ? 1 : dice_.around(most + 1);
  // `put` writes what stands before the first.
  std::string lead = rule.from.pair == 0 ? "" : std::string(rule.from.item) + rule.from.pair;
  lead += rule.from.prefix;
  std::string text;
  for (std::size_t i = 1; i < count; ++i) {
    text += placeholder(rule, '\1') + rule.from.separator + lead;
  }
  return text + value;
}

void DeepDelivery::put_signatures(const scheme::Scheme& scheme) {
  for (const scheme::SignatureRule& rule : scheme.signatures) {
    put(rule.from, list_of(rule, placeholder(rule, '\0')));
  }
}

void DeepDelivery::write(std::size_t padding) {
  delivery_.headers.clear();
  for (const auto& [name, text] : headers_) {
    delivery_.headers.push_back({name, text});
  }
  delivery_.query.clear();
  for (const auto& [name, text] : query_) {
    delivery_.query += (delivery_.query.empty() ? "" : "&") + name + "=" + text;
  }
  if (dice_.chance(20)) {
    const std::size_t most = dice_.around(http::query_bytes_max);
    delivery_.query += (delivery_.query.empty() ? "z=" : "&z=");
    delivery_.query.append(std::max(most, delivery_.query.size()) - delivery_.query.size(), 'z');
  }
  std::string& body = delivery_.body;
  body.clear();
  if (!is_form_) {
    nlohmann::json document = documents_[""];
    if (padding > 0) {
      document["pad"] = std::string(padding, 'p');
    }
    body = document.dump();
    if (dice_.chance(30)) {
      body = with_escapes(body);
    }
    return;
  }
  const auto add = [&body](const std::string& name, const std::string& text) {
    body += (body.empty() ? "" : "&") + name + "=" + text;
  };
  for (const auto& [name, text] : form_) {
    add(name, text);
  }
  for (const auto& [name, document] : documents_) {
    if (!name.empty() && !form_.contains(name)) {
      add(name, document.dump());
    }
  }
  for (const std::string& field : more_fields_) {
    add(field, "x");
  }
  if (padding > 0) {
    add("pad", std::string(padding, 'p'));
  }
}

/// Asks the core for the MAC of one of the trials, and puts it where the placeholder stands. Where
/// the signed text holds the signature, or where nothing can be composed, it stays.
void DeepDelivery::sign(const scheme::Scheme& scheme) {
  const policy::Policy& policy = policy_.policy();
  std::vector<std::byte> storage(gate::call_storage_bytes(delivery_.body.size() + (4U << 20)));
  Arena arena(storage);
  const std::vector<std::string_view> values(policy_.values().begin(), policy_.values().end());
  const std::vector<const scheme::Key*> forward_keys(values.size());
  std::uint16_t hmac_keys = 0;
  const gate::LiveSource live =
      gate::go_live(policy, policy.sources[0], values, forward_keys, hmac_keys, arena);
  std::vector<http::Header> headers;
  for (const harness::Header& header : delivery_.headers) {
    headers.push_back({.name = header.name, .value = header.value});
  }
  http::Delivery delivery;
  delivery.received_ms = deep_now_ms;
  delivery.method = delivery_.method;
  delivery.path = delivery_.path;
  delivery.query = delivery_.query;
  delivery.headers = headers;
  delivery.body_bytes = delivery_.body.size();
  delivery.body_is_here = true;
  delivery.body = bytes_of(delivery_.body);
  delivery.body_form = http::body_form_of(delivery.body, delivery.body_bytes);
  scheme::Reading reading(delivery, arena);
  const auto claims = scheme::read_claims(scheme, live.keys, reading, arena);
  if (!claims.has_value()) {
    return;
  }
  const auto trials = scheme::plan_trials(scheme, live.keys, *claims, live.url, reading, arena);
  if (!trials.has_value() || trials->empty()) {
    return;
  }
  const scheme::Trial& trial = (*trials)[dice_.below(trials->size())];
  if (!scheme::is_mac(trial.rule->algorithm)) {
    return;
  }
  const std::string mac(text_of(scheme::compute_mac(trial, delivery.body, arena)));
  const std::string from = placeholder(*trial.rule, '\0');
  const std::string to =
      encoded(trial.rule->encoding, is_genuine_ ? mac : std::string(mac.rbegin(), mac.rend()));
  const auto replace_in = [&](std::string& text) {
    if (const std::size_t at = text.find(from); at != std::string::npos) {
      text.replace(at, from.size(), to);
    }
  };
  switch (trial.rule->from.place) {
    case Place::header:
      for (harness::Header& header : delivery_.headers) {
        if (header.name == trial.rule->from.name) {
          replace_in(header.value);
        }
      }
      return;
    case Place::query:
      return replace_in(delivery_.query);
    default:
      return replace_in(delivery_.body);
  }
}

}  // namespace postern::fuzz
