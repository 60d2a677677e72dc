#include "compiler/commands/wrangler_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "compiler/commands/json_document.h"
#include "compiler/toml_text.h"

namespace postern::compiler {
namespace {

/// Nothing of these is inherited: an environment has what its own table has.
/// Source: `notInheritable` in the configuration of wrangler 4.164.0, read 2026-11-29.
constexpr std::array looked_at = {"secrets", "durable_objects", "queues", "ratelimits"};

/// What stands at a path such as `queues.producers` of `table`; null for nothing.
const toml::node* node_at(const toml::table& table, std::string_view path) {
  const std::size_t dot = std::min(path.find('.'), path.size());
  const toml::node* found = table.get(path.substr(0, dot));
  if (dot == path.size() || found == nullptr) {
    return found;
  }
  return found->is_table() ? node_at(*found->as_table(), path.substr(dot + 1)) : nullptr;
}

/// Empty for what is no text.
std::string text_in(const toml::node* node) {
  const auto* text = node == nullptr ? nullptr : node->as_string();
  return text == nullptr ? "" : text->get();
}

/// 0 for what is no whole number.
std::int64_t number_in(const toml::node* node) {
  const auto* number = node == nullptr ? nullptr : node->as_integer();
  return number == nullptr ? 0 : number->get();
}

/// The end of `main` where it is the Worker that comes along, which has no functions of its own.
constexpr std::string_view bare_worker = "hosts/cloudflare/worker.mjs";

/// What would be deployed by one `wrangler deploy`: the top level, or an environment.
class Deployment {
 public:
  Deployment(const toml::table& table, std::string file, std::string where, const HostLimits& host,
             Report& report)
      : table_(table),
        file_(std::move(file)),
        where_(std::move(where)),
        host_(host),
        report_(report) {}

