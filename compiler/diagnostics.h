#pragma once

#include <toml++/toml.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

// What is wrong with a file that a person wrote, and where. One form for syntax errors, for
// mistakes and for findings of the linter.

namespace postern::compiler {

enum class Severity : std::uint8_t { warning, error };

[[nodiscard]] std::string_view name_of(Severity severity);

/// One mistake. Lines and columns count from 1, columns in characters; `line` 0 means the whole
/// file.
struct Diagnostic {
  Severity severity = Severity::error;
  /// Names the rule, such as `unknown-key`; stable, for scripts.
  std::string code;
  std::string file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  /// Characters to underline, at least 1.
  std::uint32_t width = 1;
  std::string message;
  std::string hint;
  /// The line as written, with literal secrets masked; of a long one the part around the column.
  std::string source_line;
  /// Where the caret stands below `source_line`, from 1, and what is underlined of it. 0: nowhere.
  std::uint32_t caret = 0;
  std::uint32_t caret_width = 1;
};

/// A file with more mistakes than this has one cause; the rest is counted.
inline constexpr std::size_t shown_diagnostics_max = 100;

/// So many are kept, the first that were found; all are counted. A text of 4 MiB can have a hundred
/// thousand mistakes, which would take a hundred times its size.
inline constexpr std::size_t kept_diagnostics_max = 1000;

/// Collects diagnostics and knows the texts that they point into.
class Report {
 public:
  /// `add_text` makes the lines of `file` known; diagnostics find them by the name.
  void add_text(std::string file, std::string_view text);

  /// `add_secret_place` masks what stands at `place` wherever a line is shown.
  void add_secret_place(const toml::source_region& place);

  void error(const toml::source_region& place, std::string_view code, std::string message,
             std::string hint);
  void warn(const toml::source_region& place, std::string_view code, std::string message,
            std::string hint);

  /// `syntax_error` is for what toml++ could not read. Quoted text of the line is masked when the
  /// line may hold a secret, since nothing is known about it.
  void syntax_error(const toml::parse_error& fault);

  /// `file_error` is for a file as a whole, such as one that cannot be opened.
  void file_error(std::string file, std::string_view code, std::string message, std::string hint);

  /// `file_warning` is the same, and hinders nothing.
  void file_warning(std::string file, std::string_view code, std::string message, std::string hint);

  [[nodiscard]] std::size_t errors() const { return errors_; }
  [[nodiscard]] std::size_t warnings() const { return warnings_; }
  [[nodiscard]] std::size_t found() const { return errors_ + warnings_; }

  /// `sorted` gives what was kept by file, line and column; the first `shown_diagnostics_max`
  /// with their source lines.
  [[nodiscard]] std::vector<Diagnostic> sorted() const;

 private:
  struct SecretPlace {
    std::string file;
    toml::source_region place;
  };

  /// Counts one, and says whether it is kept.
  bool count(Severity severity);
  void add(Severity severity, const toml::source_region& place, std::string_view code,
           std::string message, std::string hint);
  void add_of_file(Severity severity, std::string file, std::string_view code, std::string message,
                   std::string hint);
  [[nodiscard]] std::string source_line(const Diagnostic& diagnostic) const;
  void show_line(Diagnostic& diagnostic) const;

  std::vector<Diagnostic> all_;
  std::vector<SecretPlace> secret_places_;
  std::map<std::string, std::vector<std::string>, std::less<>> lines_;
  std::size_t errors_ = 0;
  std::size_t warnings_ = 0;
};

enum class Colour : std::uint8_t { never, always };

/// `as_text` shows each diagnostic as `file:line:column: severity: message [code]`, the source
/// line, a caret, and the hint; beyond `shown_diagnostics_max` how many there are. `found` says so
/// where more were counted than kept.
[[nodiscard]] std::string as_text(const std::vector<Diagnostic>& diagnostics, Colour colour,
                                  std::size_t found = 0);

/// `as_json` gives `{"errors": n, "warnings": n, "diagnostics": [...]}` and a line end. Bytes that
/// are no UTF-8 become U+FFFD.
[[nodiscard]] std::string as_json(const std::vector<Diagnostic>& diagnostics);

/// `json_quoted` is `text` as a string of JSON, as `as_json` has them.
[[nodiscard]] std::string json_quoted(std::string_view text);

/// `nearest` gives the member of `known` that `word` most likely meant, or nothing: at most two
/// edits away, and fewer for short words.
[[nodiscard]] std::string nearest(std::string_view word, const std::vector<std::string>& known);

}  // namespace postern::compiler
