#include "compiler/scheme_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "compiler/acknowledgement_reader.h"
#include "compiler/challenge_reader.h"
#include "compiler/coverage.h"
#include "compiler/facts_reader.h"
#include "compiler/header_reader.h"
#include "compiler/hint_reader.h"
#include "compiler/key_kinds.h"
#include "compiler/locator_reader.h"
#include "compiler/scheme_check.h"
#include "compiler/sends_reader.h"
#include "compiler/signature_reader.h"
#include "compiler/template_check.h"
#include "compiler/unsigned_values.h"

namespace postern::compiler {
namespace {

using scheme::BodyFormat;
using scheme::EventRule;
using scheme::IdentityKind;
using scheme::IdentityPart;
using scheme::PartKind;
using scheme::Place;

constexpr std::array<std::string_view, 3> method_names = {"POST", "GET", "PUT"};

/// What sources of a provider without own numbers get: most vendors' libraries have it.
constexpr std::uint32_t default_age_seconds = 300;

void read_timestamp(TableReader& parent, SchemeModel& model, Storage& storage) {
  const toml::table* table = parent.table("timestamp");
  if (table == nullptr) {
    return;
  }
  TableReader reader(*table, "a timestamp", parent.report());
  model.scheme.timestamp.from = read_locator_at(reader, "from", "a timestamp's place", storage);
  static_cast<void>(reader.required_text("unit", "such as \"seconds\""));
  const auto unit = reader.choice("unit", {"seconds", "milliseconds", "rfc3339", "iso-utc",
                                           "http-date", "seconds|milliseconds"});
  if (unit.has_value() && model.scheme.timestamp.from.place != Place::none) {
    model.scheme.timestamp.unit = static_cast<scheme::TimeUnit>(*unit + 1);
  }
  if (!reader.has("from")) {
    parent.report().error(reader.here(), "missing-key", "a timestamp needs `from`",
                          "where it stands: from = { header = \"x-timestamp\" }");
  }
  const auto seconds = [&reader](std::string_view key) {
    const auto milliseconds = reader.duration_ms(key, max_age_limit_ms);
    return milliseconds.has_value() ? static_cast<std::uint32_t>(*milliseconds / 1000)
                                    : default_age_seconds;
  };
  model.max_age_seconds = seconds("max_age");
  model.max_future_seconds = seconds("max_future");
  reader.finish();
}

void read_id(TableReader& parent, SchemeModel& model, Storage& storage) {
  const toml::table* table = parent.table("id");
  if (table == nullptr) {
    return;
  }
  TableReader reader(*table, "an id", parent.report());
  model.scheme.id = read_locator_at(reader, "from", "an id's place", storage);
  if (!reader.has("from")) {
    parent.report().error(reader.here(), "missing-key", "an id needs `from`",
                          "where it stands: from = { header = \"webhook-id\" }");
  }
  reader.finish();
}

/// Reads `type` of an event, and decides whether the signature covers it.
void read_type(TableReader& parent, EventRule& rule, const SchemeModel& model, Storage& storage) {
  const toml::table* table = parent.table("type");
  if (table == nullptr) {
    return;
  }
  TableReader reader(*table, "an event type", parent.report());
  rule.type = read_locator(reader, storage).value_or(scheme::Locator{});
  if (reader.truth("number").value_or(false)) {
    rule.type_value = scheme::ValueType::integer;
  }
  rule.type_prefix = storage.text(reader.text("prefix_text").value_or(std::string{}));
  const bool may_be_signed = reader.truth("signed").value_or(true);
  rule.type_is_signed = may_be_signed && rule.type.place != Place::none &&
                        is_covered(model.scheme, rule.type, rule.format);
  reader.finish();
}

/// Reads `id` of an event: without it, the identity where that is one signed value.
void read_event_id(TableReader& parent, EventRule& rule, const SchemeModel& model,
                   Storage& storage) {
  if (parent.has("id")) {
    rule.id = read_locator_at(parent, "id", "an event's id", storage);
    if (rule.id.place != Place::none && !is_covered(model.scheme, rule.id, rule.format)) {
      parent.error("id", "unsigned-id", "the id is not signed: the origin would take it for proved",
                   "a signed header or body field, or leave `id` out");
    }
  } else if (model.scheme.id.place == Place::none && rule.identity.size() == 1 &&
             rule.identity[0].kind == IdentityKind::locator &&
             is_covered(model.scheme, rule.identity[0].at, rule.format)) {
    rule.id = rule.identity[0].at;
  }
}

/// What identifies a delivery of which the file says nothing: all that is signed.
std::vector<IdentityPart> default_identity(const SchemeModel& model) {
  const IdentityKind kind =
      is_bearer(model.scheme) ? IdentityKind::body : IdentityKind::signed_content;
  return {{.kind = kind, .at = {}, .type = {}}};
}

EventRule read_event(const toml::table& table, SchemeUse use, SchemeModel& model, Storage& storage,
                     Report& report) {
  TableReader reader(table, "an event", report);
  EventRule rule;
  rule.format = read_format(reader);
  rule.conditions = read_conditions(reader, "when", storage);
  read_type(reader, rule, model, storage);
  std::vector<IdentityPart> identity = default_identity(model);
  if (const toml::node* node = reader.find("identity"); node != nullptr) {
    identity = read_identity(*node, report, storage);
    const bool is_signed = std::ranges::all_of(identity, [&](const IdentityPart& part) {
      return identity_part_is_signed(model.scheme, part, rule.format);
    });
    if (!is_signed) {
      model.unsigned_identities.push_back(node->source());
    }
  }
  rule.identity = storage.list(std::move(identity));
  read_event_id(reader, rule, model, storage);
  read_hint(reader, use, rule, model, storage);
  reader.finish();
  return rule;
}

void read_events(TableReader& parent, SchemeUse use, SchemeModel& model, Storage& storage) {
  std::vector<EventRule> events;
  for (const toml::table* table : parent.tables("event", scheme::event_rules_max)) {
    events.push_back(read_event(*table, use, model, storage, parent.report()));
  }
  if (events.empty()) {
    EventRule rule;
    rule.identity = storage.list(default_identity(model));
    events.push_back(rule);
  }
  model.scheme.events = storage.list(std::move(events));
}

/// The proof is computed; a file may only say the same.
void read_proof(TableReader& reader, SchemeModel& model) {
  const auto said = reader.choice("proof", {"signature", "weak", "partial", "token"});
  model.proof = proof_of(model.scheme);
  if (said.has_value() && is_known(model) && *said + 1 != static_cast<std::size_t>(model.proof)) {
    reader.error("proof", "proof-mismatch",
                 fmt::format("what is signed makes the proof \"{}\"", name_of(model.proof)),
                 "leave `proof` out: it is computed from `content`");
  }
}

}  // namespace

std::uint8_t method_bits(std::string_view method) {
  const auto name = std::ranges::find(method_names, method);
  return name == method_names.end()
             ? 0
             : static_cast<std::uint8_t>(1U << (name - method_names.begin()));
}

std::optional<std::uint8_t> read_methods(TableReader& reader) {
  const auto texts = reader.texts("methods", method_names.size());
  if (!texts.has_value()) {
    return std::nullopt;
  }
  std::uint8_t bits = 0;
  for (const PlacedText& text : *texts) {
    const std::uint8_t bit = method_bits(text.text);
    if (bit == 0) {
      reader.report().error(text.place, "unknown-value", "this is not a method that is let in",
                            "one of: POST, GET, PUT");
      continue;
    }
    bits = static_cast<std::uint8_t>(bits | bit);
  }
  return bits;
}

SchemeModel read_scheme(const toml::table& table, SchemeUse use, std::string slug, Storage& storage,
                        Report& report) {
  TableReader reader(table, use == SchemeUse::catalogue ? "a provider" : "a scheme", report);
  const std::size_t errors_before = report.errors();
  SchemeModel model;
  model.slug = std::move(slug);
  model.scheme.name = storage.text(model.slug);
  read_facts(reader, use, model);
  model.methods = read_methods(reader).value_or(1);
  std::vector<scheme::SignatureRule> signatures;
  for (const toml::table* rule : reader.tables("signature", scheme::signature_rules_max)) {
    signatures.push_back(read_signature(*rule, storage, report));
  }
  if (!reader.has("signature")) {
    report.error(reader.here(), "missing-key", "a scheme needs [signature]",
                 "algorithm, from, encoding, content and key: how the sender signs");
  }
  model.scheme.signatures = storage.list(std::move(signatures));
  read_timestamp(reader, model, storage);
  read_id(reader, model, storage);
  read_events(reader, use, model, storage);
  model.parameters = read_parameters(reader);
  read_challenges(reader, model, storage);
  read_sends(reader, use, model);
  const auto headers = [&](std::string_view key) {
    return header_texts(read_headers(reader, key, HeaderPatterns::names_and_prefixes, &model),
                        storage);
  };
  model.scheme.headers = headers("headers");
  model.scheme.proof_headers = headers("proof_headers");
  if (const toml::table* sent = reader.table("acknowledgement"); sent != nullptr) {
    model.acknowledgement = read_acknowledgement(*sent, "`acknowledgement`", storage, report);
  }
  model.is_broken = report.errors() != errors_before;
  read_proof(reader, model);
  if (report.errors() == errors_before) {
    check_scheme(reader, model.scheme);
    check_key_kinds(reader, model.scheme.signatures);
  }
  if (report.errors() == errors_before) {
    check_templates(table, model, report);
    check_signed_replies(reader, model);
    model.unsigned_values = find_unsigned_values(table, model);
  }
  if (model.proof == scheme::Proof::token) {
    model.unsigned_identities.clear();  // Nothing is signed, and the label says so.
  }
  reader.finish();
  return model;
}

std::shared_ptr<const scheme::Scheme> read_own_scheme(const toml::table& table, Report& report) {
  const std::size_t errors_before = report.errors();
  auto kept = std::make_shared<KeptScheme>();
  kept->model = read_scheme(table, SchemeUse::in_source, {}, kept->storage, report);
  return report.errors() == errors_before ? share_scheme(kept) : nullptr;
}

}  // namespace postern::compiler
