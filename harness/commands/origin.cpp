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

void register_origin(CommandLine& line) {
  Command& command =
      line.add("origin", Group::everyday, "Serve a demo origin that records what it gets");
  auto options = std::make_shared<OriginOptions>();
  auto quiet = std::make_shared<bool>(false);
  command.text("--address", "ADDRESS", "Address to listen on", options->address);
  command.number("--port", "Port to listen on; 0 picks a free one", options->port);
  command.text("--answer", "WORDS",
               "What it answers, the last for all that follow: 200,500,hang,reset,200@2s",
               options->answers);
  command.flag("--quiet", "No line per request", *quiet);
  command.example("postern origin --port 8788 --answer 500,200");
  command.note(
      "While it runs, GET /_postern/calls shows what arrived: `count` is of all, `calls` are the "
      "newest 100. ?after=N gives those behind number N instead (`next` of the answer before), "
      "?limit=N so many at most; 1000 are remembered. DELETE /_postern/calls forgets them. POST "
      "/_postern/script {\"answers\": \"500,200\"} says what comes next.");
  command.note(
      "Ends with 0: stopped, 2: usage, 4: it cannot listen there, 5: a defect of postern.");
  command.run([options, quiet] {
    return run_origin(*options, *quiet ? Loudness::quiet : Loudness::a_line_per_request);
  });
}

}  // namespace postern::harness
