#include "harness/commands/ledger.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "crypto/crc32.h"
#include "harness/commands/policy_files.h"
#include "harness/host/cryptography.h"
#include "harness/host/frame_writer.h"
#include "harness/host/http_client.h"
#include "harness/host/ledger_client.h"
#include "harness/host/text_forms.h"
#include "harness/policy/policy_reader.h"
#include "harness/report/ledger_report.h"

namespace postern::harness {
namespace {

using ledger::State;

/// Where the rows of one source are.
struct SourceShards {
  std::string name;
  std::uint16_t shards = 1;
  std::uint64_t retain_ms = 0;
  /// Of routes with several: text of the policy, and its CRC-32.
  struct Destination {
    std::string text;
    std::uint32_t id = 0;
  };
  std::vector<Destination> destinations;
};

SourceShards shards_of(const SourceModel& source, const PolicyModel& model) {
  SourceShards found{.name = std::string(source.source.name),
                     .shards = source.source.shards,
                     .retain_ms = source.source.retain_ms,
                     .destinations = {}};
  for (const RouteModel& route : source.routes) {
    for (const PlacedSetting& to : route.to) {
      const bool is_text = to.setting.slot == policy::Setting::no_slot;
      const std::string text =
          is_text ? std::string(to.setting.text) : model.settings[to.setting.slot].name;
      if (route.to.size() > 1) {
        found.destinations.push_back(
            {is_text ? text : "env:" + text, crypto::crc32(bytes_of(text))});
      }
    }
  }
  return found;
}

/// Nothing after showing what is wrong with the policy.
std::optional<std::vector<SourceShards>> read_sources(const LedgerOptions& options) {
  Report report;
  Catalogue catalogue = open_catalogue(options.providers, report);
  const std::optional<std::string> text = read_file(options.policy);
  std::vector<SourceShards> sources;
  if (!text.has_value()) {
    report.file_error(options.policy, "unreadable", "this policy cannot be read",
                      "--policy FILE is the postern.toml of the gate: it names sources and shards");
  } else if (report.errors() == 0) {
    report.add_text(options.policy, *text);
    try {
      const toml::table document = toml::parse(*text, options.policy);
      const auto model = read_policy(document, Target::development, catalogue, report);
      for (const SourceModel& source : model->sources) {
        if (options.source.empty() || source.source.name == options.source) {
          sources.push_back(shards_of(source, *model));
        }
      }
    } catch (const toml::parse_error& fault) {
      report.syntax_error(fault);
    }
  }
  if (report.errors() > 0) {
    print_to_stderr(report);
    return std::nullopt;
  }
  return sources;
}

std::string shard_of(const SourceShards& source, std::size_t number) {
  return fmt::format("{}/{}", source.name, number);
}

/// The key of the row that a destination other than the first has: see docs/DUPLICATES.md.
std::string row_key_of(const std::string& event_key, std::uint32_t destination_id) {
  FrameWriter writer;
  writer.raw("postern1.to");
  writer.raw(event_key);
  writer.u32(destination_id);
  return digest(Hash::sha256, writer.take()).value();
}

/// What one call of the command found and did.
class LedgerWork {
 public:
  LedgerWork(const LedgerClient& client, const std::vector<SourceShards>& sources)
      : client_(client), sources_(sources) {}

  [[nodiscard]] const std::vector<LedgerLine>& lines() const { return lines_; }
  /// Whether no row that was to change stayed as it was, and, when a change was asked for, whether
  /// there was anything to change.
  [[nodiscard]] bool is_all_done() const { return is_all_done_; }

  /// The event's own row, and those of its other destinations.
  void show(const std::string& key) {
    for (const SourceShards& source : sources_) {
      add_row(source, key, "");
      for (const auto& destination : source.destinations) {
        add_row(source, row_key_of(key, destination.id), destination.text);
      }
    }
  }

  void release(const std::string& key) {
    show_only(key);
    for (LedgerLine& line : lines_) {
      change(line, AfterChange::wait);
      if (line.row.state == State::accepted) {
        line.note += ": still owed, the gate delivers it within minutes";
      }
    }
  }

