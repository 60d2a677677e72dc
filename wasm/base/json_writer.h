#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string_view>

#include "base/check.h"

namespace postern {

/// Writes one flat JSON object into room that the caller has sized. Too little room traps.
class JsonWriter {
 public:
  explicit JsonWriter(std::span<char> room) : room_(room) { put("{"); }

  void text(std::string_view name, std::string_view value) {
    key(name);
    quoted(value);
  }

  /// `plain` writes a value that is JSON already: a number, `true`, a list.
  void plain(std::string_view name, std::string_view json) {
    key(name);
    put(json);
  }

  [[nodiscard]] std::string_view finish() {
    put("}");
    return {room_.data(), size_};
  }

 private:
  void key(std::string_view name) {
    if (size_ > 1) {
      put(",");
    }
    quoted(name);
    put(":");
  }

  /// Everything outside of visible ASCII is escaped, so that a log line stays one line and plain
  /// text whatever the bytes were; bytes above 0x7F are written as the code points of Latin-1.
  void quoted(std::string_view value) {
    put("\"");
    for (const char c : value) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte >= 0x20 && byte < 0x7F && c != '"' && c != '\\' && c != '<') {
        put({&c, 1});
        continue;
      }
      constexpr std::string_view digits = "0123456789abcdef";
      const char escape[] = {'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15]};
      put({escape, sizeof escape});
    }
    put("\"");
  }

  void put(std::string_view text) {
    POSTERN_CHECK(text.size() <= room_.size() - size_);
    std::ranges::copy(text, room_.begin() + static_cast<std::ptrdiff_t>(size_));
    size_ += text.size();
  }

  std::span<char> room_;
  std::size_t size_ = 0;
};

}  // namespace postern
