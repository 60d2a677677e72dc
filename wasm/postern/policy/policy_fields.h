#pragma once

#include "postern/base/fields.h"
#include "postern/http/body_form.h"
#include "postern/policy/policy.h"

// The form of a policy file behind its magic: the one list of fields by which `encode` writes it
// and `decode` reads it, with the limits of single fields. What must hold between fields is in
// policy_decode.cpp.

namespace postern::policy {

inline constexpr auto text_field =
    make_text_field<std::string_view, std::string_view>(0, text_bytes_max);

/// A text as long as any may be, and a list of such texts.
#define POSTERN_POLICY_TEXT(Record, member) POSTERN_TEXT_FIELD(Record, member, text_bytes_max)
#define POSTERN_POLICY_TEXTS(Record, member, most) \
  POSTERN_LIST_FIELD(Record, member, 16, most, text_field)

inline constexpr auto locator_fields = list_fields(
    POSTERN_ENUM_FIELD(scheme::Locator, place, scheme::Place::none, scheme::place_last),
    POSTERN_WHEN_BETWEEN(
        scheme::Locator, place, 1, scheme::place_last, POSTERN_POLICY_TEXT(scheme::Locator, name),
        POSTERN_FIELD(scheme::Locator, has_pointer),
        POSTERN_WHEN(scheme::Locator, has_pointer, 1,
                     POSTERN_POLICY_TEXTS(scheme::Locator, pointer.tokens, pointer_tokens_max)),
        POSTERN_FIELD(scheme::Locator, separator),
        POSTERN_WHEN_BETWEEN(
            scheme::Locator, separator, 1, 0xFF, POSTERN_FIELD(scheme::Locator, groups),
            POSTERN_FIELD(scheme::Locator, has_blanks),
            POSTERN_NUMBER_FIELD(scheme::Locator, skip, 0, scheme::counted_items_max),
            POSTERN_NUMBER_FIELD(scheme::Locator, take, 0, scheme::counted_items_max)),
        POSTERN_FIELD(scheme::Locator, pair), POSTERN_POLICY_TEXT(scheme::Locator, item),
        POSTERN_POLICY_TEXT(scheme::Locator, prefix)));

inline constexpr auto part_fields = list_fields(
    POSTERN_ENUM_FIELD(scheme::Part, kind, scheme::PartKind::literal, scheme::PartKind::truth),
    POSTERN_POLICY_TEXT(scheme::Part, text),
    POSTERN_POLICY_TEXTS(scheme::Part, pointer.tokens, pointer_tokens_max),
    POSTERN_PLAIN_FIELD(scheme::Part, alphabet),
    POSTERN_NUMBER_FIELD(scheme::Part, optional, 0, scheme::optionals_max));

#define POSTERN_FORMAT_FIELD(Record) \
  POSTERN_ENUM_FIELD(Record, format, scheme::BodyFormat::any, scheme::BodyFormat::form)

inline constexpr auto signature_fields = list_fields(
    POSTERN_ENUM_FIELD(scheme::SignatureRule, algorithm, scheme::algorithm_first,
                       scheme::algorithm_last),
    POSTERN_FORMAT_FIELD(scheme::SignatureRule),
    POSTERN_SHARED_FIELD(scheme::SignatureRule, from, locator_fields),
    POSTERN_ENUM_FIELD(scheme::SignatureRule, encoding, scheme::Encoding::text,
                       scheme::Encoding::hex_any),
    POSTERN_LIST_FIELD(scheme::SignatureRule, content, 16, scheme::content_parts_max,
                       shared_element(part_fields)),
    POSTERN_ENUM_FIELD(scheme::SignatureRule, key.form, scheme::KeyForm::utf8,
                       scheme::KeyForm::base64url),
    POSTERN_POLICY_TEXT(scheme::SignatureRule, key.prefix),
    POSTERN_ENUM_FIELD(scheme::SignatureRule, key.prefix_rule, scheme::PrefixRule::optional,
                       scheme::PrefixRule::required),
    POSTERN_FIELD(scheme::SignatureRule, key.bytes_min),
    POSTERN_FIELD(scheme::SignatureRule, key.bytes_max),
    POSTERN_WHEN(scheme::SignatureRule, key.form, scheme::KeyForm::fetched,
                 POSTERN_SHARED_FIELD(scheme::SignatureRule, fetch.url, locator_fields),
                 POSTERN_POLICY_TEXTS(scheme::SignatureRule, fetch.hosts, fetch_names_max),
                 POSTERN_POLICY_TEXT(scheme::SignatureRule, fetch.path_prefix),
                 POSTERN_POLICY_TEXTS(scheme::SignatureRule, fetch.names, fetch_names_max),
                 POSTERN_FIELD(scheme::SignatureRule, fetch.cache_seconds)),
    POSTERN_ENUM_FIELD(scheme::SignatureRule, ports, scheme::PortRule::exact,
                       scheme::PortRule::either),
    POSTERN_POLICY_TEXT(scheme::SignatureRule, body_hash_query));

inline constexpr auto condition_fields =
    list_fields(POSTERN_ENUM_FIELD(scheme::Condition, test, scheme::Condition::Test::present,
                                   scheme::Condition::Test::parameter),
                POSTERN_SHARED_FIELD(scheme::Condition, at, locator_fields),
                POSTERN_POLICY_TEXT(scheme::Condition, text),
                POSTERN_WHEN(scheme::Condition, test, scheme::Condition::Test::parameter,
                             POSTERN_FIELD(scheme::Condition, parameter)));

inline constexpr auto identity_fields =
    list_fields(POSTERN_ENUM_FIELD(scheme::IdentityPart, kind, scheme::IdentityKind::locator,
                                   scheme::IdentityKind::body),
                POSTERN_SHARED_FIELD(scheme::IdentityPart, at, locator_fields),
                POSTERN_ENUM_FIELD(scheme::IdentityPart, type, scheme::ValueType::string,
                                   scheme::ValueType::integer));

inline constexpr auto event_fields =
    list_fields(POSTERN_FORMAT_FIELD(scheme::EventRule),
                POSTERN_LIST_FIELD(scheme::EventRule, conditions, 16, scheme::conditions_max,
                                   shared_element(condition_fields)),
                POSTERN_LIST_FIELD(scheme::EventRule, identity, 16, scheme::identity_parts_max,
                                   shared_element(identity_fields)),
                POSTERN_SHARED_FIELD(scheme::EventRule, type, locator_fields),
                POSTERN_ENUM_FIELD(scheme::EventRule, type_value, scheme::ValueType::string,
                                   scheme::ValueType::integer),
                POSTERN_POLICY_TEXT(scheme::EventRule, type_prefix),
                POSTERN_SHARED_FIELD(scheme::EventRule, id, locator_fields),
                POSTERN_FIELD(scheme::EventRule, type_is_signed),
                POSTERN_ENUM_FIELD(scheme::EventRule, same_content, scheme::SameContent::absorb,
                                   scheme::SameContent::mark),
                POSTERN_POLICY_TEXTS(scheme::EventRule, hints, scheme::hints_max));

inline constexpr auto reply_fields =
    list_fields(POSTERN_ENUM_FIELD(scheme::ReplyPart, kind, scheme::ReplyPartKind::literal,
                                   scheme::ReplyPartKind::parameter),
                POSTERN_TEXT_FIELD(scheme::ReplyPart, header, name_bytes_max),
                POSTERN_WHEN(scheme::ReplyPart, kind, scheme::ReplyPartKind::literal,
                             POSTERN_POLICY_TEXT(scheme::ReplyPart, text)),
                POSTERN_WHEN_BETWEEN(scheme::ReplyPart, kind, scheme::ReplyPartKind::value,
                                     scheme::ReplyPartKind::hmac_base64,
                                     POSTERN_SHARED_FIELD(scheme::ReplyPart, at, locator_fields)),
                POSTERN_WHEN(scheme::ReplyPart, kind, scheme::ReplyPartKind::parameter,
                             POSTERN_FIELD(scheme::ReplyPart, parameter)));

inline constexpr auto challenge_fields = list_fields(
    POSTERN_ENUM_FIELD(scheme::Challenge, proof, scheme::ChallengeProof::signed_delivery,
                       scheme::ChallengeProof::unsigned_probe),
    POSTERN_FORMAT_FIELD(scheme::Challenge), POSTERN_POLICY_TEXT(scheme::Challenge, method),
    POSTERN_LIST_FIELD(scheme::Challenge, conditions, 16, scheme::conditions_max,
                       shared_element(condition_fields)),
    POSTERN_FIELD(scheme::Challenge, status), POSTERN_POLICY_TEXT(scheme::Challenge, content_type),
    POSTERN_LIST_FIELD(scheme::Challenge, reply, 16, scheme::reply_parts_max, reply_fields));

inline constexpr auto scheme_fields = list_fields(
    POSTERN_TEXT_FIELD(scheme::Scheme, name, name_bytes_max),
    POSTERN_LIST_FIELD(scheme::Scheme, signatures, 16, scheme::signature_rules_max,
                       signature_fields),
    POSTERN_ENUM_FIELD(scheme::Scheme, timestamp.unit, scheme::TimeUnit::none,
                       scheme::TimeUnit::either),
    POSTERN_SHARED_FIELD(scheme::Scheme, timestamp.from, locator_fields),
    POSTERN_SHARED_FIELD(scheme::Scheme, id, locator_fields),
    POSTERN_PLAIN_FIELD(scheme::Scheme, id_alphabet),
    POSTERN_LIST_FIELD(scheme::Scheme, events, 16, scheme::event_rules_max, event_fields),
    POSTERN_LIST_FIELD(scheme::Scheme, challenges, 16, scheme::challenges_max, challenge_fields),
    POSTERN_NUMBER_FIELD(scheme::Scheme, sends, 1, http::any_body_form),
    POSTERN_FIELD(scheme::Scheme, key_signs_more),
    POSTERN_POLICY_TEXTS(scheme::Scheme, headers, scheme::listed_headers_max),
    POSTERN_POLICY_TEXTS(scheme::Scheme, proof_headers, scheme::listed_headers_max));

inline constexpr auto setting_fields =
    list_fields(POSTERN_FIELD(Setting, slot),
                POSTERN_WHEN(Setting, slot, Setting::no_slot, POSTERN_POLICY_TEXT(Setting, text)));

inline constexpr auto destination_fields = list_fields(
    POSTERN_SHARED_FIELD(Destination, to, setting_fields),
    POSTERN_LIST_FIELD(Destination, signers, 16, signers_max, scalar_field<std::uint16_t>()));

inline constexpr auto filter_value_fields =
    list_fields(POSTERN_ENUM_FIELD(FilterValue, type, json::Type::string, json::Type::boolean),
                POSTERN_POLICY_TEXT(FilterValue, text));

inline constexpr auto filter_fields =
    list_fields(POSTERN_POLICY_TEXTS(Filter, pointer.tokens, pointer_tokens_max),
                POSTERN_LIST_FIELD(Filter, values, 16, filter_values_max, filter_value_fields));

inline constexpr auto retry_fields = list_fields(
    POSTERN_ENUM_FIELD(Retry, kind, RetryKind::exponential, RetryKind::list),
    POSTERN_NUMBER_FIELD(Retry, jitter_percent, 0, 100), POSTERN_FIELD(Retry, attempts),
    POSTERN_FIELD(Retry, first_ms), POSTERN_FIELD(Retry, longest_ms),
    POSTERN_FIELD(Retry, horizon_ms),
    POSTERN_LIST_FIELD(Retry, delays_ms, 16, retry_delays_max, scalar_field<std::uint32_t>()));

inline constexpr auto route_fields =
    list_fields(POSTERN_ENUM_FIELD(Route, kind, RouteKind::forward, RouteKind::answer),
                POSTERN_POLICY_TEXTS(Route, events, events_max),
                POSTERN_LIST_FIELD(Route, filters, 16, filters_max, filter_fields),
                POSTERN_LIST_FIELD(Route, to, 16, destinations_max, destination_fields),
                POSTERN_ENUM_FIELD(Route, deliver, Deliver::proxy, Deliver::queue),
                POSTERN_RECORD_FIELD(Route, retry, retry_fields), POSTERN_FIELD(Route, timeout_ms),
                POSTERN_FIELD(Route, answer_status));

inline constexpr auto address_range_fields =
    list_fields(POSTERN_FIELD(AddressRange, address),
                POSTERN_NUMBER_FIELD(AddressRange, prefix_bits, 0, 8 * 16));

/// Methods that a source can take: POST, GET and PUT, of which it takes at least one.
inline constexpr std::uint8_t methods_all = 0b111;

inline constexpr auto source_fields = list_fields(
    POSTERN_TEXT_FIELD(Source, name, name_bytes_max),
    POSTERN_TEXT_FIELD(Source, path, path_bytes_max),
    POSTERN_NUMBER_FIELD(Source, methods, 1, methods_all), POSTERN_FIELD(Source, scheme),
    POSTERN_LIST_FIELD(Source, secrets, 16, source_secrets_max, scalar_field<std::uint16_t>()),
    POSTERN_FIELD(Source, max_age_seconds), POSTERN_FIELD(Source, max_future_seconds),
    POSTERN_FIELD(Source, body_bytes_max), POSTERN_FIELD(Source, retain_ms),
    POSTERN_FIELD(Source, lease_ms), POSTERN_FIELD(Source, busy_wait_ms),
    POSTERN_FIELD(Source, shards),
    POSTERN_ENUM_FIELD(Source, on_ledger_down, LedgerDown::closed, LedgerDown::queue),
    POSTERN_ENUM_FIELD(Source, mode, Mode::enforce, Mode::observe),
    POSTERN_SHARED_FIELD(Source, url, setting_fields),
    POSTERN_LIST_FIELD(Source, parameters, 16, scheme::parameters_max,
                       shared_element(setting_fields)),
    POSTERN_ENUM_FIELD(Source, identity_choice, IdentityChoice::scheme, IdentityChoice::none),
    POSTERN_LIST_FIELD(Source, identity, 16, scheme::identity_parts_max,
                       shared_element(identity_fields)),
    POSTERN_ENUM_FIELD(Source, same_content, scheme::SameContent::unsaid,
                       scheme::SameContent::refuse),
    POSTERN_POLICY_TEXTS(Source, types, types_max),
    POSTERN_POLICY_TEXTS(Source, allow_events, events_max),
    POSTERN_POLICY_TEXTS(Source, forward_headers, scheme::listed_headers_max),
    POSTERN_LIST_FIELD(Source, allow_addresses, 16, address_ranges_max, address_range_fields),
    POSTERN_ENUM_FIELD(Source, rate_limit.by, LimitBy::none, LimitBy::address),
    POSTERN_FIELD(Source, rate_limit.requests), POSTERN_FIELD(Source, rate_limit.period_seconds),
    POSTERN_POLICY_TEXT(Source, acknowledgement.content_type),
    POSTERN_TEXT_FIELD(Source, acknowledgement.body, acknowledgement_bytes_max),
    POSTERN_LIST_FIELD(Source, routes, 16, routes_max, route_fields));

inline constexpr auto policy_fields = list_fields(
    POSTERN_FIELD(Policy, features), POSTERN_POLICY_TEXTS(Policy, settings, secrets_max),
    POSTERN_FIELD(Policy, rehearsal), POSTERN_FIELD(Policy, gate.require_https),
    POSTERN_FIELD(Policy, gate.allow_private_origins),
    POSTERN_LIST_FIELD(Policy, schemes, 16, sources_max, scheme_fields),
    POSTERN_LIST_FIELD(Policy, sources, 16, sources_max, source_fields));

#undef POSTERN_FORMAT_FIELD
#undef POSTERN_POLICY_TEXTS
#undef POSTERN_POLICY_TEXT

}  // namespace postern::policy