  void list_dead() {
    for (const SourceShards& source : sources_) {
      for (std::size_t number = 0; number < source.shards; ++number) {
        for (DeadDelivery& dead : client_.list_dead(shard_of(source, number))) {
          lines_.push_back({.source = source.name,
                            .shard = shard_of(source, number),
                            .key = to_hex(dead.key),
                            .to = "",
                            .row = dead.row,
                            .dead = dead,
                            .note = ""});
        }
      }
    }
  }

  void redrive() {
    bool is_any_owed = lines_.empty();
    for (LedgerLine& line : lines_) {
      const bool is_owed = line.row.state == State::dead || line.row.state == State::accepted ||
                           line.row.state == State::delivering;
      is_any_owed = is_any_owed || is_owed;
      if (is_owed) {
        change(line, AfterChange::drive);
      } else {
        line.note = "not owed: nothing to drive";
      }
    }
    is_all_done_ = is_all_done_ && is_any_owed;
  }

 private:
  void show_only(const std::string& key) {
    for (const SourceShards& source : sources_) {
      add_row(source, key, "");
    }
  }

  /// The event's shard follows from its key; that of another destination's row from the event's,
  /// which nobody may have told us.
  void add_row(const SourceShards& source, const std::string& key, const std::string& to) {
    const std::size_t likely = static_cast<unsigned char>(key[0]) % source.shards;
    for (std::size_t i = 0; i < source.shards; ++i) {
      const std::string shard = shard_of(source, (likely + i) % source.shards);
      if (const auto row = client_.look_up(shard, key); row.has_value()) {
        lines_.push_back({source.name, shard, to_hex(key), to, *row, std::nullopt, ""});
        return;
      }
    }
  }

  void change(LedgerLine& line, AfterChange after) {
    const auto source = std::ranges::find(sources_, line.source, &SourceShards::name);
    const ChangedRow changed =
        client_.apply(line.shard, from_hex(line.key).value(),
                      {.verb = ledger::Verb::reopen, .retain_ms = source->retain_ms}, after);
    const bool is_done = changed.reply.answer == ledger::Answer::done;
    line.note = fmt::format("was {}", name_of(line.row.state));
    line.row = changed.row;
    if (!is_done) {
      line.note = "unchanged";
    } else if (after == AfterChange::drive) {
      line.note +=
          changed.is_sent ? ", message sent" : ", the store sends a message within minutes";
    }
    is_all_done_ = is_all_done_ && is_done;
  }

