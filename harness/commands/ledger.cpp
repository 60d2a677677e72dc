#include "harness/commands/ledger.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "compiler/policy_reader.h"
#include "compiler/toml_text.h"
#include "harness/commands/ledger_work.h"
#include "harness/commands/policy_files.h"
#include "harness/contract/hosts.h"
#include "harness/host/ledger_client.h"
#include "harness/host/read_file.h"
#include "harness/host/text_forms.h"
#include "harness/report/ledger_report.h"

namespace postern::harness {
namespace {

/// The gate's address, where the command line has none.
constexpr const char* gate_name = "POSTERN_GATE";

/// Fewest digits of a key that are taken for it, where the event is dead or owed.
constexpr std::size_t key_digits_min = 8;

/// All digits of a key.
constexpr std::size_t key_digits = 2 * ledger::key_bytes;

/// Nothing after showing what is wrong with the policy.
std::optional<std::vector<SourceShards>> read_sources(const LedgerOptions& options) {
  compiler::Report report;
  compiler::Catalogue catalogue = open_catalogue(options.providers, report);
  const auto [text, why] = read_whole(options.policy, file_bytes_max);
  std::vector<SourceShards> sources;
  if (!text.has_value()) {
    report.file_error(options.policy, "unreadable", "this policy cannot be read",
                      why +
                          "; --policy FILE is the postern.toml of the gate, which names sources "
                          "and shards");
  } else if (report.errors() == 0) {
    const auto document = compiler::read_toml(*text, options.policy, report);
    const auto model = document.has_value()
                           ? compiler::read_policy(*document, compiler::Target::development,
                                                   cloudflare_limits, catalogue, report)
                           : std::make_unique<compiler::PolicyModel>();
    for (const compiler::SourceModel& source : model->sources) {
      if (options.source.empty() || source.source.name == options.source) {
        sources.push_back(shards_of(source, *model));
      }
    }
  }
  if (report.errors() > 0) {
    print_to_stderr(report);
    return std::nullopt;
  }
  return sources;
}

/// `key` is in hex, and empty where the action takes all.
void do_work(const LedgerOptions& options, const std::string& key, LedgerWork& work) {
  const std::string bytes = from_hex(key).value();
  if (options.action == LedgerAction::release) {
    return work.release(bytes);
  }
  if (key.empty()) {
    const bool is_owed = options.action == LedgerAction::list_owed;
    work.list(is_owed ? Listing::owed : Listing::dead);
  } else {
    work.show(bytes);
  }
  if (options.action == LedgerAction::redrive) {
    work.redrive();
  } else if (options.action == LedgerAction::drop) {
    work.drop();
  }
}

bool is_list(LedgerAction action) {
  return action == LedgerAction::list_dead || action == LedgerAction::list_owed;
}

bool is_change(LedgerAction action) { return action != LedgerAction::show && !is_list(action); }

bool can_be_key(const std::string& text) {
  const bool is_hex = text.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
  return is_hex && (text.empty() || (text.size() >= key_digits_min && text.size() <= key_digits));
}

/// 0, or the exit code for options that say nothing that can be done.
int check(const LedgerOptions& options, const char* token) {
  if (!can_be_key(options.key)) {
    fmt::print(stderr,
               "KEY is {} hexadecimal digits, the `event_key` of a decision record, or of an "
               "event that is dead or owed the first {} or more.\n",
               key_digits, key_digits_min);
    return exit_usage;
  }
  if (!LedgerClient::can_be_trusted(options.gate)) {
    fmt::print(stderr,
               "{} is not an address that the token may go to: https://HOST, or http on this "
               "machine, without a path.\n",
               options.gate);
    return exit_usage;
  }
  if (token == nullptr || *token == '\0') {
    fmt::print(stderr, "The gate's admin token is not set: put it into the environment as {}.\n",
               admin_token_name);
    return exit_usage;
  }
  return exit_ok;
}

std::string text_of(const std::vector<LedgerLine>& lines, const LedgerOptions& options) {
  const KeyForm keys = options.form == LedgerForm::wide ? KeyForm::whole : KeyForm::brief;
  if (options.form == LedgerForm::json) {
    return ledger_as_json(lines);
  }
  if (lines.empty()) {
    return options.action == LedgerAction::list_owed ? "Nothing is owed.\n"
           : options.key.empty()                     ? "There is no dead letter.\n"
                                                     : "There is no such row.\n";
  }
  if (options.action == LedgerAction::show) {
    return ledger_as_blocks(lines);
  }
  return is_change(options.action) ? changes_as_table(lines, keys) : list_as_tables(lines, keys);
}

/// Finds and does what was asked for, and prints it. Gives the exit code; throws when the gate
/// fails.
int work_on(const LedgerOptions& options, LedgerWork& work) {
  std::string key = options.key;
  std::ranges::transform(key, key.begin(), [](unsigned char c) { return std::tolower(c); });
  if (!key.empty() && key.size() < key_digits) {
    const std::vector<std::string> found = work.find_kept(key);
    if (found.size() > 1) {
      fmt::print(stderr, "{} keys begin with {}: give more digits.\n", found.size(), key);
      return exit_usage;
    }
    if (found.empty()) {
      fmt::print(
          stderr,
          "Nothing that is dead or owed has a key that begins with {}. Of any other event, give "
          "all {} digits.\n",
          key, key_digits);
      return exit_expectation_failed;
    }
    key = found.front();
  }
  do_work(options, key, work);
  fmt::print("{}", text_of(work.lines(), options));
  const bool is_found = key.empty() || !work.lines().empty();
  return is_found && work.is_all_done() ? exit_ok : exit_expectation_failed;
}

}  // namespace

int run_ledger(const LedgerOptions& options) {
  const char* token = std::getenv(admin_token_name);
  if (const int refused = check(options, token); refused != exit_ok) {
    return refused;
  }
  const auto sources = read_sources(options);
  if (!sources.has_value()) {
    return exit_unreadable;
  }
  if (sources->empty()) {
    fmt::print(stderr, "The policy has no source `{}`.\n", options.source);
    return exit_usage;
  }
  const LedgerClient client(options.gate, token);
  LedgerWork work(client, *sources);
  try {
    return work_on(options, work);
  } catch (const std::runtime_error& fault) {
    // What was changed until then is shown all the same.
    if (is_change(options.action) && !work.lines().empty()) {
      fmt::print("{}", text_of(work.lines(), options));
    }
    fmt::print(stderr, "{}\n", fault.what());
    return exit_target_unavailable;
  }
}

namespace {

/// What the words behind the action are to be, if they are not.
std::string what_it_wants(LedgerAction action) {
  const std::string gate = fmt::format("the gate's URL, here or in {}", gate_name);
  switch (action) {
    case LedgerAction::list_dead:
    case LedgerAction::list_owed:
      return "it wants " + gate;
    case LedgerAction::redrive:
    case LedgerAction::drop:
      return "it wants an event's KEY or --all, and " + gate;
    case LedgerAction::show:
    case LedgerAction::release:
      return "it wants an event's KEY, and " + gate;
  }
  return "";
}

/// Puts the words where they belong: the last one may be in the environment. Throws `UsageError`
/// when one is missing, or there is one too many.
void sort_words(LedgerOptions& options, const std::string& name) {
  const bool is_for_all = options.reach == LedgerReach::all;
  const bool is_address = options.key.find("://") != std::string::npos;
  if (options.gate.empty() && (is_for_all || is_address)) {
    std::swap(options.gate, options.key);
  }
  const char* gate = std::getenv(gate_name);
  if (options.gate.empty() && gate != nullptr) {
    options.gate = gate;
  }
  if (options.gate.empty() || options.key.empty() != is_for_all) {
    throw UsageError(fmt::format("ledger {}: {}", name, what_it_wants(options.action)));
  }
}

struct LedgerCommand {
  const char* name;
  const char* what;
  LedgerAction action;
};

constexpr std::array<LedgerCommand, 6> ledger_commands = {{
    {"show", "Show the rows of an event, one for each destination", LedgerAction::show},
    {"release", "Let an event be forwarded again when its sender brings it again",
     LedgerAction::release},
    {"dead", "List the events that were given up", LedgerAction::list_dead},
    {"owed", "List the events that are still to be delivered", LedgerAction::list_owed},
    {"redrive", "Deliver now what was given up or still waits", LedgerAction::redrive},
    {"drop", "Give up a dead letter for good: its delivery is deleted", LedgerAction::drop},
}};

void add_options(Command& command, const std::shared_ptr<LedgerOptions>& options) {
  command.text("--source", "NAME", "Only this source (all of the policy)", options->source);
  command.text("--policy", "FILE", "The gate's policy: names sources and shards", options->policy);
  add_providers_option(command, options->providers);
  command.flag("--json", "An array of objects", options->as_json);
  if (options->action != LedgerAction::show) {
    command.flag("--wide", "Whole keys, in wider lines", options->is_wide);
    command.excludes("--json", "--wide");
  }
}

void add_examples(Command& command) {
  command.example("postern ledger dead https://gate.example.com");
  command.example("postern ledger show c151637aecde");
  command.example("postern ledger redrive --all --source NAME");
  command.example("postern ledger drop c151637aecde --source NAME");
  command.note(
      "KEY is the `event_key` of a decision record, or a key of `dead` or `owed` as it stands "
      "there. "
      "The gate's URL may be in POSTERN_GATE instead. Its admin token is read from "
      "POSTERN_ADMIN_TOKEN and goes over https, or to this machine, only.");
  command.note(
      "Ends with 0: done, 1: no such row, or nothing of it could be changed, 2: usage, 3: "
      "unreadable policy, 4: the gate is unavailable or refuses, 5: a defect of postern.");
}

void add_words(Command& command, const std::shared_ptr<LedgerOptions>& options) {
  if (!is_list(options->action)) {
    command.word("KEY", "the `event_key` of a record, or a key of `dead` or `owed`", Need::optional,
                 options->key);
  }
  command.word("URL", "the gate's address (POSTERN_GATE)", Need::optional, options->gate);
}

void register_action(CommandLine& line, const LedgerCommand& one) {
  auto options = std::make_shared<LedgerOptions>();
  options->action = one.action;
  Command& command = line.add(fmt::format("ledger {}", one.name), Group::everyday, one.what);
  add_words(command, options);
  add_options(command, options);
  if (one.action == LedgerAction::redrive || one.action == LedgerAction::drop) {
    command.flag("--all", "Every dead letter, in place of KEY", options->is_for_all);
  }
  if (one.action == LedgerAction::drop) {
    command.flag("--yes", "With --all and without --source: yes, of every source",
                 options->is_meant);
    command.needs("--yes", "--all");
    command.excludes("--yes", "--source");
  }
  add_examples(command);
  command.run([options, name = one.name] {
    if (options->is_for_all || is_list(options->action)) {
      options->reach = LedgerReach::all;
    }
    options->form = options->as_json   ? LedgerForm::json
                    : options->is_wide ? LedgerForm::wide
                                       : LedgerForm::brief;
    sort_words(*options, name);
    if (options->action == LedgerAction::drop && options->reach == LedgerReach::all &&
        options->source.empty() && !options->is_meant) {
      throw UsageError(
          "--all without --source deletes the dead letters of every source: add --yes.");
    }
    return run_ledger(*options);
  });
}

}  // namespace

void register_ledger(CommandLine& line) {
  for (const LedgerCommand& one : ledger_commands) {
    register_action(line, one);
  }
}

}  // namespace postern::harness
