#include "harness/host/running_gate.h"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "harness/host/read_file.h"

namespace postern::harness {
namespace {

/// Settings hold a PEM or two, a policy a few hundred lines, a session less than either.
std::string read_all(const std::string& file) {
  auto [text, why] = read_whole(file, file_bytes_max);
  if (!text.has_value()) {
    throw GateFilesUnreadable(fmt::format("cannot read {}: {}", file, why));
  }
  return std::move(*text);
}

/// Nothing for a file that is not known.
std::optional<std::string> read_known(const std::string& file) {
  return file.empty() ? std::nullopt : std::optional(read_all(file));
}

std::optional<GateFile> gate_file(const std::string& name, const std::optional<std::string>& text) {
  return text.has_value() ? std::optional(GateFile{.name = name, .text = *text}) : std::nullopt;
}

GateSources read_sources(const GateSession& session, compiler::Catalogue& catalogue) {
  const std::optional<std::string> policy = read_known(session.policy);
  const std::optional<std::string> settings = read_known(session.settings);
  auto sources = GateSources::read(gate_file(session.policy, policy),
                                   gate_file(session.settings, settings), catalogue);
  if (!sources.has_value()) {
    throw GateFilesUnreadable(sources.error());
  }
  return std::move(*sources);
}

}  // namespace

RunningGate::RunningGate(GateSession session, compiler::Catalogue& catalogue)
    : session_(std::move(session)),
      log_(session_.records),
      sources_(read_sources(session_, catalogue)) {}

std::optional<RunningSource> RunningGate::find(const std::string& provider) const {
  auto source = sources_.find(provider);
  if (!source.has_value()) {
    throw GateFilesUnreadable(source.error());
  }
  return std::move(*source);
}

std::optional<std::size_t> RunningGate::origin_calls() const {
  if (session_.origin.empty()) {
    return std::nullopt;
  }
  const HttpResponse answer = send_http({.method = "GET",
                                         .url = session_.origin + "/_postern/calls?limit=0",
                                         .headers = {},
                                         .body = {}});
  const nlohmann::json json = nlohmann::json::parse(answer.body, nullptr, false);
  if (answer.status != 200 || !json.is_object() || !json.contains("count")) {
    throw Unreachable(session_.origin + " is no `postern origin`");
  }
  return json.at("count").get<std::size_t>();
}

void RunningGate::script_origin(const std::vector<OriginTurn>& turns) const {
  std::string words = turns.empty() ? "200" : "";
  for (const OriginTurn& turn : turns) {
    words += (words.empty() ? "" : ",") + std::to_string(turn.response.status);
  }
  const HttpResponse answer = send_http({.method = "POST",
                                         .url = session_.origin + "/_postern/script",
                                         .headers = {{"content-type", "application/json"}},
                                         .body = nlohmann::json{{"answers", words}}.dump()});
  if (answer.status != 200) {
    throw Unreachable(session_.origin + " is no `postern origin`");
  }
}

}  // namespace postern::harness
