#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

#include "harness/commands/compile.h"
#include "harness/commands/exit_codes.h"
#include "harness/commands/ledger.h"
#include "harness/commands/lint.h"
#include "harness/commands/origin.h"
#include "harness/commands/providers.h"
#include "harness/commands/replay.h"
#include "harness/commands/send.h"
#include "harness/commands/sign.h"
#include "harness/commands/simulate.h"

namespace {

using namespace postern::harness;

int run(int count, char** arguments) {
  CLI::App app(
      "Postern, a guarded back gate for webhooks: refuses forged deliveries, absorbs duplicates, "
      "forwards the rest.",
      "postern");
  app.set_version_flag("--version", "postern " POSTERN_VERSION);
  app.require_subcommand(1);
  app.footer("`postern COMMAND --help` has the options and examples of a command.");

  int exit_code = exit_ok;
  register_replay(app, exit_code);
  register_sign(app, exit_code);
  register_simulate(app, exit_code);
  register_send(app, exit_code);
  register_origin(app, exit_code);
  register_compile(app, exit_code);
  register_lint(app, exit_code);
  register_ledger(app, exit_code);
  register_providers(app, exit_code);
  const std::string first = count > 1 ? arguments[1] : "-";
  const auto is_meant = [&first](CLI::App* command) { return command->check_name(first); };
  if (!first.starts_with('-') && app.get_subcommands(is_meant).empty()) {
    // The parser would say that a command is missing.
    fmt::print(stderr, "There is no command `{}`.\nRun with --help for more information.\n", first);
    return exit_usage;
  }
  try {
    app.parse(count, arguments);
  } catch (const CLI::ParseError& fault) {
    // Help and version end here too, with 0.
    return app.exit(fault) == 0 ? exit_ok : exit_usage;
  }
  return exit_code;
}

/// Standard output is written at the end, mostly: what did not get there must not pass for done.
int flush_output(int exit_code) {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) {
    return exit_code;
  }
  fmt::print(stderr, "postern: standard output cannot be written\n");
  return exit_code == exit_ok ? exit_unreadable : exit_code;
}

}  // namespace

int main(int count, char** arguments) {
  std::signal(SIGINT, [](int) { std::_Exit(exit_interrupted); });
  try {
    return flush_output(run(count, arguments));
  } catch (const std::exception& fault) {
    fmt::print(stderr, "postern: a defect of its own: {}\n", fault.what());
    return exit_harness_defect;
  }
}
