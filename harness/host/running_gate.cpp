#include "harness/host/running_gate.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

namespace postern::harness {
namespace {

/// Nothing for a file that is not known.
std::optional<std::string> read_known(const std::string& file, const ReadGateFile& read,
                                      const Outside& outside) {
  if (file.empty()) {
    return std::nullopt;
  }
  auto text = read(file);
  if (!text.has_value()) {
    outside.unreadable(fmt::format("cannot read {}: {}", file, text.error()));
  }
  return std::move(*text);
}

std::optional<GateFile> gate_file(const std::string& name, const std::optional<std::string>& text) {
  return text.has_value() ? std::optional(GateFile{.name = name, .text = *text}) : std::nullopt;
}

GateSources read_sources(const GateSession& session, const ReadGateFile& read, Outside& outside,
                         compiler::Catalogue& catalogue) {
  outside.follow(session.records);
  const std::optional<std::string> policy = read_known(session.policy, read, outside);
  const std::optional<std::string> settings = read_known(session.settings, read, outside);
  auto sources = GateSources::read(gate_file(session.policy, policy),
                                   gate_file(session.settings, settings), catalogue);
  if (!sources.has_value()) {
    outside.unreadable(sources.error());
  }
  return std::move(*sources);
}

}  // namespace

RunningGate::RunningGate(GateSession session, const ReadGateFile& read, Outside& outside,
                         compiler::Catalogue& catalogue)
    : session_(std::move(session)),
      outside_(outside),
      sources_(read_sources(session_, read, outside, catalogue)) {}

std::optional<RunningSource> RunningGate::find(const std::string& provider) const {
  auto source = sources_.find(provider);
  if (!source.has_value()) {
    outside_.unreadable(source.error());
  }
  return std::move(*source);
}

std::optional<std::size_t> RunningGate::origin_calls() const {
  if (session_.origin.empty()) {
    return std::nullopt;
  }
  const HttpResponse answer = outside_.send({.method = "GET",
                                             .url = session_.origin + "/_postern/calls?limit=0",
                                             .headers = {},
                                             .body = {}});
  const nlohmann::json json = nlohmann::json::parse(answer.body, nullptr, false);
  if (answer.status != 200 || !json.is_object() || !json.contains("count")) {
    outside_.unreachable(session_.origin + " is no `postern origin`");
  }
  return json.at("count").get<std::size_t>();
}

void RunningGate::script_origin(const std::vector<OriginTurn>& turns) const {
  std::string words = turns.empty() ? "200" : "";
  for (const OriginTurn& turn : turns) {
    words += (words.empty() ? "" : ",") + std::to_string(turn.response.status);
  }
  const HttpResponse answer = outside_.send({.method = "POST",
                                             .url = session_.origin + "/_postern/script",
                                             .headers = {{"content-type", "application/json"}},
                                             .body = nlohmann::json{{"answers", words}}.dump()});
  if (answer.status != 200) {
    outside_.unreachable(session_.origin + " is no `postern origin`");
  }
}

}  // namespace postern::harness
