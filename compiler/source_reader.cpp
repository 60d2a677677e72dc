#include "compiler/source_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "compiler/coverage.h"
#include "compiler/destination.h"
#include "compiler/header_reader.h"
#include "compiler/hint_reader.h"
#include "compiler/locator_reader.h"
#include "compiler/secrets_reader.h"
#include "postern/policy/source_path.h"
#include "postern/scheme/verify.h"

namespace postern::compiler {
namespace {

constexpr std::uint64_t day_ms = 24ULL * 60 * 60 * 1000;
constexpr std::uint64_t default_retain_ms = 7 * day_ms;
/// Without a signed time a captured delivery never grows old, so the ledger has to remember longer.
constexpr std::uint64_t default_retain_untimed_ms = 30 * day_ms;

constexpr std::uint64_t default_busy_wait_ms = 2000;
constexpr std::uint64_t busy_wait_limit_ms = 30'000;

/// A source's objects; each takes some hundred claims a second.
constexpr std::int64_t shards_limit = 256;

/// A path with a star stands for many, and a text that is signed has one of them in it.
void check_paths(TableReader& reader, const SourceModel& source) {
  const scheme::Scheme& scheme = source.scheme->scheme;
  const bool has_many = source.source.path.ends_with(policy::any_path_below);
  if (has_many && (uses(scheme, scheme::PartKind::path) || uses(scheme, scheme::PartKind::url))) {
    reader.error("path", "signed-path",
                 "this sender signs the address, and a path with a star has many",
                 "a source for each address");
  }
}

/// Where the gate's own routes are, such as the operators'.
constexpr std::string_view own_path_prefix = "/.postern";

void read_path(TableReader& reader, SourceModel& source, PolicyReading& reading) {
  std::string path =
      reading.use == PolicyUse::fixture && !reader.has("path")
          ? fmt::format("/hooks/{}", source.source.name)
          : reader.required_text("path", "the exact path, such as \"/hooks/orders\"");
  const std::size_t star = path.ends_with(policy::any_path_below) ? path.size() - 1 : path.npos;
  const bool clean = std::ranges::all_of(path, [](char character) {
    return character > ' ' && character < '\x7f' && character != '%' && character != '?' &&
           character != '#' && character != '\\';
  });
  if (!path.empty() && (!path.starts_with('/') || !clean || path.contains("//") ||
                        path.contains("..") || path.contains("/./") || path.ends_with("/.") ||
                        path.find('*') != star || path.size() > policy::path_bytes_max)) {
    reader.error("path", "bad-path", "this is not a path that can be compared byte for byte",
                 "begin with \"/\"; no \"//\", \"/./\", \"..\", \"%\", \"?\", \"#\", backslash or "
                 "space; a star only in \"/*\" at the end");
  } else if (path.starts_with(own_path_prefix)) {
    reader.error("path", "bad-path", "this is a path of the gate's own",
                 fmt::format("take one that does not begin with \"{}\"", own_path_prefix));
  }
  source.source.path = reading.model.storage.text(std::move(path));
}

/// How to say by what a source is verified, or which key was meant to: a mistake of its own.
std::string hint_at_scheme(TableReader& reader, const toml::table& source) {
  for (const auto& [key, node] : source) {
    if (const std::string meant = nearest(key.str(), {"provider", "scheme"}); !meant.empty()) {
      static_cast<void>(reader.find(key.str()));
      return fmt::format("did you mean `{}` by `{}`?", meant, key.str());
    }
  }
  return "provider = \"NAME\" (see `postern providers`), or a [scheme] table";
}

/// A scheme from the catalogue; nothing, and a report, where it has none or a broken one.
const SchemeModel* find_provider(TableReader& reader, const std::string& provider,
                                 PolicyReading& reading) {
  const SchemeModel* scheme = reading.catalogue.find(provider, reading.report);
  if (scheme == nullptr && !reading.catalogue.has(provider)) {
    const std::string hint = reading.catalogue.hint_at(provider);
    reader.error("provider", "unknown-provider",
                 fmt::format("no provider \"{}\" in the catalogue", provider),
                 hint.empty() ? "`postern providers` lists them" : hint);
  } else if (scheme == nullptr) {
    reader.error("provider", "broken-provider",
                 fmt::format("the catalogue's file of \"{}\" has errors", provider), "");
  }
  return scheme;
}

/// A scheme from the catalogue or from the source's own table.
void find_scheme(TableReader& reader, SourceModel& source, PolicyReading& reading) {
  source.scheme = &reading.model.unknown_scheme;
  const toml::table* own = reader.table("scheme");
  const std::optional<std::string> provider = reader.text("provider");
  if (own != nullptr && provider.has_value()) {
    reader.error("provider", "two-schemes", "a source has `provider` or `scheme`, not both", "");
  }
  if (own != nullptr) {
    source.scheme = &reading.model.own_schemes.emplace_back(
        read_scheme(*own, SchemeUse::in_source, "custom", reading.model.storage, reading.report));
    return;
  }
  if (provider.has_value()) {
    const SchemeModel* scheme = find_provider(reader, *provider, reading);
    source.scheme = scheme == nullptr ? source.scheme : scheme;
  } else if (!reader.has("provider") && !reader.has("scheme")) {
    reading.report.error(reader.here(), "unverified-source",
                         "nothing says how deliveries to this source are verified",
                         hint_at_scheme(reader, *source.table));
  }
}

void read_times(TableReader& reader, SourceModel& source) {
  const SchemeModel& scheme = *source.scheme;
  const bool timed = scheme.scheme.timestamp.unit != scheme::TimeUnit::none;
  const auto seconds = [&](std::string_view key, std::uint32_t fallback) {
    const auto milliseconds = reader.duration_ms(key, max_age_limit_ms);
    if (milliseconds.has_value() && !timed && is_known(scheme)) {
      reader.error(key, "no-timestamp",
                   fmt::format("`{}` has no effect: this scheme signs no time", key),
                   "leave it out; `retain` is what keeps replays out");
    }
    if (milliseconds.has_value() && *milliseconds % 1000 != 0) {
      reader.error(key, "bad-duration", fmt::format("`{}` is in whole seconds", key), "");
    }
    return milliseconds.has_value() ? static_cast<std::uint32_t>(*milliseconds / 1000) : fallback;
  };
  source.source.max_age_seconds = seconds("max_age", scheme.max_age_seconds);
  source.source.max_future_seconds = seconds("max_future", scheme.max_future_seconds);
  source.source.retain_ms =
      reader.duration_ms("retain", policy::retain_ms_max)
          .value_or(std::max(timed ? default_retain_ms : default_retain_untimed_ms,
                             scheme.sender.horizon_ms.value_or(0)));
  if (source.source.retain_ms == 0) {
    reader.error("retain", "out-of-range", "`retain` is zero: every duplicate would pass", "");
  }
  const std::uint64_t busy_default =
      std::min(default_busy_wait_ms, scheme.sender.timeout_ms.value_or(UINT64_MAX) / 2);
  source.source.busy_wait_ms = static_cast<std::uint32_t>(
      reader.duration_ms("busy_wait", busy_wait_limit_ms).value_or(busy_default));
}

void read_source_identity(TableReader& reader, SourceModel& source, PolicyReading& reading) {
  const toml::node* node = reader.find("identity");
  const std::string word = node == nullptr ? "default" : node->value_or(std::string{});
  const SchemeModel& scheme = *source.scheme;
  std::vector<toml::source_region> unsigned_places;
  if (word == "default") {
    unsigned_places = scheme.unsigned_identities;
  } else if (word == "content" || word == "body") {
    source.source.identity_choice =
        word == "body" ? policy::IdentityChoice::body : policy::IdentityChoice::signed_content;
    const bool covered = word == "body" ? body_is_covered(scheme.scheme, scheme::BodyFormat::any)
                                        : !is_bearer(scheme.scheme);
    if (!covered) {
      unsigned_places.push_back(node->source());
    }
  } else if (word == "none") {
    source.source.identity_choice = policy::IdentityChoice::none;
  } else {
    const auto parts = read_identity(*node, reading.report, reading.model.storage);
    const bool covered = std::ranges::all_of(parts, [&scheme](const scheme::IdentityPart& part) {
      return identity_part_is_signed(scheme.scheme, part, scheme::BodyFormat::any);
    });
    if (!covered) {
      unsigned_places.push_back(node->source());
    }
    source.source.identity_choice = policy::IdentityChoice::custom;
    source.source.identity = reading.model.storage.list(parts);
  }
  for (const UnsignedValue& value : scheme.unsigned_values) {
    if (!source.insecure) {
      reading.report.error(value.place, value.code, std::string(value.message),
                           "insecure = true in the source accepts that");
    }
  }
  for (const toml::source_region& place : unsigned_places) {
    if (!source.insecure && is_known(scheme)) {
      reading.report.error(
          place, "unsigned-identity", "the identity is not covered by the signature",
          "an attacker could name an event before it comes, or replay one under a new name; "
          "insecure = true in the source accepts that");
    }
  }
}

void read_choices(TableReader& reader, SourceModel& source) {
  const auto down = reader.choice("on_ledger_down", {"closed", "open", "queue"});
  source.source.on_ledger_down = static_cast<policy::LedgerDown>(down.value_or(0));
  const auto mode = reader.choice("mode", {"enforce", "observe"});
  source.source.mode = static_cast<policy::Mode>(mode.value_or(0));
  source.source.shards =
      static_cast<std::uint16_t>(reader.integer("shards", 1, shards_limit).value_or(1));
}

/// What the routes say decides what the source says nothing about. Queue mode keeps its promise
/// while the ledger is down only by handing the delivery to the queue; and a copy that travels in
/// the queue has to find the event in the ledger.
void default_by_routes(TableReader& reader, SourceModel& source) {
  bool all_queue = true;
  std::uint64_t horizon_ms = 0;
  for (const RouteModel& route : source.routes) {
    if (route.route.kind == policy::RouteKind::forward) {
      all_queue = all_queue && route.route.deliver == policy::Deliver::queue;
      horizon_ms = std::max(horizon_ms, route.route.retry.horizon_ms);
    }
  }
  if (!reader.has("retain")) {
    source.source.retain_ms = std::max(source.source.retain_ms, horizon_ms);
  }
  if (!reader.has("on_ledger_down") && all_queue && horizon_ms != 0) {
    source.source.on_ledger_down = policy::LedgerDown::queue;
  }
}

void read_allowed_events(TableReader& reader, SourceModel& source, Storage& storage) {
  source.allow_events =
      reader.texts("allow_events", policy::events_max).value_or(std::vector<PlacedText>{});
  std::vector<std::string_view> events;
  for (const PlacedText& event : source.allow_events) {
    if (event.text.empty() || event.text.contains('*')) {
      reader.report().error(event.place, "bad-event", "`allow_events` takes exact event types",
                            "write each type in full; globs belong into a route's `events`");
    }
    events.push_back(storage.text(event.text));
  }
  source.source.allow_events = storage.list(std::move(events));
}

void read_url(TableReader& reader, SourceModel& source, PolicyReading& reading) {
  source.url = read_setting(reader, "url", reading);
  const bool needs_url = uses(source.scheme->scheme, scheme::PartKind::url);
  const bool takes_url = needs_url || !is_known(*source.scheme);
  if (needs_url && !reader.has("url")) {
    reading.report.error(reader.here(), "missing-key", "this scheme signs the address it sends to",
                         "url = \"https://...\": exactly what the sender was given");
  }
  if (!takes_url && reader.has("url")) {
    reader.error("url", "unused-key", "`url` has no effect: this scheme does not sign it",
                 "leave it out");
  }
  if (!source.url.has_value()) {
    return;
  }
  source.source.url = source.url->setting;
  if (source.source.url.slot == policy::Setting::no_slot) {
    const auto fault = check_destination(source.source.url.text, OriginRule::any);
    if (fault.has_value()) {
      reader.error("url", "bad-url", "`url` is not an absolute URL", fault->hint);
    }
  }
}

}  // namespace

std::uint16_t add_setting(std::string name, std::optional<std::string> value, PolicyModel& model) {
  model.settings.push_back({.name = std::move(name), .value = std::move(value)});
  return static_cast<std::uint16_t>(model.settings.size() - 1);
}

std::uint16_t slot_of(const std::string& name, PolicyModel& model) {
  const auto known = std::ranges::find(model.settings, name, &SettingModel::name);
  return known != model.settings.end() ? static_cast<std::uint16_t>(known - model.settings.begin())
                                       : add_setting(name, std::nullopt, model);
}

std::optional<std::uint16_t> environment_slot(const PlacedText& text, PolicyReading& reading) {
  constexpr std::string_view mark = "env:";
  if (!text.text.starts_with(mark) || reading.use == PolicyUse::fixture) {
    return std::nullopt;
  }
  const std::string name = text.text.substr(mark.size());
  const bool well_formed =
      !name.empty() && !(name.front() >= '0' && name.front() <= '9') &&
      name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") ==
          std::string::npos;
  if (!well_formed) {
    reading.report.error(text.place, "bad-env-name",
                         "this is not the name of an environment variable",
                         "env:NAME, of letters, digits and underscores");
  }
  // A slot also for a name that is none: what reads on finds every slot of the model there.
  return slot_of(name, reading.model);
}

std::optional<PlacedSetting> read_setting(TableReader& reader, std::string_view key,
                                          PolicyReading& reading) {
  std::optional<std::string> text = reader.text(key);
  if (!text.has_value()) {
    return std::nullopt;
  }
  return make_setting({std::move(*text), reader.place(key)}, key, reading);
}

std::optional<PlacedSetting> make_setting(PlacedText text, std::string_view key,
                                          PolicyReading& reading) {
  if (text.text.empty()) {
    reading.report.error(text.place, "empty-text", fmt::format("`{}` is empty", key), "");
    return std::nullopt;
  }
  PlacedSetting setting{.setting = {}, .place = text.place};
  if (const auto slot = environment_slot(text, reading); slot.has_value()) {
    setting.setting.slot = *slot;
  } else {
    setting.setting.text = reading.model.storage.text(std::move(text.text));
  }
  return setting;
}

void read_source(const toml::table& table, std::string_view name, PolicyReading& reading) {
  TableReader reader(table, "a source", reading.report);
  SourceModel source;
  source.table = &table;
  source.source.name = reading.model.storage.text(std::string(name));
  if (name.empty() || name.size() > policy::name_bytes_max ||
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_") != std::string_view::npos) {
    reading.report.error(table.source(), "bad-name", "this is not a name of a source",
                         "1 to 64 of a-z, 0-9, \"-\" and \"_\"");
  }
  source.insecure = reader.truth("insecure").value_or(false);
  if (const auto proof = reader.choice("accept_proof", {"signature", "weak", "partial", "token"})) {
    source.accepted_proof = static_cast<scheme::Proof>(*proof + 1);
  }
  source.accepts_one_source = reader.choice("accept_confidence", {"one-source"}).has_value();
  read_path(reader, source, reading);
  find_scheme(reader, source, reading);
  check_paths(reader, source);
  read_source_parameters(reader, source, reading);
  read_secrets(reader, source, reading);
  read_choices(reader, source);
  read_admission(reader, source, reading);
  read_allowed_events(reader, source, reading.model.storage);
  source.forward_headers =
      read_headers(reader, "forward_headers", HeaderPatterns::names, source.scheme);
  source.source.forward_headers = header_texts(source.forward_headers, reading.model.storage);
  source.source.body_bytes_max =
      reader.size_bytes("max_body", policy::body_bytes_limit).value_or(reading.body_bytes_max);
  const auto methods = read_methods(reader);
  source.source.methods = methods.value_or(source.scheme->methods);
  read_times(reader, source);
  read_source_identity(reader, source, reading);
  read_url(reader, source, reading);
  read_routes(reader, source, reading);
  default_by_routes(reader, source);
  read_same_content(reader, source, reading);
  reader.finish();
  reading.model.sources.push_back(std::move(source));
}

}  // namespace postern::compiler