  const LedgerClient& client_;
  const std::vector<SourceShards>& sources_;
  std::vector<LedgerLine> lines_;
  bool is_all_done_ = true;
};

void do_work(const LedgerOptions& options, const std::string& key, LedgerWork& work) {
  switch (options.action) {
    case LedgerAction::show:
      return work.show(key);
    case LedgerAction::release:
      return work.release(key);
    case LedgerAction::list_dead:
      return work.list_dead();
    case LedgerAction::redrive:
      if (key.empty()) {
        work.list_dead();
      } else {
        work.show(key);
      }
      return work.redrive();
  }
}

/// 0, or the exit code for options that say nothing that can be done.
int check(const LedgerOptions& options, const std::optional<std::string>& key, const char* token) {
  if (!key.has_value() || (!key->empty() && key->size() != ledger::key_bytes)) {
    fmt::print(stderr, "KEY is 64 hexadecimal digits: the `event_key` of a decision record.\n");
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

void print(const std::vector<LedgerLine>& lines, LedgerForm form) {
  if (form == LedgerForm::json) {
    fmt::print("{}", ledger_as_json(lines));
  } else if (!lines.empty()) {
    fmt::print("{}", ledger_as_table(lines));
  }
}

}  // namespace

int run_ledger(const LedgerOptions& options) {
  const std::optional<std::string> key = from_hex(options.key);
  const char* token = std::getenv(admin_token_name);
  if (const int refused = check(options, key, token); refused != exit_ok) {
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
    do_work(options, *key, work);
  } catch (const std::runtime_error& fault) {
    // What was changed until then is shown all the same.
    if (options.action == LedgerAction::redrive || options.action == LedgerAction::release) {
      print(work.lines(), options.form);
    }
    fmt::print(stderr, "{}\n", fault.what());
    return exit_target_unavailable;
  }
  print(work.lines(), options.form);
  if (options.form == LedgerForm::table && work.lines().empty()) {
    fmt::print("{}\n", key->empty() ? "There is no dead letter." : "There is no such row.");
  }
  const bool is_found = key->empty() || !work.lines().empty();
  return is_found && work.is_all_done() ? exit_ok : exit_expectation_failed;
}

namespace {

/// Which words must stand behind the action.
std::string what_it_wants(LedgerAction action) {
  switch (action) {
    case LedgerAction::list_dead:
      return "it wants the gate's URL";
    case LedgerAction::redrive:
      return "it wants an event's KEY and the gate's URL, or --all and the gate's URL";
    case LedgerAction::show:
    case LedgerAction::release:
      return "it wants an event's KEY and the gate's URL";
  }
  return "";
}

CLI::App* add_action(CLI::App& ledger, const std::string& name, const std::string& what,
                     const std::shared_ptr<LedgerOptions>& options) {
  CLI::App* command = ledger.add_subcommand(name, what);
  command->add_option("--source", options->source, "Only this source (all of the policy)");
  command->add_option("--policy", options->policy, "The gate's policy: names sources and shards")
      ->capture_default_str();
  command->add_option("--providers", options->providers,
                      "Folder of provider files, in place of the built-in catalogue");
  command->add_flag_callback(
      "--json", [options] { options->form = LedgerForm::json; }, "An array of objects");
  return command;
}

}  // namespace

void register_ledger(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "ledger", "Look into a running gate's ledger, free events, deliver dead letters again");
  command->require_subcommand(1);
  // Before the actions are added, which inherit it.
  command->footer(
      "KEY is the `event_key` of a decision record, or a key of `dead`. The gate's admin token is\n"
      "read from POSTERN_ADMIN_TOKEN and goes over https, or to this machine, only.\n"
      "Examples:\n"
      "  postern ledger show KEY --source NAME https://gate.example.com\n"
      "  postern ledger dead --json https://gate.example.com\n"
      "  postern ledger redrive --all --source NAME https://gate.example.com\n"
      "Ends with 0: done, 1: no such row, or nothing of it could be changed, 2: usage,\n"
      "3: unreadable policy, 4: the gate is unavailable or refuses, 5: a defect of postern.");
  const auto add = [&](const std::string& name, const std::string& what, LedgerAction action) {
    auto options = std::make_shared<LedgerOptions>();
    options->action = action;
    CLI::App* one = add_action(*command, name, what, options);
    auto all = std::make_shared<bool>(action == LedgerAction::list_dead);
    if (action == LedgerAction::redrive) {
      one->add_flag("--all", *all, "Every dead letter, in place of KEY");
    }
    if (action != LedgerAction::list_dead) {
      one->add_option("KEY", options->key, "The `event_key` of a record, or a key of `dead`");
    }
    one->add_option("URL", options->gate, "The gate's address");
    one->callback([options, all, one, action, &exit_code] {
      if (*all && options->gate.empty()) {
        std::swap(options->gate, options->key);  // The only word is the address.
      }
      if (options->gate.empty() || options->key.empty() != *all) {
        throw CLI::ValidationError("ledger " + one->get_name(), what_it_wants(action));
      }
      exit_code = run_ledger(*options);
    });
  };
  add("show", "Show the rows of an event, one for each destination", LedgerAction::show);
  add("release", "Let an event be forwarded again when its sender brings it again",
      LedgerAction::release);
  add("dead", "List the events that were given up", LedgerAction::list_dead);
  add("redrive", "Deliver now what was given up or still waits", LedgerAction::redrive);
}

}  // namespace postern::harness
