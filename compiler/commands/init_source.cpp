#include "compiler/commands/init_source.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "compiler/coverage.h"
#include "compiler/hint_reader.h"
#include "compiler/source_reader.h"

namespace postern::compiler {
namespace {

using scheme::Algorithm;
using scheme::Proof;

/// Senders with no more attempts, or no longer horizon, have given up before an outage is over;
/// lint says so of the same ones.
constexpr std::uint32_t few_attempts = 3;
constexpr std::uint64_t short_horizon_ms = 60ULL * 60 * 1000;

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

std::string quoted(std::string_view text) { return fmt::format("\"{}\"", text); }

void add_proof(const SchemeModel& model, std::vector<PolicyLine>& lines) {
  if (model.proof != Proof::signature) {
    lines.push_back(
        {.comment = {model.proof == Proof::token
                         ? "Only a token is shown: whoever reads one delivery can write others."
                     : model.proof == Proof::weak
                         ? "Only a checksum of the body is signed: another body can be made to fit "
                           "it."
                         : "Only parts of a delivery are signed: the rest can be anybody's."},
         .key = "accept_proof",
         .value = quoted(name_of(model.proof))});
  }
}

/// A process keeps its ledger itself: what its queue could take, its ledger could.
void add_ledger_down(const SchemeModel& model, InitPlace place, std::vector<PolicyLine>& lines) {
  if (never_retries(model.sender) && reads_the_answer(model)) {
    lines.push_back(
        {.comment = {"Its caller waits for the answer and does not call again: while the ledger is",
                     "down, better twice than not at all."},
         .key = "on_ledger_down",
         .value = quoted("open")});
  } else if (!never_retries(model.sender) && retries_little(model.sender) &&
             place == InitPlace::worker) {
    lines.push_back(
        {.comment = {"This sender soon gives up: while the ledger is down, its events wait in the",
                     "queue."},
         .key = "on_ledger_down",
         .value = quoted("queue")});
  }
}

/// A list on one line, or, of many ranges, each on its own.
std::string show_ranges(const std::vector<std::string>& ranges) {
  constexpr std::size_t on_one_line = 3;
  if (ranges.size() <= on_one_line) {
    return fmt::format("[\"{}\"]", fmt::join(ranges, "\", \""));
  }
  return fmt::format("[\n  \"{}\",\n]", fmt::join(ranges, "\",\n  \""));
}

/// A list that has grown old drops genuine events, so nobody gets it without asking.
void add_addresses(const PublishedAddresses& addresses, std::vector<PolicyLine>& lines) {
  if (!addresses.ranges.empty()) {
    lines.push_back({.comment = {fmt::format("Where it sends from, as of {}:", addresses.checked),
                                 addresses.source,
                                 "Only if you keep the list current: an old one drops events."},
                     .key = "allow_addresses",
                     .value = show_ranges(addresses.ranges),
                     .is_offered = true});
  }
}

std::vector<PolicyLine> lines_of(const SchemeModel& model, InitPlace place) {
  std::vector<PolicyLine> lines = {
      {.comment = {}, .key = "path", .value = quoted("/hooks/" + model.slug)},
      {.comment = {}, .key = "provider", .value = quoted(model.slug)},
      {.comment = {}, .key = "secrets", .value = fmt::format("[\"env:{}\"]", secret_name(model))}};
  if (uses(model.scheme, scheme::PartKind::url)) {
    lines.push_back(
        {.comment = {"It signs the address that it was given, so the gate has to know it exactly."},
         .key = "url",
         .value = quoted(fmt::format("env:{}_WEBHOOK_URL", in_capitals(model.slug)))});
  }
  if (!model.parameters.empty()) {
    std::vector<std::string> values;
    for (const ParameterModel& parameter : model.parameters) {
      values.push_back(fmt::format("{} = \"env:{}_{}\"", parameter.name, in_capitals(model.slug),
                                   in_capitals(parameter.name)));
    }
    lines.push_back(
        {.comment = {"What it asks with, or wants to be told, before it sends anything."},
         .key = "parameters",
         .value = fmt::format("{{ {} }}", fmt::join(values, ", "))});
  }
  add_proof(model, lines);
  if (model.confidence == one_source) {
    lines.push_back({.comment = {"How it signs stands in one source that nothing confirms: try it "
                                 "with a delivery."},
                     .key = "accept_confidence",
                     .value = quoted(one_source)});
  }
  if (can_send_equal_events(model)) {
    lines.push_back({.comment = {"Two events with equal bodies count as one: have it put an id or "
                                 "a time into them."},
                     .key = "on_same_content",
                     .value = quoted("absorb")});
  }
  add_ledger_down(model, place, lines);
  add_addresses(model.addresses, lines);
  return lines;
}

/// A sender so hasty has hung up before an origin can have answered in any time that it is given.
bool is_hasty(const SenderFacts& sender) {
  return sender.timeout_ms.value_or(UINT64_MAX) < 2 * sender_margin_ms;
}

std::vector<PolicyLine> route_of(const SchemeModel& model) {
  if (!never_retries(model.sender) && (!is_hasty(model.sender) || reads_the_answer(model))) {
    return {};
  }
  if (reads_the_answer(model)) {
    return {{.comment = {}, .key = "deliver", .value = quoted("proxy")}};
  }
  if (!never_retries(model.sender)) {
    return {
        {.comment = {"It waits for a second or less: the gate keeps an event and asks the origin",
                     "afterwards."},
         .key = "deliver",
         .value = quoted("queue")}};
  }
  return {
      {.comment = {"It does not send again what was not taken: the gate keeps an event and tries",
                   "until it is done."},
       .key = "deliver",
       .value = quoted("queue")}};
}

}  // namespace

NewSource make_source(const SchemeModel& model, InitPlace place) {
  return {.title = fmt::format("{}: {}", model.name, model.manual),
          .name = model.slug,
          .lines = lines_of(model, place),
          .route = route_of(model)};
}

std::string indented(std::string_view text, std::string_view before) {
  std::string lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines += fmt::format("{}{}\n", before, text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

}  // namespace postern::compiler
