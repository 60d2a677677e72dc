#pragma once

#include <toml++/toml.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/diagnostics.h"

namespace postern::compiler {

/// A text of the file and where it stands.
struct PlacedText {
  std::string text;
  toml::source_region place;
};

/// Reads one TOML table strictly. Each accessor makes its key known, gives nothing when the key is
/// absent or has the wrong type, and reports the latter. `finish` reports every key that nobody
/// asked for, so a reader asks for all keys it knows, then calls it once. Borrows: the table and
/// the report.
class TableReader {
 public:
  /// `what` names the table in messages, such as "a source".
  TableReader(const toml::table& table, std::string_view what, Report& report)
      : table_(&table), what_(what), report_(&report) {}

  [[nodiscard]] const toml::node* find(std::string_view key);
  [[nodiscard]] bool has(std::string_view key) { return find(key) != nullptr; }

  [[nodiscard]] std::optional<std::string> text(std::string_view key);
  /// `required_text` reports absence and emptiness too, and gives empty text then.
  [[nodiscard]] std::string required_text(std::string_view key, std::string_view hint);
  [[nodiscard]] std::optional<bool> truth(std::string_view key);
  /// `integer` reports what is not within `least` and `most`.
  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view key, std::int64_t least,
                                                    std::int64_t most);
  /// `duration_ms` reads "250ms", "8s", "5m", "3h", "7d"; reports what is over `most_ms`.
  [[nodiscard]] std::optional<std::uint64_t> duration_ms(std::string_view key,
                                                         std::uint64_t most_ms);
  /// `size_bytes` reads "100B", "512KiB", "1MiB"; reports what is over `most`.
  [[nodiscard]] std::optional<std::uint64_t> size_bytes(std::string_view key, std::uint64_t most);
  /// `texts` reads an array of strings; reports an empty one and one of more than `most`.
  [[nodiscard]] std::optional<std::vector<PlacedText>> texts(std::string_view key,
                                                             std::size_t most);
  [[nodiscard]] const toml::table* table(std::string_view key);
  /// `tables` reads one table or an array of them; reports an empty one and one of more than
  /// `most`.
  [[nodiscard]] std::vector<const toml::table*> tables(std::string_view key, std::size_t most);

  /// `choice` reads one of `names` and gives its index; reports anything else.
  [[nodiscard]] std::optional<std::size_t> choice(std::string_view key,
                                                  const std::vector<std::string>& names);

  /// `place` is where the value of `key` stands, or the table's own head when there is none.
  [[nodiscard]] toml::source_region place(std::string_view key) const;
  /// `here` is where the table begins.
  [[nodiscard]] toml::source_region here() const { return table_->source(); }

  void error(std::string_view key, std::string_view code, std::string message, std::string hint);
  void warn(std::string_view key, std::string_view code, std::string message, std::string hint);

  void finish();

  [[nodiscard]] Report& report() { return *report_; }
  [[nodiscard]] const toml::table& raw() const { return *table_; }

 private:
  void wrong_type(std::string_view key, const toml::node& node, std::string_view wanted);

  const toml::table* table_;
  std::string what_;
  Report* report_;
  std::vector<std::string> known_;
};

/// `parse_duration_ms` and `parse_size_bytes` read one spelling: digits without a leading zero and
/// one unit, nothing else. Refuse (nothing): another shape, zero digits, more than 10 digits.
[[nodiscard]] std::optional<std::uint64_t> parse_duration_ms(std::string_view text);
[[nodiscard]] std::optional<std::uint64_t> parse_size_bytes(std::string_view text);

/// `show_duration` writes what `parse_duration_ms` reads, in the largest unit that divides it.
[[nodiscard]] std::string show_duration(std::uint64_t milliseconds);

}  // namespace postern::compiler
