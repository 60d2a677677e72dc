#include "harness/portable/replay_request.h"

#include "harness/portable/replay_run.h"
#include "harness/portable/request_fields.h"
#include "harness/portable/shown_cases.h"

namespace postern::harness {
namespace {

using compiler::CommandAnswer;
using compiler::CommandSetting;

/// Here there is one engine.
constexpr std::string_view engine_name = "wasm";

ReplayOptions read_options(Reader& reader) {
  ReplayOptions options;
  options.paths = compiler::read_listed(reader, read_text);
  options.filter = read_text(reader);
  options.engine = engine_name;
  options.reports = compiler::read_listed(reader, read_text);
  options.layout = compiler::read_choice(reader) ? ReplayLayout::table : ReplayLayout::lines;
  options.use = compiler::read_choice(reader) ? CasesUse::list : CasesUse::replay;
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

ReplayReport replay_all(const std::vector<CompiledCase>& cases, const HarnessHost& host) {
  ReplayReport report;
  report.engine = engine_name;
  const double start = host.clock();
  for (const CompiledCase& one : cases) {
    report.cases.push_back(replay_case(one, *host.make_engine(), nullptr, host.clock, nullptr));
  }
  report.seconds = host.clock() - start;
  return report;
}

std::vector<std::byte> bytes_of_text(std::string_view text) {
  const Bytes bytes = bytes_of(text);
  return {bytes.begin(), bytes.end()};
}

}  // namespace

CommandAnswer answer_replay(Reader& reader, CommandSetting& setting, const HarnessHost& host) {
  const ReplayOptions options = read_options(reader);
  const ReplayTerminals terminals = read_terminals(reader, setting);
  if (!reader.finished()) {
    return {};
  }
  if (const auto fault = replay_usage_fault(options, {engine_name})) {
    return compiler::said(compiler::usage_output(*fault));
  }
  ReplayOutput output =
      replay(options, host.files, setting.catalogue, setting.report, terminals,
             [&](const std::vector<CompiledCase>& cases) { return replay_all(cases, host); });
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
