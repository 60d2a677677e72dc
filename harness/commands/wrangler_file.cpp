#include "harness/commands/wrangler_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <sstream>

#include "compiler/toml_text.h"
#include "harness/contract/hosts.h"

namespace postern::harness {
namespace {

using nlohmann::json;
using namespace nlohmann::literals;

/// Nothing of these is inherited: an environment has what its own table has.
/// Source: `notInheritable` in the configuration of wrangler 4.164.0, read 2026-11-29.
constexpr std::array looked_at = {"secrets", "durable_objects", "queues", "ratelimits"};

std::string text_at(const json& table, const char* key) {
  const auto found = table.find(key);
  return found != table.end() && found->is_string() ? found->get<std::string>() : "";
}

/// 0 for what is no whole number.
std::int64_t number_at(const json& table, std::string_view path) {
  const json::json_pointer at{std::string(path)};
  const bool is_number = table.contains(at) && table.at(at).is_number_integer();
  return is_number ? table.at(at).get<std::int64_t>() : 0;
}

/// What would be deployed by one `wrangler deploy`: the top level, or an environment.
class Deployment {
 public:
  Deployment(const json& table, std::string file, std::string where, compiler::Report& report)
      : table_(table), file_(std::move(file)), where_(std::move(where)), report_(report) {}

  void compare(const compiler::HostNeeds& needs) const {
    compare_secrets(needs);
    compare_counters(needs);
    if (!texts("/durable_objects/bindings", "name").contains("LEDGER")) {
      warn("missing-ledger", "no durable object is bound as LEDGER",
           "the gate answers 503 without its ledger: see wrangler.toml of the sample");
    }
    if (needs.queue) {
      compare_queues();
    }
  }

 private:
  void warn(std::string_view code, const std::string& message, std::string hint) const {
    report_.file_warning(file_, code, message + where_, std::move(hint));
  }

  /// The list at `path`, such as `/durable_objects/bindings`; empty where there is none.
  [[nodiscard]] json list(std::string_view path) const {
    const json::json_pointer at{std::string(path)};
    return table_.contains(at) && table_.at(at).is_array() ? table_.at(at) : json::array();
  }

  /// Texts at `key` of the tables in a list.
  [[nodiscard]] std::set<std::string> texts(std::string_view path, const char* key) const {
    std::set<std::string> found;
    for (const json& entry : list(path)) {
      found.insert(text_at(entry, key));
    }
    found.erase("");
    return found;
  }

  /// Without a list of required secrets the Worker sees every value that it was given.
  void compare_secrets(const compiler::HostNeeds& needs) const {
    if (!table_.contains("/secrets/required"_json_pointer)) {
      return;
    }
    std::set<std::string> required;
    for (const json& name : list("/secrets/required")) {
      required.insert(name.is_string() ? name.get<std::string>() : "");
    }
    std::set<std::string> wanted;
    for (const compiler::ValueNeed& value : needs.values) {
      wanted.insert(value.name);
      if (!required.contains(value.name)) {
        warn("missing-required-secret",
             fmt::format("the policy reads {}, which `[secrets] required` lacks, so that the "
                         "Worker does not get it",
                         value.name),
             "add it there: `postern compile FILE --names` prints all");
      }
    }
    for (const std::string& name : required) {
      if (!wanted.contains(name) && !name.starts_with("POSTERN_ADMIN_")) {
        warn("unused-required-secret",
             fmt::format("`[secrets] required` has {}, which the policy does not read", name),
             "no deployment succeeds without a value for it: take it out");
      }
    }
  }

  void compare_counters(const compiler::HostNeeds& needs) const {
    const std::set<std::string> bound = texts("/ratelimits", "name");
    for (const std::string& name : needs.rate_bindings) {
      if (!bound.contains(name)) {
        warn("missing-rate-limit",
             fmt::format("a rate limit counts in {}, which is not bound: it limits nothing", name),
             "add a table [[ratelimits]] of that name: docs/POLICY.md");
      }
    }
    for (const json& entry : list("/ratelimits")) {
      const std::string name = text_at(entry, "name");
      const std::int64_t limit = number_at(entry, "/simple/limit");
      const std::int64_t period = number_at(entry, "/simple/period");
      if (needs.rate_bindings.contains(name) &&
          name != compiler::rate_binding(cloudflare_limits, limit, period)) {
        warn("other-rate-limit",
             fmt::format("{} is bound to {} requests in {} s", name, limit, period),
             "its name says what the policy counts by it");
      }
    }
  }

