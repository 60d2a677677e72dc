#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace postern {

/// Writes one flat JSON object into room that the caller has sized. Too little room traps.
class JsonWriter {
 public:
  explicit JsonWriter(std::span<char> room);

  void text(std::string_view name, std::string_view value);

  /// `plain` writes a value that is JSON already: a number, `true`, a list.
  void plain(std::string_view name, std::string_view json);

  [[nodiscard]] std::string_view finish();

 private:
  void key(std::string_view name);
  void quoted(std::string_view value);
  void put(char character);
  void put_all(std::string_view text);

  std::span<char> room_;
  std::size_t size_ = 0;
};

}  // namespace postern
