#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace postern {

/// Writes one flat JSON object into room that the caller has sized. Too little room traps.
class JsonWriter {
 public:
  explicit JsonWriter(std::span<char> room);

  /// Names are literals, which end with a NUL and need no escapes: a view of each would be a second
  /// number to pass.
  void text(const char* name, std::string_view value);

  /// `plain` writes a value that is JSON already: a number, a list.
  void plain(const char* name, std::string_view json);

  /// `mark` writes `true`.
  void mark(const char* name);

  [[nodiscard]] std::string_view finish();

 private:
  void key(const char* name);
  void quoted(std::string_view value);
  void put(char character);
  void put_all(std::string_view text);

  std::span<char> room_;
  std::size_t size_ = 0;
};

}  // namespace postern
