#include "compiler/diagnostics.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <span>
#include <tuple>

namespace postern::compiler {
namespace {

/// How many characters are shown of a source line, and of a longer one before the column.
constexpr std::size_t shown_line_characters_max = 160;
constexpr std::size_t shown_before_column = 60;

constexpr std::size_t message_bytes_max = 1600;

/// Stands where a line goes on.
constexpr std::string_view elided = "... ";

/// Byte offset of character `column` (from 1) of a UTF-8 line; its size when the line is shorter.
std::size_t offset_of_column(std::string_view line, std::uint32_t column) {
  std::size_t offset = 0;
  for (std::uint32_t passed = 1; passed < column && offset < line.size(); ++passed) {
    ++offset;
    while (offset < line.size() && (static_cast<unsigned char>(line[offset]) & 0xC0U) == 0x80U) {
      ++offset;
    }
  }
  return offset;
}

/// Replaces what stands between quotes by as many asterisks.
std::string mask_quoted(std::string line) {
  char quote = 0;
  for (char& character : line) {
    if (quote == 0 && (character == '"' || character == '\'')) {
      quote = character;
    } else if (character == quote) {
      quote = 0;
    } else if (quote != 0) {
      character = '*';
    }
  }
  return line;
}

/// What quotes a key or a name of a megabyte is cut.
std::string shortened(std::string text) {
  if (text.size() > message_bytes_max) {
    text.resize(offset_of_column(text, message_bytes_max / 2));
    text += " ...";
  }
  return text;
}

/// Characters of a UTF-8 text.
std::size_t characters_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string line(text.substr(0, end));
    if (line.ends_with('\r')) {
      line.pop_back();
    }
    lines.push_back(std::move(line));
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  }
  return lines;
}

std::size_t edit_distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < to.size(); ++j) {
      const std::size_t changed = diagonal + (from[i] == to[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, changed});
    }
  }
  return row[to.size()];
}

/// Bytes of the control character that `text` begins with: of ASCII, of the second set that UTF-8
/// has (U+0080 to U+009F), or one that turns the direction of what follows. 0 for any other.
std::size_t control_bytes(std::string_view text) {
  const auto byte = [&](std::size_t at) {
    return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U;
  };
  if (byte(0) < 0x20 || byte(0) == 0x7f) {
    return 1;
  }
  if (byte(0) == 0xC2 && byte(1) >= 0x80 && byte(1) <= 0x9F) {
    return 2;
  }
  const bool turns =
      byte(0) == 0xE2 && ((byte(1) == 0x80 && (byte(2) == 0x8E || byte(2) == 0x8F ||
                                               (byte(2) >= 0xAA && byte(2) <= 0xAE))) ||
                          (byte(1) == 0x81 && byte(2) >= 0xA6 && byte(2) <= 0xA9));
  return turns ? 3 : 0;
}

/// Control characters would speak to the terminal: shown as one character each.
std::string without_controls(std::string_view text) {
  std::string shown;
  while (!text.empty()) {
    const std::size_t control = control_bytes(text);
    shown += control == 0 ? text.front() : '?';
    text.remove_prefix(std::max<std::size_t>(control, 1));
  }
  return shown;
}

}  // namespace

std::string_view name_of(Severity severity) {
  return severity == Severity::error ? "error" : "warning";
}

void Report::add_text(std::string file, std::string_view text) {
  lines_[std::move(file)] = split_lines(text);
}

void Report::add_secret_place(const toml::source_region& place) {
  secret_places_.push_back({place.path != nullptr ? *place.path : std::string{}, place});
}

void Report::error(const toml::source_region& place, std::string_view code, std::string message,
                   std::string hint) {
  add(Severity::error, place, code, std::move(message), std::move(hint));
}

void Report::warn(const toml::source_region& place, std::string_view code, std::string message,
                  std::string hint) {
  add(Severity::warning, place, code, std::move(message), std::move(hint));
}

bool Report::count(Severity severity) {
  ++(severity == Severity::error ? errors_ : warnings_);
  return all_.size() < kept_diagnostics_max;
}

void Report::add(Severity severity, const toml::source_region& place, std::string_view code,
                 std::string message, std::string hint) {
  if (!count(severity)) {
    return;
  }
  Diagnostic diagnostic{
      .severity = severity,
      .code = std::string(code),
      .file = place.path != nullptr ? *place.path : std::string{},
      .line = place.begin.line,
      .column = place.begin.column,
      .width = 1,
      .message = shortened(std::move(message)),
      .hint = shortened(std::move(hint)),
      .source_line = {},
  };
  if (place.end.line == place.begin.line && place.end.column > place.begin.column) {
    diagnostic.width = place.end.column - place.begin.column;
  }
  all_.push_back(std::move(diagnostic));
}

void Report::syntax_error(const toml::parse_error& fault) {
  const toml::source_region& place = fault.source();
  // The line is masked as a whole: what toml++ could not read has no known secrets.
  toml::source_region whole_line = place;
  whole_line.begin.column = 0;
  whole_line.end = {place.begin.line, 0};
  add_secret_place(whole_line);
  add(Severity::error, place, "syntax", std::string(fault.description()),
      "this is not TOML; see https://toml.io/en/v1.0.0");
}

void Report::file_error(std::string file, std::string_view code, std::string message,
                        std::string hint) {
  add_of_file(Severity::error, std::move(file), code, std::move(message), std::move(hint));
}

void Report::file_warning(std::string file, std::string_view code, std::string message,
                          std::string hint) {
  add_of_file(Severity::warning, std::move(file), code, std::move(message), std::move(hint));
}