  void compare(const HostNeeds& needs) const {
    compare_secrets(needs);
    compare_counters(needs);
    if (!texts("durable_objects.bindings", "name").contains("LEDGER")) {
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

  /// Null where there is no list.
  [[nodiscard]] const toml::array* list_at(std::string_view path) const {
    const toml::node* found = node_at(table_, path);
    return found == nullptr ? nullptr : found->as_array();
  }

  /// The tables of the list at `path`, such as `durable_objects.bindings`; none where there is no
  /// list.
  [[nodiscard]] std::vector<const toml::table*> tables(std::string_view path) const {
    std::vector<const toml::table*> found;
    if (const toml::array* list = list_at(path); list != nullptr) {
      for (const toml::node& element : *list) {
        if (element.is_table()) {
          found.push_back(element.as_table());
        }
      }
    }
    return found;
  }

  /// Texts at `key` of the tables in a list.
  [[nodiscard]] std::set<std::string> texts(std::string_view path, std::string_view key) const {
    std::set<std::string> found;
    for (const toml::table* table : tables(path)) {
      found.insert(text_in(table->get(key)));
    }
    found.erase("");
    return found;
  }

  /// The names that a deployment must not lack; of what is no text, an empty one.
  [[nodiscard]] std::set<std::string> required_secrets() const {
    std::set<std::string> names;
    if (const toml::array* list = list_at("secrets.required"); list != nullptr) {
      for (const toml::node& name : *list) {
        names.insert(text_in(&name));
      }
    }
    return names;
  }

  /// Without a list of required secrets the Worker sees every value that it was given.
  void compare_secrets(const HostNeeds& needs) const {
    if (node_at(table_, "secrets.required") == nullptr) {
      return;
    }
    const std::set<std::string> required = required_secrets();
    std::set<std::string> wanted;
    for (const ValueNeed& value : needs.values) {
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

  void compare_counters(const HostNeeds& needs) const {
    const std::set<std::string> bound = texts("ratelimits", "name");
    for (const std::string& name : needs.rate_bindings) {
      if (!bound.contains(name)) {
        warn("missing-rate-limit",
             fmt::format("a rate limit counts in {}, which is not bound: it limits nothing", name),
             "add a table [[ratelimits]] of that name: docs/POLICY.md");
      }
    }
    for (const toml::table* entry : tables("ratelimits")) {
      const std::string name = text_in(entry->get("name"));
      const std::int64_t limit = number_in(node_at(*entry, "simple.limit"));
      const std::int64_t period = number_in(node_at(*entry, "simple.period"));
      if (needs.rate_bindings.contains(name) && name != rate_binding(host_, limit, period)) {
        warn("other-rate-limit",
             fmt::format("{} is bound to {} requests in {} s", name, limit, period),
             "its name says what the policy counts by it");
      }
    }
  }

  void compare_queues() const {
    const std::set<std::string> producers = texts("queues.producers", "binding");
    for (const char* name : {"DELIVERIES", "DEAD_LETTERS"}) {
      if (!producers.contains(name)) {
        warn("missing-queue",
             fmt::format("the policy delivers by a queue, but none is bound as {}", name),
             "see docs/DEPLOYING.md");
      }
    }
    if (texts("queues.consumers", "queue").empty()) {
      warn("missing-queue", "the policy delivers by a queue, but nothing consumes one",
           "see docs/DEPLOYING.md");
    }
  }

  const toml::table& table_;
  std::string file_;
  std::string where_;
  const HostLimits& host_;
  Report& report_;
};

std::size_t end_of_text(std::string_view text, std::size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at) {
    at += text[at] == '\\' ? 1 : 0;
  }
  return std::min(at + 1, text.size());
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

void tell_of_fault(std::string_view text, std::string_view before, const std::string& file,
                   Report& report) {
  const std::size_t line_begin = before.rfind('\n') + 1;  // 0 on the first line.
  const toml::source_position at{
      static_cast<toml::source_index>(1 + std::ranges::count(before, '\n')),
      static_cast<toml::source_index>(1 + before.size() - line_begin)};
  report.add_text(file, text);
  report.error({.begin = at, .end = at, .path = std::make_shared<const std::string>(file)},
               "syntax", "this is not JSON", "");
}

/// Nothing after telling what is wrong.
std::optional<toml::table> read_configuration(std::string_view text, const std::string& file,
                                              Report& report) {
  if (file.ends_with(".json") || file.ends_with(".jsonc")) {
    const std::string plain = plain_json(text);
    const JsonDocument document = read_json(plain);
    if (document.value == nullptr) {
      tell_of_fault(text, std::string_view(plain).substr(0, document.fault), file, report);
      return std::nullopt;
    }
    if (!document.value->is_table()) {
      report.file_error(file, "wrong-type", "this configuration is no object", "");
      return std::nullopt;
    }
    return std::move(*document.value->as_table());
  }
  auto document = parse_toml(text, file);
  if (!document.has_value()) {
    report.add_text(file, text);
    report.syntax_error(document.error());
    return std::nullopt;
  }
  return std::move(*document);
}

}  // namespace

void lint_wrangler(const HostNeeds& needs, std::string_view text, const std::string& file,
                   const HostLimits& host, Report& report) {
  const std::optional<toml::table> document = read_configuration(text, file, report);
  if (!document.has_value()) {
    return;
  }
  if (!needs.handlers.empty() && text_in(document->get("main")).ends_with(bare_worker)) {
    report.file_warning(file, "missing-handlers",
                        "the policy delivers to handlers, and this `main` has none: it would not "
                        "start",
                        "main = a script of yours with gate({ policy, handlers }): docs/POLICY.md");
  }
  const toml::table* environments = document->get_as<toml::table>("env");
  const bool has_environments = environments != nullptr && !environments->empty();
  // Whoever deploys environments only may leave all of it to them.
  const bool is_bare = std::ranges::none_of(
      looked_at, [&](std::string_view key) { return document->contains(key); });
  if (!has_environments || !is_bare) {
    Deployment(*document, file, "", host, report).compare(needs);
  }
  if (!has_environments) {
    return;
  }
  for (const auto& [name, table] : *environments) {
    const toml::table none;
    Deployment(table.is_table() ? *table.as_table() : none, file,
               fmt::format(" (environment `{}`, which inherits nothing of it)", name.str()), host,
               report)
        .compare(needs);
  }
}

}  // namespace postern::compiler
