#include "compiler/template_check.h"

#include <fmt/format.h>

#include "compiler/template_proof.h"

namespace postern::compiler {
namespace {

/// Where the content of the signature `index` stands.
toml::source_region content_place(const toml::table& table, std::size_t index) {
  const toml::node* node = table.get("signature");
  if (node != nullptr && node->is_array()) {
    node = node->as_array()->get(index);
  }
  const toml::table* rule = node == nullptr ? nullptr : node->as_table();
  const toml::node* content = rule == nullptr ? nullptr : rule->get("content");
  return content == nullptr ? table.source() : content->source();
}

/// An example that fits into a message: readable, and not long.
std::string shown(std::string example) {
  constexpr std::size_t shown_bytes_max = 48;
  for (char& c : example) {
    c = c < ' ' || c > '~' ? '?' : c;
  }
  if (example.size() > shown_bytes_max) {
    example = example.substr(0, shown_bytes_max) + "...";
  }
  return example.empty() ? example : fmt::format(", as in `{}`", example);
}

/// What makes the end of `part` plain.
std::string mend_of(const std::string& part, const std::string& other) {
  for (const std::string& each : {part, other}) {
    if (each.starts_with("{header:") || each.starts_with("{field:") ||
        each.starts_with("{query:") || (each.starts_with("{form:") && each != "{form:sorted}") ||
        each == "{id}") {
      return fmt::format(
          "say what it is made of, without the first character of what follows: `{} "
          "[A-Za-z0-9-]}}`",
          each.substr(0, each.size() - 1));
    }
  }
  for (const std::string& each : {part, other}) {
    if (each == "{form:sorted}") {
      return "say what the names of its fields begin with: `{form:sorted [A-Za-z]}`";
    }
  }
  return part == "{body}" || other == "{body}"
             ? "say what the body is: sends = [\"json\"] in the scheme, or `format` in the "
               "signature"
             : "put a character between them that neither can hold";
}

}  // namespace

void check_templates(const toml::table& table, SchemeModel& model, Report& report) {
  model.scheme.id_alphabet = id_alphabet_of(model.scheme);
  if (model.scheme.id.place != scheme::Place::none && model.scheme.id_alphabet.is_empty()) {
    report.error(content_place(table, 0), "ambiguous-content",
                 "what follows `{id}` may begin with anything, so nothing tells where an id ends",
                 mend_of("{id}", ""));
    return;
  }
  const auto found = find_ambiguity(model.scheme);
  if (!found.has_value()) {
    return;
  }
  const std::string where = found->rule == found->other_rule
                                ? std::string("the signed text can be cut in two ways")
                                : std::string("the signed text of one signature is one of another");
  report.error(content_place(table, found->other_rule), "ambiguous-content",
               fmt::format("{}: a character can belong to {} or to {}{}", where, found->part,
                           found->other_part, shown(found->example)),
               mend_of(found->part, found->other_part));
}

}  // namespace postern::compiler
