#include "harness/portable/replay_request.h"

#include <algorithm>
#include <expected>
#include <string>
#include <utility>
#include <vector>

#include "harness/portable/gate_replay.h"
#include "harness/portable/replay_run.h"
#include "harness/portable/request_fields.h"
#include "harness/portable/shown_cases.h"

namespace postern::harness {
namespace {

using compiler::CommandAnswer;
using compiler::CommandSetting;

/// Here there is one engine that is no running gate.
constexpr std::string_view engine_name = "wasm";

ReplayOptions read_options(Reader& reader) {
  ReplayOptions options;
  options.paths = compiler::read_listed(reader, read_text);
  options.filter = read_text(reader);
  options.engine = read_text(reader);
  options.reports = compiler::read_listed(reader, read_text);
  options.layout = compiler::read_choice(reader) ? ReplayLayout::table : ReplayLayout::lines;
  options.use = compiler::read_choice(reader) ? CasesUse::list : CasesUse::replay;
  return options;
}

/// A running gate's policy and settings, where they were given.
using GivenFiles = std::vector<compiler::GivenFile>;

ReplayOptions read_gate(Reader& reader, ReplayOptions options, GivenFiles& files) {
  options.origin = read_text(reader);
  options.records = read_text(reader);
  for (std::string* name : {&options.policy, &options.settings}) {
    if (auto file = compiler::read_optional_file(reader)) {
      *name = file->name;
      files.push_back(std::move(*file));
    }
  }
  return options;
}

ReplayTerminals read_terminals(Reader& reader, const CommandSetting& setting) {
  ReplayTerminals terminals{.out = compiler::Colour::never, .err = setting.colour, .columns = {}};
  terminals.out =
      compiler::read_choice(reader) ? compiler::Colour::always : compiler::Colour::never;
  if (const std::uint32_t columns = reader.u32(); columns > 0) {
    terminals.columns = columns;
  }
  return terminals;
}

ReplayReport replay_there(const std::vector<CompiledCase>& cases, const ReplayOptions& options,
                          const GivenFiles& files, compiler::Catalogue& catalogue,
                          const HarnessHost& host) {
  const auto read = [&](const std::string& name) -> std::expected<std::string, std::string> {
    const auto file = std::ranges::find(files, name, &compiler::GivenFile::name);
    if (!file->text.has_value()) {
      return std::unexpected(file->why);
    }
    return std::string(*file->text);
  };
  const RunningGate gate(session_of(options), read, host.outside, catalogue);
  return replay_on_gate(cases, gate, host.make_engine, host.clock);
}

ReplayReport replay_here(const std::vector<CompiledCase>& cases, const HarnessHost& host) {
  ReplayReport report;
  for (const CompiledCase& one : cases) {
    report.cases.push_back(replay_case(one, *host.make_engine(), nullptr, host.clock, nullptr));
  }
  return report;
}

std::vector<std::byte> bytes_of_text(std::string_view text) {
  const Bytes bytes = bytes_of(text);
  return {bytes.begin(), bytes.end()};
}

}  // namespace

CommandAnswer answer_replay(Reader& reader, CommandSetting& setting, const HarnessHost& host) {
  GivenFiles files;
  ReplayOptions options = read_options(reader);
  const ReplayTerminals terminals = read_terminals(reader, setting);
  options = read_gate(reader, std::move(options), files);
  if (!reader.finished()) {
    return {};
  }
  if (const auto fault = replay_usage_fault(options, {engine_name})) {
    return compiler::said(compiler::usage_output(*fault));
  }
  const auto play = [&](const std::vector<CompiledCase>& cases) {
    const double start = host.clock();
    ReplayReport report = names_running_gate(options)
                              ? replay_there(cases, options, files, setting.catalogue, host)
                              : replay_here(cases, host);
    report.engine = options.engine;
    report.seconds = host.clock() - start;
    return report;
  };
  ReplayOutput output =
      replay(options, host.files, setting.catalogue, setting.report, terminals, play);
  CommandAnswer answer = compiler::said(std::move(output.said));
  for (const auto& [file, text] : output.reports) {
    answer.files.emplace_back(file, bytes_of_text(text));
  }
  return answer;
}

CommandAnswer answer_cases(Reader& reader, CommandSetting& setting, const HarnessHost& host) {
  const auto patterns = compiler::read_listed(reader, read_text);
  const std::string filter = read_text(reader);
  return reader.finished() ? compiler::said(shown_cases(host.files, patterns, filter,
                                                        setting.catalogue, setting.report))
                           : CommandAnswer{};
}

}  // namespace postern::harness
