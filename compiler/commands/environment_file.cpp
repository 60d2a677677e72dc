#include "compiler/commands/environment_file.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "compiler/commands/dotenv_lines.h"
#include "compiler/commands/json_document.h"

namespace postern::compiler {
namespace {

/// A value that refers to itself grows with every replacement.
constexpr std::size_t replacements_max = 1000;
constexpr std::size_t value_bytes_max = std::size_t{64} << 10;

/// One `$NAME` or `${EXPRESSION}` of a value.
struct Reference {
  std::string whole;
  std::string name;
  std::string otherwise;
  bool is_alternative = false;  // `:+`: what stands behind it, where the name is set.
};

bool is_variable(char c, bool is_first) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         (!is_first && c >= '0' && c <= '9');
}

Reference split_expression(std::string whole, const std::string& expression) {
  std::size_t at = expression.find_first_of("+-");
  std::size_t length = 1;
  if (at != std::string::npos && at > 0 && expression[at - 1] == ':') {
    --at;
    length = 2;
  } else if (at == std::string::npos) {
    at = expression.find("null");  // Split by nothing at all, which JavaScript calls "null".
    length = 4;
  }
  const bool has_end = at != std::string::npos;
  return {.whole = std::move(whole),
          .name = expression.substr(0, at),
          .otherwise = has_end ? expression.substr(at + length) : "",
          .is_alternative = has_end && expression[at + length - 1] == '+'};
}

std::optional<Reference> first_reference(const std::string& value) {
  for (std::size_t at = value.find('$'); at != std::string::npos; at = value.find('$', at + 1)) {
    if (at > 0 && value[at - 1] == '\\') {
      continue;
    }
    std::size_t end = at + 1;
    if (end < value.size() && value[end] == '{') {
      const std::size_t close = value.find_first_of("{}", end + 1);
      if (close != std::string::npos && value[close] == '}' && close > end + 1) {
        return split_expression(value.substr(at, close + 1 - at),
                                value.substr(end + 1, close - end - 1));
      }
      continue;
    }
    while (end < value.size() && is_variable(value[end], end == at + 1)) {
      ++end;
    }
    if (end > at + 1) {
      return split_expression(value.substr(at, end - at), value.substr(at + 1, end - at - 1));
    }
  }
  return std::nullopt;
}

/// As `String.replace` does: the first occurrence, and `$$`, `$&`, `` $` `` and `$'` in `by` mean
/// something.
std::string replaced(const std::string& text, const std::string& what, std::string_view by) {
  const std::size_t at = text.find(what);
  std::string result = text.substr(0, at);
  for (std::size_t i = 0; i < by.size(); ++i) {
    const char next = by[i] == '$' && i + 1 < by.size() ? by[i + 1] : '\0';
    if (next == '$') {
      result += '$';
    } else if (next == '&') {
      result += what;
    } else if (next == '`') {
      result += text.substr(0, at);
    } else if (next == '\'') {
      result += text.substr(at + what.size());
    } else {
      result += by[i];
      continue;
    }
    ++i;
  }
  return result + text.substr(at + what.size());
}

std::string looked_up(const std::string& name, const Values& process, const Values& earlier) {
  if (const auto found = process.find(name); found != process.end()) {
    return found->second;
  }
  const auto found = earlier.find(name);
  return found == earlier.end() ? "" : found->second;
}

/// Nothing for a value that does not come to an end.
std::optional<std::string> expanded(std::string value, const Values& process,
                                    const Values& earlier) {
  std::set<std::string> seen;
  for (std::size_t n = 0; n < replacements_max && (n == 0 || value.size() <= value_bytes_max);
       ++n) {
    const auto reference = first_reference(value);
    if (!reference.has_value()) {
      return value;
    }
    seen.insert(value);
    const std::string known = looked_up(reference->name, process, earlier);
    if (reference->is_alternative) {
      value = replaced(value, reference->whole, known.empty() ? "" : reference->otherwise);
    } else if (known.empty() || seen.contains(known)) {
      value = replaced(value, reference->whole, reference->otherwise);
    } else {
      value = replaced(value, reference->whole, known);
    }
    if (const auto same = earlier.find(reference->name);
        same != earlier.end() && value == same->second) {
      return value;
    }
  }
  return std::nullopt;
}

std::string without_escapes(std::string value) {
  for (std::size_t at = value.find("\\$"); at != std::string::npos;
       at = value.find("\\$", at + 1)) {
    value.erase(at, 1);
  }
  return value;
}

/// By name, in the order in which the names first stand there.
using Pairs = std::vector<std::pair<std::string, std::string>>;

void expand(const Pairs& pairs, const Values& process, EnvironmentFile& file) {
  for (const auto& [name, written] : pairs) {
    const auto own = process.find(name);
    const bool is_set = own != process.end();
    const bool is_other = is_set && !own->second.empty() && own->second != written;
    const auto value = is_other ? own->second : expanded(written, process, file.values);
    if (!value.has_value()) {
      file.fault = "the value of " + name + " refers to itself";
      return;
    }
    file.values[name] = without_escapes(*value);
    if (*value != written && !is_set) {
      file.expanded.push_back(name);
    }
  }
  for (const auto& [name, written] : pairs) {
    if (const auto own = process.find(name); own != process.end()) {
      file.values[name] = own->second;
      if (own->second != written) {
        file.overridden.push_back(name);
      }
    }
  }
}

/// False for what is no JSON.
bool read_object(std::string_view text, EnvironmentFile& file) {
  const JsonDocument json = read_json(text);
  if (json.value == nullptr) {
    return false;
  }
  const toml::table* object = json.value->as_table();
  if (object == nullptr) {
    file.fault = "it is JSON, but no object of texts";
    return true;
  }
  for (const auto& [name, value] : *object) {
    if (value.is_string()) {
      file.written[std::string(name.str())] = value.value_or(std::string());
    } else if (!is_null(value)) {
      file.fault = "the value of " + std::string(name.str()) + " is no text";
      return true;
    }
  }
  file.values = file.written;
  return true;
}

}  // namespace

EnvironmentFile read_environment(std::string_view text, const Values& process) {
  EnvironmentFile file;
  constexpr std::string_view mark = "\xEF\xBB\xBF";
  if (text.starts_with(mark)) {
    text.remove_prefix(mark.size());
  }
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    file.fault = "it is UTF-16: save it as UTF-8";
    return file;
  }
  if (read_object(text, file)) {
    return file;
  }
  DotenvLines lines = read_dotenv(text);
  file.written = {lines.pairs.begin(), lines.pairs.end()};
  file.repeated = std::move(lines.repeated);
  file.ignored_lines = std::move(lines.ignored_lines);
  expand(lines.pairs, process, file);
  return file;
}

}  // namespace postern::compiler
