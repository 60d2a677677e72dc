#include "harness/commands/origin.h"

#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "harness/commands/exit_codes.h"
#include "harness/host/demo_origin.h"

namespace postern::harness {
namespace {

std::string header_of(const OriginCall& call, std::string_view name) {
  for (const Header& header : call.headers) {
    if (header.name == name) {
      return header.value;
    }
  }
  return "-";
}

void show(const OriginCall& call) {
  fmt::print("{} {} {} bytes, answered {}, source {}, event {}, attempt {}\n", call.method,
             call.path, call.body_bytes,
             call.answered == 0 ? "with nothing" : std::to_string(call.answered),
             header_of(call, "postern-source"), header_of(call, "postern-event"),
             header_of(call, "postern-attempt"));
  std::fflush(stdout);
}

}  // namespace

int run_origin(const OriginOptions& options, Loudness loudness) {
  const auto turns = parse_answers(options.answers);
  if (!turns.has_value()) {
    fmt::print(stderr, "--answer wants words such as 200,500,hang,reset,200@2s.\n");
    return exit_usage;
  }
  OriginState state(*turns);
  try {
    const int stopped_by = serve_origin(
        options.address, options.port, state,
        [&options](std::uint16_t port) {
          fmt::print("origin listens on http://{}:{}\n", options.address, port);
          std::fflush(stdout);
        },
        [loudness](const OriginCall& call) {
          if (loudness == Loudness::a_line_per_request) {
            show(call);
          }
        });
    std::fflush(stdout);
    // Connections that hang have threads of their own, which must not see their state go.
    std::_Exit(stopped_by == SIGINT ? exit_interrupted : exit_ok);
  } catch (const CannotListen& fault) {
    fmt::print(stderr, "Cannot listen on {}. Another port: --port N, or 0 for any free one.\n",
               fault.what());
    return exit_target_unavailable;
  }
}

void register_origin(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("origin", "Serve a demo origin that records what it gets");
  auto options = std::make_shared<OriginOptions>();
  auto quiet = std::make_shared<bool>(false);
  command->add_option("--address", options->address, "Address to listen on")->capture_default_str();
  command->add_option("--port", options->port, "Port to listen on; 0 picks a free one")
      ->capture_default_str();
  command
      ->add_option("--answer", options->answers,
                   "What it answers, the last for all that follow: 200,500,hang,reset,200@2s")
      ->capture_default_str();
  command->add_flag("--quiet", *quiet, "No line per request");
  command->footer(
      "While it runs: GET /_postern/calls shows what arrived, DELETE /_postern/calls forgets it,\n"
      "POST /_postern/script {\"answers\": \"500,200\"} says what comes next.\n"
      "Example:\n  postern origin --port 8788 --answer 500,200");
  command->callback([options, quiet, &exit_code] {
    exit_code = run_origin(*options, *quiet ? Loudness::quiet : Loudness::a_line_per_request);
  });
}

}  // namespace postern::harness
