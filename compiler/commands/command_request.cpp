#include "compiler/commands/command_request.h"

#include <string>
#include <string_view>
#include <utility>

#include "compiler/commands/command_exchange.h"
#include "compiler/commands/command_output.h"
#include "compiler/commands/compile_command.h"
#include "compiler/commands/init_command.h"
#include "compiler/commands/lint_command.h"
#include "compiler/commands/providers_command.h"
#include "compiler/request_reader.h"

namespace postern::compiler {
namespace {

struct Problem {
  std::uint8_t problem = 0;
  std::string source;
};

Problem read_problem(Reader& reader) {
  const std::uint8_t problem = reader.u8();
  return {.problem = problem, .source = std::string(reader.text16())};
}

std::pair<std::string, std::string> read_value(Reader& reader) {
  std::string name(reader.text16());
  return {std::move(name), std::string(text_of(reader.bytes32()))};
}

CommandAnswer answer_lint(Reader& reader, CommandSetting& setting) {
  LintInput input;
  input.policy = read_given(reader);
  input.values_file = read_optional_file(reader);
  input.configuration = read_optional_file(reader);
  input.values = read_choice(reader) ? LintValues::process_environment : LintValues::none;
  for (auto& [name, value] : read_listed(reader, read_value)) {
    input.process[name] = std::move(value);
  }
  const LintFormat format = read_choice(reader) ? LintFormat::json : LintFormat::text;
  const LintLevel level = read_choice(reader) ? LintLevel::warnings : LintLevel::errors;
  const std::vector<Problem> problems = read_listed(reader, read_problem);
  if (!reader.finished()) {
    return {};
  }
  std::optional<Judgeable> judgeable =
      lint_files(input, setting.host, setting.catalogue, setting.report);
  for (const Problem& problem : problems) {
    report_problem(problem.problem, problem.source, input.policy.name, setting.report);
  }
  CommandAnswer answer =
      said(lint_output(setting.report, input.policy.name, format, level, setting.colour));
  if (judgeable.has_value()) {
    answer.files.emplace_back("", std::move(judgeable->policy));
    answer.values = std::move(judgeable->values);
  }
  return answer;
}

CommandAnswer answer_compile(Reader& reader, CommandSetting& setting) {
  CompileInput input;
  input.policy = read_given(reader);
  input.target = read_choice(reader) ? Target::development : Target::production;
  input.origin = read_name(reader);
  const std::string file = read_name(reader);
  if (!reader.finished()) {
    return {};
  }
  if (const auto fault = input.origin.empty() ? std::nullopt : check_origin(input.origin)) {
    return said(usage_output(*fault));
  }
  const auto compiled = compile_file(input, setting.host, setting.catalogue, setting.report);
  report_faults(setting.faults_of_writing, setting.report);
  CommandAnswer answer =
      said(compile_output(setting.report, compiled, input.target, file, setting.colour));
  if (compiled.has_value() && setting.report.errors() == 0) {
    answer.files.emplace_back("", compiled->file);
  }
  return answer;
}

CommandAnswer answer_names(Reader& reader, CommandSetting& setting) {
  CompileInput input;
  input.policy = read_given(reader);
  input.target = Target::development;
  const NamesForm form = read_choice(reader) ? NamesForm::json : NamesForm::lines;
  if (!reader.finished()) {
    return {};
  }
  const auto compiled = compile_file(input, setting.host, setting.catalogue, setting.report);
  return said(names_output(setting.report, compiled, form, setting.colour));
}

CommandAnswer answer_providers(Reader& reader, CommandSetting& setting) {
  ProvidersInput input;
  input.name = read_name(reader);
  input.algorithm = read_name(reader);
  input.is_signed = read_choice(reader);
  input.has_challenge = read_choice(reader);
  input.form = read_choice(reader) ? ProvidersForm::json : ProvidersForm::text;
  input.request = read_optional_file(reader);
  if (!reader.finished()) {
    return {};
  }
  return said(providers_output(input, setting.catalogue, setting.report, setting.colour));
}

CommandAnswer answer_init(Reader& reader, CommandSetting& setting) {
  InitInput input;
  input.sample = text_of(reader.bytes32());
  input.names = read_listed(reader, read_name);
  input.place = read_choice(reader) ? InitPlace::node : InitPlace::worker;
  if (read_choice(reader)) {
    input.gitignore = text_of(reader.bytes32());
  }
  const bool is_printed = read_choice(reader);
  const std::vector<std::string> written = read_listed(reader, read_name);
  if (!reader.finished()) {
    return {};
  }
  NewFiles made =
      make_files(input, setting.host, setting.catalogue, setting.report, setting.colour);
  if (made.refusal.has_value()) {
    return said(std::move(*made.refusal));
  }
  if (is_printed) {
    return said({.out = files_text(made), .err = "", .exit = Exit::ok});
  }
  report_faults(setting.faults_of_writing, setting.report);
  if (setting.report.errors() > 0) {
    return said(
        {.out = "", .err = report_text(setting.report, setting.colour), .exit = Exit::unreadable});
  }
  CommandAnswer answer = said({.out = written_text(made, written, input),
                               .err = report_text(setting.report, setting.colour),
                               .exit = Exit::ok});
  for (const NewFile& file : made.files) {
    const Bytes text = bytes_of(file.text);
    answer.files.emplace_back(file.name, std::vector<std::byte>(text.begin(), text.end()));
  }
  return answer;
}

CommandAnswer answer_kind(RequestKind kind, Reader& reader, CommandSetting& setting) {
  switch (kind) {
    case RequestKind::lint:
      return answer_lint(reader, setting);
    case RequestKind::compile:
      return answer_compile(reader, setting);
    case RequestKind::names:
      return answer_names(reader, setting);
    case RequestKind::providers:
      return answer_providers(reader, setting);
    case RequestKind::init:
      return answer_init(reader, setting);
    case RequestKind::compile_text:
      break;
  }
  reader.fail();
  return {};
}

}  // namespace

std::optional<std::vector<std::byte>> answer_command(RequestKind kind, Reader& reader) {
  CommandSetting setting = read_setting(reader);
  const CommandAnswer answer = answer_kind(kind, reader, setting);
  return reader.finished() ? std::optional(encode(answer)) : std::nullopt;
}

}  // namespace postern::compiler
