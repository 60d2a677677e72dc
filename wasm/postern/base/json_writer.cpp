#include "postern/base/json_writer.h"

#include "postern/base/check.h"

namespace postern {

JsonWriter::JsonWriter(std::span<char> room) : room_(room) { put('{'); }

void JsonWriter::text(const char* name, std::string_view value) {
  key(name);
  quoted(value);
}

void JsonWriter::plain(const char* name, std::string_view json) {
  key(name);
  put_all(json);
}

void JsonWriter::mark(const char* name) {
  key(name);
  put_all("true");
}

std::string_view JsonWriter::finish() {
  put('}');
  return {room_.data(), size_};
}

void JsonWriter::key(const char* name) {
  if (size_ > 1) {
    put(',');
  }
  put('"');
  for (; *name != 0; ++name) {
    put(*name);
  }
  put('"');
  put(':');
}

/// Everything outside of visible ASCII is escaped, so that a log line stays one line and plain
/// text whatever the bytes were; bytes above 0x7F are written as the code points of Latin-1.
void JsonWriter::quoted(std::string_view value) {
  constexpr std::string_view digits = "0123456789abcdef";
  put('"');
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7F && c != '"' && c != '\\' && c != '<') {
      put(c);
      continue;
    }
    put_all("\\u00");
    put(digits[byte >> 4]);
    put(digits[byte & 15]);
  }
  put('"');
}

void JsonWriter::put(char character) {
  POSTERN_CHECK(size_ < room_.size());
  room_[size_++] = character;
}

void JsonWriter::put_all(std::string_view text) {
  for (const char c : text) {
    put(c);
  }
}

}  // namespace postern