  void compare_queues() const {
    const std::set<std::string> producers = texts("/queues/producers", "binding");
    for (const char* name : {"DELIVERIES", "DEAD_LETTERS"}) {
      if (!producers.contains(name)) {
        warn("missing-queue",
             fmt::format("the policy delivers by a queue, but none is bound as {}", name),
             "see docs/OPERATING.md: Deploy");
      }
    }
    if (texts("/queues/consumers", "queue").empty()) {
      warn("missing-queue", "the policy delivers by a queue, but nothing consumes one",
           "see docs/OPERATING.md: Deploy");
    }
  }

  const json& table_;
  std::string file_;
  std::string where_;
  compiler::Report& report_;
};

std::size_t end_of_text(std::string_view json, std::size_t at) {
  for (++at; at < json.size() && json[at] != '"'; ++at) {
    at += json[at] == '\\' ? 1 : 0;
  }
  return std::min(at + 1, json.size());
}

/// What wrangler takes for JSON, as JSON: comments and commas behind a last element are blank, and
/// all else stands where it stood.
std::string plain_json(std::string_view text) {
  std::string plain(text);
  const auto blank = [&plain](std::size_t from, std::size_t to) {
    std::replace_if(
        plain.begin() + static_cast<std::ptrdiff_t>(from),
        plain.begin() + static_cast<std::ptrdiff_t>(to), [](char c) { return c != '\n'; }, ' ');
  };
  std::optional<std::size_t> comma;  // Behind which nothing stands yet.
  for (std::size_t at = 0; at < text.size();) {
    if (text.substr(at).starts_with("//") || text.substr(at).starts_with("/*")) {
      const bool is_line = text[at + 1] == '/';
      const std::size_t end = text.find(is_line ? "\n" : "*/", at + 2);
      const std::size_t past =
          end == std::string_view::npos ? text.size() : end + (is_line ? 0 : 2);
      blank(at, past);
      at = past;
      continue;
    }
    const char c = text[at];
    if ((c == '}' || c == ']') && comma.has_value()) {
      plain[*comma] = ' ';
    }
    if (!std::string_view(" \t\r\n").contains(c)) {
      comma = c == ',' ? std::optional(at) : std::nullopt;
    }
    at = c == '"' ? end_of_text(text, at) : at + 1;
  }
  return plain;
}

/// Nothing after telling what is wrong.
std::optional<json> read_json(std::string_view text, const std::string& file,
                              compiler::Report& report) {
  const std::string plain = plain_json(text);
  try {
    return json::parse(plain);
  } catch (const json::parse_error& fault) {
    const std::string_view before =
        std::string_view(plain).substr(0, fault.byte == 0 ? 0 : fault.byte - 1);
    const std::size_t line_begin = before.rfind('\n') + 1;  // 0 on the first line.
    const toml::source_position at{
        static_cast<toml::source_index>(1 + std::ranges::count(before, '\n')),
        static_cast<toml::source_index>(1 + before.size() - line_begin)};
    report.add_text(file, text);
    report.error({.begin = at, .end = at, .path = std::make_shared<const std::string>(file)},
                 "syntax", "this is not JSON", "");
    return std::nullopt;
  }
}

std::optional<json> read_configuration(std::string_view text, const std::string& file,
                                       compiler::Report& report) {
  if (file.ends_with(".json") || file.ends_with(".jsonc")) {
    return read_json(text, file, report);
  }
  const auto document = compiler::parse_toml(text, file);
  if (!document.has_value()) {
    report.add_text(file, text);
    report.syntax_error(document.error());
    return std::nullopt;
  }
  std::ostringstream as_json;
  as_json << toml::json_formatter{*document};
  return json::parse(as_json.str(), nullptr, false);
}

}  // namespace

void lint_wrangler(const compiler::HostNeeds& needs, std::string_view text, const std::string& file,
                   compiler::Report& report) {
  const std::optional<json> document = read_configuration(text, file, report);
  if (!document.has_value()) {
    return;
  }
  if (!document->is_object()) {
    report.file_error(file, "wrong-type", "this configuration is no object", "");
    return;
  }
  const json environments = document->value("env", json::object());
  const bool has_environments = environments.is_object() && !environments.empty();
  // Whoever deploys environments only may leave all of it to them.
  const bool is_bare =
      std::ranges::none_of(looked_at, [&](const char* key) { return document->contains(key); });
  if (!has_environments || !is_bare) {
    Deployment(*document, file, "", report).compare(needs);
  }
  for (const auto& [name, table] : environments.items()) {
    Deployment(table, file, fmt::format(" (environment `{}`, which inherits nothing of it)", name),
               report)
        .compare(needs);
  }
}

}  // namespace postern::harness