void Report::add_of_file(Severity severity, std::string file, std::string_view code,
                         std::string message, std::string hint) {
  if (!count(severity)) {
    return;
  }
  Diagnostic& diagnostic = all_.emplace_back();
  diagnostic.severity = severity;
  diagnostic.code = std::string(code);
  diagnostic.file = std::move(file);
  diagnostic.message = shortened(std::move(message));
  diagnostic.hint = shortened(std::move(hint));
}

std::string Report::source_line(const Diagnostic& diagnostic) const {
  const auto text = lines_.find(diagnostic.file);
  if (text == lines_.end() || diagnostic.line == 0 || diagnostic.line > text->second.size()) {
    return {};
  }
  std::string line = text->second[diagnostic.line - 1];
  for (const SecretPlace& secret : secret_places_) {
    const auto& [begin, end, path] = secret.place;
    if (secret.file != diagnostic.file || diagnostic.line < begin.line ||
        diagnostic.line > end.line) {
      continue;
    }
    if (begin.column == 0) {
      const bool harmless = line.find("secret") == std::string::npos && line.contains('=') &&
                            !line.contains("sign_forwards") && !line.contains("parameters") &&
                            !line.contains("token");
      line = harmless ? line : mask_quoted(line);
      continue;
    }
    const std::size_t from =
        begin.line < diagnostic.line ? 0 : offset_of_column(line, begin.column);
    const std::size_t to =
        end.line > diagnostic.line ? line.size() : offset_of_column(line, end.column);
    for (std::size_t i = from; i < to; ++i) {
      line[i] = line[i] == '"' || line[i] == '\'' ? line[i] : '*';
    }
  }
  return line;
}

/// Cuts the line to what stands around the column, and puts the caret below it.
void Report::show_line(Diagnostic& diagnostic) const {
  std::string line = source_line(diagnostic);
  if (line.empty() || diagnostic.column == 0) {
    diagnostic.source_line = std::move(line);
    return;
  }
  std::uint32_t first = 1;  // The character that is shown first.
  if (characters_of(line) > shown_line_characters_max) {
    first = diagnostic.column > shown_before_column
                ? diagnostic.column - static_cast<std::uint32_t>(shown_before_column)
                : 1;
    const std::size_t begin = offset_of_column(line, first);
    const std::size_t end =
        offset_of_column(line, first + static_cast<std::uint32_t>(shown_line_characters_max));
    line = (first > 1 ? std::string(elided) : "") + line.substr(begin, end - begin) +
           (end < line.size() ? " ..." : "");
  }
  const auto shift = static_cast<std::uint32_t>(first > 1 ? elided.size() : 0);
  const auto shown = static_cast<std::uint32_t>(characters_of(line));
  diagnostic.source_line = std::move(line);
  diagnostic.caret = std::min(diagnostic.column - first + 1 + shift, shown + 1);
  diagnostic.caret_width =
      std::max<std::uint32_t>(1, std::min(diagnostic.width, shown + 1 - diagnostic.caret));
}

std::vector<Diagnostic> Report::sorted() const {
  std::vector<Diagnostic> sorted = all_;
  std::ranges::stable_sort(sorted, [](const Diagnostic& left, const Diagnostic& right) {
    return std::tie(left.file, left.line, left.column) <
           std::tie(right.file, right.line, right.column);
  });
  for (Diagnostic& diagnostic :
       std::span(sorted).first(std::min(sorted.size(), shown_diagnostics_max))) {
    show_line(diagnostic);
  }
  return sorted;
}

std::string as_text(const std::vector<Diagnostic>& diagnostics, Colour colour, std::size_t found) {
  const bool coloured = colour == Colour::always;
  const std::string_view bold = coloured ? "\x1b[1m" : "";
  const std::string_view plain = coloured ? "\x1b[0m" : "";
  std::string text;
  for (const Diagnostic& diagnostic :
       std::span(diagnostics).first(std::min(diagnostics.size(), shown_diagnostics_max))) {
    const std::string_view tint = !coloured                                ? ""
                                  : diagnostic.severity == Severity::error ? "\x1b[1;31m"
                                                                           : "\x1b[1;33m";
    const std::string place =
        diagnostic.line == 0
            ? diagnostic.file
            : fmt::format("{}:{}:{}", diagnostic.file, diagnostic.line, diagnostic.column);
    text += fmt::format("{}{}:{} {}{}:{} {} [{}]\n", bold, without_controls(place), plain, tint,
                        name_of(diagnostic.severity), plain, without_controls(diagnostic.message),
                        diagnostic.code);
    if (!diagnostic.source_line.empty() && diagnostic.caret > 0) {
      // Tabs are shown as one space, so that the caret stands below what it means.
      std::string line = diagnostic.source_line;
      std::ranges::replace(line, '\t', ' ');
      line = without_controls(line);
      text +=
          fmt::format("  {:>4} | {}\n       | {:{}}{}{}{}\n", diagnostic.line, line, "",
                      diagnostic.caret - 1, tint, std::string(diagnostic.caret_width, '^'), plain);
    }
    if (!diagnostic.hint.empty()) {
      text += fmt::format("  hint: {}\n", without_controls(diagnostic.hint));
    }
  }
  if (diagnostics.size() > shown_diagnostics_max) {
    text += fmt::format("... and {} more\n",
                        std::max(found, diagnostics.size()) - shown_diagnostics_max);
  }
  return text;
}

std::string nearest(std::string_view word, const std::vector<std::string>& known) {
  // A word of three letters is one edit from many others.
  std::size_t best_distance = word.size() <= 3 ? 1 : 2;
  std::string best;
  for (const std::string& candidate : known) {
    if (word.size() > candidate.size() + best_distance) {
      continue;  // A word of a megabyte is not measured.
    }
    const std::size_t distance = edit_distance(word, candidate);
    if (distance <= best_distance && (best.empty() || distance < best_distance)) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace postern::compiler
