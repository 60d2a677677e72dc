#include "compiler/commands/init_texts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "compiler/coverage.h"
#include "compiler/hint_reader.h"

namespace postern::compiler {
namespace {

using scheme::Algorithm;
using scheme::Proof;

/// Senders with no more attempts, or no longer horizon, have given up before an outage is over;
/// lint says so of the same ones.
constexpr std::uint32_t few_attempts = 3;
constexpr std::uint64_t short_horizon_ms = 60ULL * 60 * 1000;

constexpr std::string_view head =
    "# `postern lint postern.toml` checks this file, `postern compile postern.toml -o policy.bin`\n"
    "# makes what the gate reads. Secrets and addresses come from the environment; none stands "
    "here.\n"
    "version = 1\n"
    "\n"
    "[gate]\n"
    "# Forwards carry a Standard Webhooks signature: the origin verifies this one scheme for all.\n"
    "sign_forwards = \"env:POSTERN_SIGNING_SECRET\"\n";

std::string in_capitals(std::string_view slug) {
  std::string name;
  for (const char character : slug) {
    const bool is_small = character >= 'a' && character <= 'z';
    const bool is_digit = character >= '0' && character <= '9';
    name += is_small ? static_cast<char>(character - 'a' + 'A') : is_digit ? character : '_';
  }
  // A name of the environment begins with a letter.
  return name.front() >= '0' && name.front() <= '9' ? "SENDER_" + name : name;
}

/// What a source's secret is called: by whose it is and what it is.
std::string secret_name(const SchemeModel& model) {
  const std::string whose = in_capitals(model.slug);
  const scheme::SignatureRule& rule = model.scheme.signatures.front();
  const bool is_fetched = rule.key.form == scheme::KeyForm::fetched;
  if (scheme::is_asymmetric(rule.algorithm) && !is_fetched) {
    return whose + "_PUBLIC_KEY";
  }
  return whose + (whose.ends_with("WEBHOOKS") ? "" : "_WEBHOOK") +
         (rule.algorithm == Algorithm::token   ? "_TOKEN"
          : rule.algorithm == Algorithm::basic ? "_CREDENTIALS"
          : is_fetched                         ? "_ID"
                                               : "_SECRET");
}

bool never_retries(const SenderFacts& sender) {
  const bool takes_503_for_an_end =
      !sender.retried_on.empty() &&
      std::ranges::none_of(sender.retried_on, [](std::string_view cause) {
        return cause == "non-2xx" || cause == "5xx";
      });
  return sender.attempts == 0U || takes_503_for_an_end;
}

bool retries_little(const SenderFacts& sender) {
  return sender.attempts.value_or(UINT32_MAX) <= few_attempts ||
         sender.horizon_ms.value_or(UINT64_MAX) <= short_horizon_ms;
}

/// Whether somebody waits for what the origin answers, so that it cannot be asked later.
bool reads_the_answer(const SchemeModel& model) { return !model.acknowledgement.body.empty(); }

void add_proof(const SchemeModel& model, std::string& text) {
  if (model.proof == Proof::signature) {
    return;
  }
  text += model.proof == Proof::token
              ? "# Only a token is shown: whoever reads one delivery can write others.\n"
          : model.proof == Proof::weak
              ? "# Only a checksum of the body is signed: another body can be made to fit it.\n"
              : "# Only parts of a delivery are signed: the rest can be anybody's.\n";
  text += fmt::format("accept_proof = \"{}\"\n", name_of(model.proof));
}

void add_ledger_down(const SchemeModel& model, std::string& text) {
  if (never_retries(model.sender) && reads_the_answer(model)) {
    text +=
        "# Its caller waits for the origin's answer and does not call again: while the ledger is\n"
        "# down, better twice than not at all.\n"
        "on_ledger_down = \"open\"\n";
  } else if (!never_retries(model.sender) && retries_little(model.sender)) {
    text +=
        "# This sender soon gives up: while the ledger is down, its events wait in the queue.\n"
        "on_ledger_down = \"queue\"\n";
  }
}

std::string source_text(const SchemeModel& model) {
  std::string text = fmt::format(
      "\n# {}: {}\n[sources.{}]\npath = \"/hooks/{}\"\nprovider = \"{}\"\nsecrets = "
      "[\"env:{}\"]\n",
      model.name, model.manual, model.slug, model.slug, model.slug, secret_name(model));
  if (uses(model.scheme, scheme::PartKind::url)) {
    text += fmt::format(
        "# It signs the address that it was given, so the gate has to know it exactly.\n"
        "url = \"env:{}_WEBHOOK_URL\"\n",
        in_capitals(model.slug));
  }
  add_proof(model, text);
  if (can_send_equal_events(model)) {
    text +=
        "# Two events with equal bodies count as one: have it put an id or a time into them.\n"
        "on_same_content = \"absorb\"\n";
  }
  add_ledger_down(model, text);
  text += fmt::format("\n[[sources.{}.routes]]\nto = \"env:ORIGIN_URL\"\n", model.slug);
  if (never_retries(model.sender)) {
    text += reads_the_answer(model)
                ? "deliver = \"proxy\"\n"
                : "# It does not send again what the origin did not take: the gate keeps an event "
                  "and tries\n# until the origin has it.\ndeliver = \"queue\"\n";
  }
  return text;
}

std::string bytes_of_key(const KeyNeed& key) {
  return key.bytes_max == 0 ? ""
         : key.bytes_min == key.bytes_max
             ? fmt::format(" of {} bytes", key.bytes_min)
             : fmt::format(" of {} to {} bytes", key.bytes_min, key.bytes_max);
}

/// Such as "`whsec_` and base64 of 24 to 64 bytes".
std::string show_key(const KeyNeed& key) {
  const std::string text = key.prefix.empty() ? "" : fmt::format("`{}` and ", key.prefix);
  if (key.algorithm == "basic") {
    return text + "`user:password`, as it is configured there";
  }
  if (key.form == "hex" || key.form == "base64") {
    return text + key.form + bytes_of_key(key);
  }
  return text + (key.form == "pem"       ? "a public key in PEM"
                 : key.form == "spki"    ? "a public key in base64"
                 : key.form == "fetched" ? "the webhook's id, which is signed"
                                         : "the text as it is shown there");
}

std::string comment_of(const ValueNeed& value, Catalogue& catalogue) {
  if (value.kind == ValueKind::destination) {
    return "# Where deliveries are forwarded to: https://…\n";
  }
  if (value.kind == ValueKind::url) {
    return fmt::format("# The address as {} was given it, byte for byte: https://…{}\n",
                       value.source, value.path);
  }
  if (value.kind == ValueKind::signing) {
    return "# Signs forwards: `whsec_` and base64 of 24 to 64 bytes, such as\n"
           "# echo \"whsec_$(openssl rand -base64 32)\"\n";
  }
  Report unheard;
  const SchemeModel* model = catalogue.find(value.provider, unheard);
  const std::string text = fmt::format("# {}: ", model == nullptr ? value.provider : model->name);
  std::vector<std::string> forms;
  for (const KeyNeed& key : value.keys) {
    if (std::string form = show_key(key); std::ranges::find(forms, form) == forms.end()) {
      forms.push_back(std::move(form));
    }
  }
  return fmt::format("{}{}\n", text, fmt::join(forms, ", or "));
}

}  // namespace

std::string policy_text(const std::vector<const SchemeModel*>& providers) {
  std::string text(head);
  for (const SchemeModel* provider : providers) {
    text += source_text(*provider);
  }
  return text;
}

std::string wrangler_text(const HostNeeds& needs, std::string_view sample) {
  std::string text(sample);
  text +=
      "\n# What postern.toml reads from its environment; `postern lint` compares the two. A "
      "source\n"
      "# with a secret that is not set answers 503.\n[secrets]\nrequired = [\n";
  for (const ValueNeed& value : needs.values) {
    text += fmt::format("  \"{}\",\n", value.name);
  }
  return text + "]\n";
}

std::string environment_text(const HostNeeds& needs, Catalogue& catalogue) {
  std::string text =
      "# Fill in a copy of this file and keep it at home: `postern lint postern.toml --env FILE`\n"
      "# checks it, `npx wrangler deploy --secrets-file FILE` takes the values with it.\n";
  for (const ValueNeed& value : needs.values) {
    text += fmt::format("\n{}{}=\n", comment_of(value, catalogue), value.name);
  }
  return text;
}

}  // namespace postern::compiler
