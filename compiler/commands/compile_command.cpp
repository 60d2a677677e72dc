#include "compiler/commands/compile_command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

#include "compiler/destination.h"

namespace postern::compiler {
namespace {

/// Whether a path makes a destination of it.
bool is_origin(std::string_view text) {
  constexpr std::string_view behind_scheme = "://";
  const std::size_t mark = text.find(behind_scheme);
  return mark != std::string_view::npos &&
         text.find_first_of("/?#", mark + behind_scheme.size()) == std::string_view::npos &&
         !check_destination(text, OriginRule::any).has_value();
}

/// `[` and `]` around elements that stand at `indent`, a line each.
std::string json_list(const std::vector<std::string>& elements, std::size_t indent) {
  std::string text;
  for (const std::string& element : elements) {
    text += fmt::format("{}\n{:{}}{}", text.empty() ? "" : ",", "", indent, element);
  }
  return elements.empty() ? "[]" : fmt::format("[{}\n{:{}}]", text, "", indent - 2);
}

std::string json_of(const KeyNeed& key) {
  return fmt::format(
      "{{\n"
      "          \"algorithm\": {},\n"
      "          \"form\": {},\n"
      "          \"prefix\": {},\n"
      "          \"bytes_min\": {},\n"
      "          \"bytes_max\": {}\n"
      "        }}",
      json_quoted(key.algorithm), json_quoted(key.form), json_quoted(key.prefix), key.bytes_min,
      key.bytes_max);
}

std::string json_of(const ValueNeed& value) {
  std::vector<std::string> keys;
  for (const KeyNeed& key : value.keys) {
    keys.push_back(json_of(key));
  }
  return fmt::format(
      "{{\n"
      "      \"name\": {},\n"
      "      \"kind\": {},\n"
      "      \"source\": {},\n"
      "      \"provider\": {},\n"
      "      \"path\": {},\n"
      "      \"keys\": {}\n"
      "    }}",
      json_quoted(value.name), json_quoted(name_of(value.kind)), json_quoted(value.source),
      json_quoted(value.provider), json_quoted(value.path), json_list(keys, 8));
}

std::string json_of(const HostNeeds& needs) {
  std::vector<std::string> values;
  for (const ValueNeed& value : needs.values) {
    values.push_back(json_of(value));
  }
  std::vector<std::string> bindings;
  for (const std::string& binding : needs.rate_bindings) {
    bindings.push_back(json_quoted(binding));
  }
  std::vector<std::string> handlers;
  for (const std::string& handler : needs.handlers) {
    handlers.push_back(json_quoted(handler));
  }
  return fmt::format(
      "{{\n  \"values\": {},\n  \"handlers\": {},\n  \"rate_bindings\": {},\n  \"queue\": {}\n}}\n",
      json_list(values, 4), json_list(handlers, 4), json_list(bindings, 4),
      needs.queue ? "true" : "false");
}

/// What was found; fails where nothing was compiled, or could not be written.
CommandOutput found_output(const Report& report, const std::optional<CompiledPolicy>& compiled,
                           Colour colour) {
  const bool fails = report.errors() != 0 || !compiled.has_value();
  return {
      .out = "", .err = report_text(report, colour), .exit = fails ? Exit::unreadable : Exit::ok};
}

}  // namespace

std::optional<std::string> check_origin(std::string_view origin) {
  return is_origin(origin) ? std::nullopt
                           : std::optional<std::string>(
                                 "--origin takes a scheme, a host and a port, and no path: such as "
                                 "http://127.0.0.1:8788.");
}

std::optional<CompiledPolicy> compile_file(const CompileInput& input, const HostLimits& host,
                                           Catalogue& catalogue, Report& report) {
  const GivenFile& policy = input.policy;
  if (!policy.text.has_value()) {
    report_fault(FileFault::policy_unreadable, policy.name, policy.why, report);
  }
  if (report.errors() > 0) {
    return std::nullopt;
  }
  return input.origin.empty()
             ? compile_policy(*policy.text, policy.name, input.target, host, catalogue, report)
             : compile_for_origin(*policy.text, policy.name, input.origin, host, catalogue, report);
}

CommandOutput compile_output(const Report& report, const std::optional<CompiledPolicy>& compiled,
                             Target target, std::string_view file, Colour colour) {
  CommandOutput output = found_output(report, compiled, colour);
  if (output.exit != Exit::ok) {
    return output;
  }
  if (target == Target::development) {
    output.err +=
        "warning: compiled for development: plain http is let in and private origins are "
        "allowed. Do not deploy this policy.\n";
  }
  output.out = fmt::format("{}: {} bytes, {} values from the environment\n", file,
                           compiled->file.size(), compiled->needs.values.size());
  if (!compiled->needs.handlers.empty()) {
    output.out += fmt::format("  gate({{ policy, handlers }}) needs these handlers: {}\n",
                              fmt::join(compiled->needs.handlers, ", "));
  }
  for (const std::string& binding : compiled->needs.rate_bindings) {
    output.out += fmt::format(
        "  a rate limit counts in the binding {} of wrangler.toml; without it, it counts "
        "nothing\n",
        binding);
  }
  return output;
}

CommandOutput names_output(const Report& report, const std::optional<CompiledPolicy>& compiled,
                           NamesForm form, Colour colour) {
  CommandOutput output = found_output(report, compiled, colour);
  if (output.exit != Exit::ok) {
    return output;
  }
  if (form == NamesForm::json) {
    output.out = json_of(compiled->needs);
    return output;
  }
  for (const ValueNeed& value : compiled->needs.values) {
    output.out += value.name + "\n";
  }
  return output;
}

}  // namespace postern::compiler
