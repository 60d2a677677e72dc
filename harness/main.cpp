#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

#include "harness/commands/command_line.h"
#include "harness/commands/compile.h"
#include "harness/commands/exit_codes.h"
#include "harness/commands/init.h"
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
  CommandLine line;
  register_init(line);
  register_lint(line);
  register_compile(line);
  register_send(line);
  register_sign(line);
  register_origin(line);
  register_providers(line);
  register_ledger(line);
  register_replay(line);
  register_simulate(line);
  return line.run({arguments + std::min(count, 1), arguments + count});
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
