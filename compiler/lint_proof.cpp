#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "compiler/coverage.h"
#include "compiler/lint.h"
#include "compiler/reply_proof.h"
#include "compiler/secret_bytes.h"
#include "compiler/template_proof.h"
#include "postern/http/url.h"

// What a source's signatures leave open: how little they prove, and other addresses under the same
// secret whose signed texts begin as this one's do.

namespace postern::compiler {
namespace {

using scheme::PartKind;
using scheme::Proof;

constexpr std::uint8_t get_method_bit = 2;

std::string_view what_is_open(Proof proof) {
  switch (proof) {
    case Proof::token:
      return "only a token is shown: whoever reads one delivery can write others";
    case Proof::weak:
      return "what is signed is a checksum of the body, or a plain hash that can be taken on or "
             "met: "
             "whoever holds one delivery can write another body that fits it";
    default:
      return "only the parts that `content` names are signed: whoever holds one delivery can write "
             "another body";
  }
}

void lint_accepted_proof(const SourceModel& source, Report& report) {
  const Proof proof = source.scheme->proof;
  const std::string word(name_of(proof));
  const toml::table& table = *source.table;
  if (source.accepted_proof.has_value() && *source.accepted_proof != proof) {
    report.error(
        place_of(table, "accept_proof"), "proof-mismatch",
        fmt::format("what this source lets in is proved by \"{}\"", word),
        proof == Proof::signature ? "leave it out" : fmt::format("accept_proof = \"{}\"", word));
  } else if (!source.accepted_proof.has_value() && proof != Proof::signature) {
    report.warn(place_of(table, table.contains("provider") ? "provider" : "scheme"),
                "unsigned-body", std::string(what_is_open(proof)),
                fmt::format("accept_proof = \"{}\" in the source says that you know", word));
  }
}

/// What one page says of a sender, and nobody else confirms, may be a slip of that page.
void lint_confidence(const SourceModel& source, Report& report) {
  const toml::table& table = *source.table;
  if (source.scheme->confidence == one_source && !source.accepts_one_source) {
    report.warn(place_of(table, table.contains("provider") ? "provider" : "scheme"), "one-source",
                "how this sender signs stands in one source, and nothing else confirms it",
                "try it with a delivery of your own; accept_confidence = \"one-source\" in the "
                "source says that you know");
  } else if (source.scheme->confidence.empty() && source.accepts_one_source) {
    report.error(place_of(table, "accept_confidence"), "unused-key",
                 "`accept_confidence` has no effect: a scheme of one's own says nothing of it",
                 "leave it out");
  }
}

/// The text of a setting: its own, or what the environment has for it.
std::optional<std::string> text_of_setting(const PolicyModel& model, const PlacedSetting& setting,
                                           const Environment& environment) {
  if (setting.setting.slot == policy::Setting::no_slot) {
    return std::string(setting.setting.text);
  }
  const auto value = environment.values.find(model.settings[setting.setting.slot].name);
  return value == environment.values.end() ? std::nullopt : std::optional(value->second);
}

/// The spellings under which a sender may sign `url`.
std::vector<std::string> spellings_of(const std::string& url) {
  std::vector<std::string> spellings = {url};
  const auto parsed = http::parse_url(url);
  if (parsed.has_value()) {
    const auto host_end =
        static_cast<std::size_t>(parsed->host.data() + parsed->host.size() - url.data());
    const std::size_t tail = host_end + (parsed->port.empty() ? 0 : 1 + parsed->port.size());
    const std::string_view port = !parsed->port.empty()       ? ""
                                  : parsed->scheme == "https" ? ":443"
                                                              : ":80";
    spellings.push_back(url.substr(0, host_end) + std::string(port) + url.substr(tail));
  }
  return spellings;
}

/// Whether two texts are one key by some rules of two schemes: with a prefix and without it, say.
bool make_one_key(const scheme::Scheme& left, const std::string& text, const scheme::Scheme& right,
                  const std::string& other) {
  const auto keys_of = [](const scheme::Scheme& scheme, const std::string& secret) {
    std::vector<std::string> keys;
    for (const scheme::SignatureRule& rule : scheme.signatures) {
      if (const auto bytes = secret_bytes(rule, secret); bytes.has_value()) {
        keys.push_back(scheme::is_hmac(rule.algorithm) ? hmac_key(rule.algorithm, *bytes) : *bytes);
      }
    }
    return keys;
  };
  const std::vector<std::string> keys = keys_of(left, text);
  return std::ranges::any_of(keys_of(right, other), [&](const std::string& key) {
    return std::ranges::find(keys, key) != keys.end();
  });
}

bool share_secret(const PolicyModel& model, const SourceModel& left, const SourceModel& right,
                  const Environment& environment) {
  const auto value_of = [&](const SecretModel& secret) -> std::optional<std::string> {
    if (secret.slot == policy::Setting::no_slot) {
      return secret.literal;
    }
    const auto value = environment.values.find(model.settings[secret.slot].name);
    return value == environment.values.end() ? std::nullopt : std::optional(value->second);
  };
  return std::ranges::any_of(left.secrets, [&](const SecretModel& one) {
    return std::ranges::any_of(right.secrets, [&](const SecretModel& other) {
      const bool is_same_slot = one.slot != policy::Setting::no_slot && one.slot == other.slot;
      const auto value = value_of(one);
      const auto other_value = value_of(other);
      return is_same_slot ||
             (value.has_value() && other_value.has_value() &&
              (value == other_value ||
               make_one_key(left.scheme->scheme, *value, right.scheme->scheme, *other_value)));
    });
  });
}

/// Whether `longer` goes on behind `address` with one of `behind`.
bool continues(const std::string& address, const std::string& longer, const ByteSet& behind) {
  return longer.size() > address.size() && longer.starts_with(address) &&
         behind[static_cast<unsigned char>(longer[address.size()])];
}

/// What a signed text of `source` can have behind its address: what the content has there, and the
/// query of a GET or with a body's hash.
ByteSet behind_url(const SourceModel& source, const std::string& url) {
  const scheme::Scheme& scheme = source.scheme->scheme;
  ByteSet behind = behind_address(scheme, PartKind::url);
  const bool has_query = (source.source.methods & get_method_bit) != 0 ||
                         std::ranges::any_of(scheme.signatures, [](const auto& rule) {
                           return !rule.body_hash_query.empty();
                         });
  if (has_query) {
    behind.set(url.contains('?') ? '&' : '?');
  }
  return behind;
}

bool is_url_continued(const std::string& url, const std::string& other, const ByteSet& behind) {
  for (const std::string& address : spellings_of(url)) {
    for (const std::string& longer : spellings_of(other)) {
      if (continues(address, longer, behind)) {
        return true;
      }
    }
  }
  return false;
}

void report_continued(const SourceModel& other, const toml::source_region& place, Report& report) {
  report.error(place, "address-continued",
               fmt::format("the address of source `{}`, which has the same secret, goes on where "
                           "this one ends: what is signed for it would pass here",
                           other.source.name),
               "give one of them an address that is not the beginning of the other");
}

void lint_address(const PolicyModel& model, const SourceModel& source, const SourceModel& other,
                  const Environment& environment, Report& report) {
  const scheme::Scheme& scheme = source.scheme->scheme;
  if (uses(scheme, PartKind::path) && uses(other.scheme->scheme, PartKind::path) &&
      continues(std::string(source.source.path), std::string(other.source.path),
                behind_address(scheme, PartKind::path))) {
    report_continued(other, place_of(*source.table, "path"), report);
  }
  if (!source.url.has_value() || !other.url.has_value()) {
    return;
  }
  const auto url = text_of_setting(model, *source.url, environment);
  const auto longer = text_of_setting(model, *other.url, environment);
  if (url.has_value() && longer.has_value() &&
      is_url_continued(*url, *longer, behind_url(source, *url))) {
    report_continued(other, place_of(*source.table, "url"), report);
  }
}

/// What the gate signs for whoever asks `source` must be no delivery to `other` either.
void lint_signed_replies(const SourceModel& source, const SourceModel& other, Report& report) {
  if (!std::ranges::any_of(source.scheme->scheme.challenges, computes_reply)) {
    return;
  }
  if (const auto part = signs_token(other.scheme->scheme); part.has_value()) {
    report.error(place_of(*source.table, "secrets"), "reply-signs-deliveries",
                 fmt::format("source `{}` has the same secret, and a token can be all that is "
                             "signed of its deliveries: whoever asks this source for a computed "
                             "reply could have them signed",
                             other.source.name),
                 "give each source a secret of its own");
  }
}

}  // namespace

void lint_proof(const PolicyModel& model, const Environment& environment, Report& report) {
  for (const SourceModel& source : model.sources) {
    if (!is_known(*source.scheme)) {
      continue;
    }
    if (!source.scheme->is_broken) {
      lint_accepted_proof(source, report);
      lint_confidence(source, report);
    }
    for (const SourceModel& other : model.sources) {
      if (&source != &other && is_known(*other.scheme) &&
          share_secret(model, source, other, environment)) {
        lint_address(model, source, other, environment, report);
        lint_signed_replies(source, other, report);
      }
    }
  }
}

}  // namespace postern::compiler
