#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "postern/policy/policy.h"

// A policy by hand, for the tests of its file.

namespace postern::policy::sample {

using scheme::Place;

inline constexpr std::array<std::string_view, 2> id_tokens = {"data", "id"};
inline constexpr std::array<std::string_view, 1> type_tokens = {"type"};
inline constexpr std::array<std::string_view, 1> challenge_tokens = {"challenge"};
inline constexpr std::array<std::string_view, 1> hosts = {"certs.example.com"};
inline constexpr std::array<std::string_view, 1> names = {"signer.example.com"};
inline constexpr std::array<std::string_view, 3> settings = {"SECRET", "SECRET_OLD", "ORIGIN_URL"};
inline constexpr std::array<std::uint16_t, 2> slots = {0, 1};
inline constexpr std::array<std::string_view, 2> globs = {"charge.*", "*"};
inline constexpr std::array accepted = {FilterValue{.type = json::Type::string, .text = "usd"},
                                        FilterValue{.type = json::Type::boolean, .text = "true"}};
inline constexpr std::array<std::string_view, 1> allowed = {"charge.failed"};
inline constexpr std::array<std::string_view, 2> scheme_headers = {"x-shop-*", "user-agent"};
inline constexpr std::array<std::string_view, 1> proof_headers = {"x-old-signature"};
inline constexpr std::array<std::string_view, 1> source_headers = {"traceparent"};

inline constexpr scheme::Locator header(std::string_view name) {
  scheme::Locator locator;
  locator.place = Place::header;
  locator.name = name;
  return locator;
}

inline constexpr scheme::Locator body(std::span<const std::string_view> tokens) {
  scheme::Locator locator;
  locator.place = Place::body;
  locator.pointer.tokens = tokens;
  locator.has_pointer = true;
  return locator;
}

/// A policy that uses every field of the model at least once, and what it borrows from.
struct Sample {
  std::array<scheme::Part, 3> content{};
  std::array<scheme::ReplyPart, 4> reply{};
  std::array<scheme::SignatureRule, 2> signatures{};
  std::array<scheme::Condition, 1> conditions{};
  std::array<scheme::Condition, 3> asked{};
  std::array<Setting, 1> parameters{};
  std::array<scheme::IdentityPart, 2> identity{};
  std::array<scheme::EventRule, 1> events{};
  std::array<std::string_view, 1> hints = {"x-delivery-id"};
  std::array<scheme::Challenge, 1> challenges{};
  std::array<scheme::Scheme, 1> schemes{};
  std::array<Filter, 1> filters{};
  std::array<Destination, 1> to{};
  std::array<std::uint32_t, 2> delays = {1000, 60'000};
  std::array<AddressRange, 1> ranges{};
  std::array<Route, 2> routes{};
  std::array<Source, 1> sources{};
  std::array<std::byte, 2> rehearsal = {std::byte{9}, std::byte{8}};
  Policy policy;

  Sample() {
    content[0].kind = scheme::PartKind::timestamp;
    content[1].text = ".";
    content[2].kind = scheme::PartKind::body;
    fill_scheme();
    fill_source();
    policy.gate.allow_private_origins = true;
    policy.settings = settings;
    policy.rehearsal = rehearsal;
    policy.schemes = schemes;
    policy.sources = sources;
  }
  Sample(const Sample&) = delete;
  Sample& operator=(const Sample&) = delete;

  void fill_scheme() {
    signatures[0].from = header("x-signature");
    signatures[0].from.separator = ',';
    signatures[0].from.pair = '=';
    signatures[0].from.item = "v1";
    signatures[0].from.prefix = "sha256:";
    signatures[0].content = content;
    signatures[0].key = {.form = scheme::KeyForm::base64,
                         .prefix = "whsec_",
                         .prefix_rule = scheme::PrefixRule::required,
                         .bytes_min = 24,
                         .bytes_max = 64};
    signatures[0].ports = scheme::PortRule::either;
    signatures[0].body_hash_query = "bodySHA256";
    signatures[1] = signatures[0];
    signatures[1].algorithm = scheme::Algorithm::rsa_pkcs1_sha256;
    signatures[1].format = scheme::BodyFormat::json;
    signatures[1].encoding = scheme::Encoding::base64;
    signatures[1].key = {};
    signatures[1].key.form = scheme::KeyForm::fetched;
    signatures[1].fetch = {.url = header("x-cert-url"),
                           .hosts = hosts,
                           .path_prefix = "/certs/",
                           .names = names,
                           .cache_seconds = 3600};
    conditions[0].test = scheme::Condition::Test::equals;
    conditions[0].at = body(type_tokens);
    conditions[0].text = "url_verification";
    identity[0].kind = scheme::IdentityKind::locator;
    identity[0].at = body(id_tokens);
    identity[0].type = scheme::ValueType::integer;
    identity[1].kind = scheme::IdentityKind::signed_content;
    events[0].format = scheme::BodyFormat::json;
    events[0].conditions = conditions;
    events[0].identity = identity;
    events[0].type = body(type_tokens);
    events[0].type_prefix = "interaction.";
    events[0].same_content = scheme::SameContent::mark;
    events[0].hints = hints;
    events[0].id = header("x-event");
    events[0].type_is_signed = true;
    asked[0] = conditions[0];
    asked[1].test = scheme::Condition::Test::parameter;
    asked[1].at = body(id_tokens);
    asked[1].parameter = 0;
    asked[2].test = scheme::Condition::Test::token;
    asked[2].at = header("x-hook");
    reply[0].kind = scheme::ReplyPartKind::value;
    reply[0].at = body(challenge_tokens);
    reply[1].kind = scheme::ReplyPartKind::parameter;
    reply[1].header = "x-told";
    reply[1].parameter = 0;
    reply[2].kind = scheme::ReplyPartKind::value;
    reply[2].header = "x-hook";
    reply[2].at = header("x-hook");
    reply[3].header = "x-hook";
    reply[3].text = " of the sample";
    challenges[0] = {.proof = scheme::ChallengeProof::unsigned_probe,
                     .format = scheme::BodyFormat::json,
                     .method = "POST",
                     .conditions = asked,
                     .status = 200,
                     .content_type = "text/plain",
                     .reply = reply};
    schemes[0].name = "sample";
    schemes[0].signatures = signatures;
    schemes[0].timestamp = {.unit = scheme::TimeUnit::milliseconds, .from = header("x-time")};
    schemes[0].id = header("x-id");
    schemes[0].id_alphabet.add('!');
    schemes[0].id_alphabet.add('~');
    schemes[0].events = events;
    schemes[0].challenges = challenges;
    schemes[0].sends = http::set_of(http::BodyForm::json);
    schemes[0].key_signs_more = true;
    schemes[0].headers = scheme_headers;
    schemes[0].proof_headers = proof_headers;
  }

  void fill_source() {
    filters[0].pointer.tokens = id_tokens;
    filters[0].values = accepted;
    routes[0].events = globs;
    routes[0].filters = filters;
    to[0].to.slot = 2;
    to[0].signers = slots;
    routes[0].to = to;
    routes[0].deliver = Deliver::queue;
    routes[0].retry = {.kind = RetryKind::list,
                       .jitter_percent = 20,
                       .attempts = 4,
                       .first_ms = 1000,
                       .longest_ms = 60'000,
                       .horizon_ms = 86'400'000,
                       .delays_ms = delays};
    routes[0].timeout_ms = 8000;
    routes[1].kind = RouteKind::answer;
    routes[1].events = std::span(globs).last(1);
    routes[1].answer_status = 202;
    Source& source = sources[0];
    source.name = "sample";
    source.path = "/hooks/sample";
    source.methods = 5;
    source.secrets = slots;
    source.max_age_seconds = 300;
    source.max_future_seconds = 60;
    source.body_bytes_max = 1 << 20;
    source.retain_ms = 604'800'000;
    source.lease_ms = 13'000;
    source.busy_wait_ms = 2000;
    source.shards = 4;
    source.on_ledger_down = LedgerDown::open;
    source.url.text = "https://hooks.example.com/hooks/sample";
    parameters[0].text = "what-the-operator-typed-in";
    source.parameters = parameters;
    source.identity_choice = IdentityChoice::custom;
    source.identity = identity;
    source.same_content = scheme::SameContent::refuse;
    source.types = allowed;
    source.allow_events = allowed;
    source.forward_headers = source_headers;
    ranges[0] = {.address = {std::byte{0x20}, std::byte{0x01}}, .prefix_bits = 16};
    source.allow_addresses = ranges;
    source.rate_limit = {.by = LimitBy::address, .requests = 600, .period_seconds = 60};
    source.acknowledgement = {.content_type = "text/plain", .body = "[accepted]"};
    source.mode = Mode::observe;
    source.routes = routes;
  }
};

}  // namespace postern::policy::sample
