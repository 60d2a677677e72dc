#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "compiler/lint.h"
#include "compiler/published_secrets.h"
#include "compiler/secret_bytes.h"
#include "compiler/source_reader.h"

namespace postern::compiler {
namespace {

/// 128 bits: below that, a captured delivery lets its secret be searched for.
constexpr std::size_t secret_bytes_least = 16;

bool is_shared(scheme::Algorithm algorithm) { return !scheme::is_asymmetric(algorithm); }

bool begins_as(const scheme::SignatureRule& rule, std::string_view value) {
  return rule.key.prefix_rule == scheme::PrefixRule::optional || value.starts_with(rule.key.prefix);
}

/// Why no rule takes `value`: what the rule says whose prefix it has, or else that it has none.
SecretFault explain(const SourceModel& source, const std::string& value) {
  const auto& rules = source.scheme->scheme.signatures;
  std::vector<std::string> forms;
  std::vector<std::string> prefixes;
  std::optional<SecretFault> found;
  for (const scheme::SignatureRule& rule : rules) {
    forms.push_back(show_form(rule));
    if (begins_as(rule, value)) {
      // A fault of a key that decodes says more than that another rule could not decode it.
      if (!found.has_value() || found->code == "undecodable-secret") {
        found = secret_bytes(rule, value).error();
      }
    } else {
      prefixes.push_back(fmt::format("`{}` for a {}", rule.key.prefix,
                                     is_shared(rule.algorithm) ? "shared secret" : "public key"));
    }
  }
  if (!found.has_value()) {
    return {"secret-prefix",
            fmt::format("this secret does not begin with {}", fmt::join(prefixes, ", or ")),
            fmt::format("without it nobody can tell what it is: {}", fmt::join(forms, ", or "))};
  }
  if (found->code == "undecodable-secret") {
    found->hint = fmt::format("{}", fmt::join(forms, ", or "));
  }
  return *found;
}

/// What the key is worth: its length, and who else may have it.
void lint_key(const scheme::SignatureRule& rule, const SecretModel& secret,
              const std::string& value, const std::string& key, Report& report) {
  // Zeros behind a key of HMAC are no part of it, and the name before a password is no secret.
  const std::size_t name_end = rule.algorithm == scheme::Algorithm::basic ? key.find(':') + 1 : 0;
  const std::size_t size = key.find_last_not_of('\0') + 1 - name_end;
  if (is_shared(rule.algorithm) && size < secret_bytes_least) {
    report.error(secret.place, "short-secret",
                 fmt::format("this secret has less than {} bytes", secret_bytes_least),
                 "let the provider make one, or take 32 random bytes");
  }
  if (is_published(value)) {
    report.error(secret.place, "published-secret",
                 "this secret stands in a manual: everybody who reads there can sign with it",
                 "let the provider make one, or take 32 random bytes");
  }
  if (rule.key.form == scheme::KeyForm::html && key != value) {
    report.warn(
        secret.place, "escaped-secret",
        "this secret holds HTML's references, and the sender signs with what they stand for",
        "the gate does so too; a secret of letters and digits needs no care");
  }
}

/// Checks one value, and gives the key that it becomes.
std::optional<std::string> lint_value(const SourceModel& source, const SecretModel& secret,
                                      const std::string& value, Report& report) {
  constexpr std::string_view blanks = " \t\r\n";
  const bool pem = value.starts_with("-----");
  if (is_blank(value)) {
    report.error(secret.place, "empty-secret", "this secret is blank",
                 "everybody knows the empty secret");
    return std::nullopt;
  }
  if (!pem && (blanks.contains(value.front()) || blanks.contains(value.back()))) {
    report.error(secret.place, "secret-whitespace", "this secret begins or ends with white space",
                 "a line end slipped in when it was copied?");
    return std::nullopt;
  }
  for (const scheme::SignatureRule& rule : source.scheme->scheme.signatures) {
    const auto bytes = secret_bytes(rule, value);
    if (!bytes.has_value()) {
      continue;
    }
    lint_key(rule, secret, value, *bytes, report);
    return scheme::is_hmac(rule.algorithm) ? hmac_key(rule.algorithm, *bytes) : *bytes;
  }
  if (is_known(*source.scheme)) {
    const SecretFault fault = explain(source, value);
    report.error(secret.place, fault.code, fault.message, fault.hint);
  }
  return std::nullopt;
}

void lint_same_slots(const SourceModel& source, Report& report) {
  for (std::size_t i = 0; i < source.secrets.size(); ++i) {
    const std::uint16_t slot = source.secrets[i].slot;
    const auto earlier = std::span(source.secrets).first(i);
    if (slot != policy::Setting::no_slot &&
        std::ranges::find(earlier, slot, &SecretModel::slot) != earlier.end()) {
      report.error(source.secrets[i].place, "same-secret", "this source has that secret already",
                   "the second one is for rotation: give it a name of its own");
    }
  }
}

/// Two different names with one value, in one source or in two.
void lint_equal_keys(const std::vector<KnownSecret>& known, Report& report) {
  for (std::size_t i = 0; i < known.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (known[i].key != known[j].key) {
        continue;
      }
      if (known[i].source != known[j].source) {
        report.warn(known[i].place, "shared-secret",
                    fmt::format("source `{}` has the same secret: what is signed for one is valid "
                                "at the other",
                                known[j].source->source.name),
                    "give each source a secret of its own");
      } else if (known[i].slot != known[j].slot) {
        report.error(known[i].place, "same-secret",
                     "another secret of this source makes the same key",
                     "HMAC takes a key and the key with zeros behind it, and a long key and its "
                     "hash, for one");
      }
      break;
    }
  }
}

void lint_source(const PolicyModel& model, const SourceModel& source,
                 const Environment& environment, std::vector<KnownSecret>& known, Report& report) {
  std::size_t set = 0;
  std::vector<const SecretModel*> unset;
  if (source.has_tenants) {
    return;  // Known only when a delivery comes.
  }
  for (const SecretModel& secret : source.secrets) {
    if (secret.slot == policy::Setting::no_slot) {
      if (!is_blank(secret.literal)) {
        report.error(secret.place, "literal-secret", "a secret stands in the policy",
                     "put it into the environment: secrets = [\"env:NAME\"]");
      }
      ++set;
      continue;
    }
    const auto value = environment.values.find(model.settings[secret.slot].name);
    if (value == environment.values.end()) {
      unset.push_back(&secret);
      continue;
    }
    ++set;
    if (const auto key = lint_value(source, secret, value->second, report); key.has_value()) {
      known.push_back({&source, secret.place, secret.slot, *key});
    }
  }
  if (!environment.is_known || source.secrets.empty()) {
    return;
  }
  if (set == 0) {
    report.error(source.secrets.front().place, "missing-value",
                 "none of this source's secrets is set in the environment",
                 "the source would answer 503 to every delivery");
    return;
  }
  for (const SecretModel* secret : unset) {
    report.error(
        secret->place, "missing-value",
        fmt::format("{} is not set in the environment", model.settings[secret->slot].name),
        "the source would answer 503 to every delivery; leave out a second name without a value");
  }
}

}  // namespace

void lint_secrets(const PolicyModel& model, const Environment& environment, Report& report) {
  std::vector<KnownSecret> known;
  for (const SourceModel& source : model.sources) {
    lint_same_slots(source, report);
    lint_source(model, source, environment, known, report);
  }
  lint_equal_keys(known, report);
  lint_signers(model, environment, known, report);
}

}  // namespace postern::compiler
