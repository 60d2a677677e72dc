#include "compiler/compiler.h"

#include <fmt/format.h>

#include "compiler/lint.h"
#include "compiler/policy_reader.h"
#include "compiler/rehearsal.h"
#include "compiler/toml_text.h"
#include "postern/base/arena.h"
#include "postern/policy/policy_codec.h"

namespace postern::compiler {
namespace {

/// Encodes, with a `rehearsal` or an empty one, and reads the result back with the module's own
/// limits: what compiles here is read there.
std::optional<CompiledPolicy> encode_model(PolicyModel& model, Bytes rehearsal,
                                           const std::string& file, const HostLimits& host,
                                           Report& report) {
  policy::Policy views = finish_policy(model);
  views.rehearsal = rehearsal;
  if (policy::longest_text(views) > policy::text_bytes_max) {
    report.file_error(
        file, "too-long",
        fmt::format("a text of the policy has more than {} bytes", policy::text_bytes_max),
        "a template, a pointer, a value of a filter");
    return std::nullopt;
  }
  CompiledPolicy compiled;
  compiled.file.resize(policy::encoded_bytes(views));
  static_cast<void>(policy::encode(views, compiled.file));
  std::vector<std::byte> storage(policy::policy_arena_bytes(compiled.file.size()));
  Arena arena(storage);
  const auto decoded = policy::decode(compiled.file, arena);
  if (!decoded.has_value()) {
    const bool too_large = decoded.error() == policy::PolicyFault::too_large;
    report.file_error(file, too_large ? "too-large" : "not-compilable",
                      too_large
                          ? "the compiled policy is larger than a gate can hold"
                          : "the module would refuse this policy; this is a defect of postern",
                      too_large ? "split it over two gates" : "");
    return std::nullopt;
  }
  for (const SettingModel& setting : model.settings) {
    compiled.setting_names.push_back(setting.name);
    if (setting.value.has_value()) {
      compiled.setting_values.push_back(*setting.value);
    }
  }
  compiled.needs = needs_of(model, host);
  return compiled;
}

/// Reads and lints; nothing when the text is not TOML.
std::unique_ptr<PolicyModel> read_and_lint(std::string_view text, const std::string& file,
                                           const Environment& environment, Target target,
                                           const HostLimits& host, toml::table& document,
                                           Catalogue& catalogue, Report& report) {
  std::optional<toml::table> read = read_toml(text, file, report);
  if (!read.has_value()) {
    return nullptr;
  }
  document = std::move(*read);
  std::unique_ptr<PolicyModel> model = read_policy(document, target, host, catalogue, report);
  lint_model(*model, environment, report);
  return model;
}

}  // namespace

std::optional<CompiledPolicy> compile_source(const toml::table* gate, const toml::table& source,
                                             std::string_view name, const HostLimits& host,
                                             Catalogue& catalogue, Report& report) {
  const std::size_t errors_before = report.errors();
  const auto model = read_fixture_source(gate, source, name, host, catalogue, report);
  if (report.errors() != errors_before) {
    return std::nullopt;
  }
  return encode_model(*model, {}, std::string(name), host, report);
}

std::optional<CompiledPolicy> compile_policy(std::string_view text, const std::string& file,
                                             Target target, const HostLimits& host,
                                             Catalogue& catalogue, Report& report) {
  toml::table document;
  const std::size_t errors_before = report.errors();
  const auto model = read_and_lint(text, file, {}, target, host, document, catalogue, report);
  if (report.errors() != errors_before) {
    return std::nullopt;
  }
  return encode_model(*model, encode_rehearsal(), file, host, report);
}

std::optional<CompiledPolicy> compile_for_origin(std::string_view text, const std::string& file,
                                                 std::string_view origin, const HostLimits& host,
                                                 Catalogue& catalogue, Report& report) {
  toml::table document;
  const std::size_t errors_before = report.errors();
  const auto model =
      read_and_lint(text, file, {}, Target::development, host, document, catalogue, report);
  if (report.errors() != errors_before) {
    return std::nullopt;
  }
  redirect_destinations(*model, origin);
  return encode_model(*model, encode_rehearsal(), file, host, report);
}

std::optional<CompiledPolicy> lint_policy(std::string_view text, const std::string& file,
                                          const Environment& environment, const HostLimits& host,
                                          Catalogue& catalogue, Report& report) {
  toml::table document;
  const std::size_t errors_before = report.errors();
  const auto model =
      read_and_lint(text, file, environment, Target::production, host, document, catalogue, report);
  return report.errors() == errors_before
             ? encode_model(*model, encode_rehearsal(), file, host, report)
             : std::nullopt;
}

}  // namespace postern::compiler
