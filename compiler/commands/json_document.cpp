#include "compiler/commands/json_document.h"

#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "postern/base/bytes.h"
#include "postern/encoding/utf8.h"

namespace postern::compiler {
namespace {

constexpr double null_mark = std::numeric_limits<double>::infinity();

/// Reads one value behind the other; the first that is none stops it, at `position`.
class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : text_(text) {}

  std::unique_ptr<toml::node> read() {
    take("\xEF\xBB\xBF");
    std::unique_ptr<toml::node> value = read_value(0);
    skip_space();
    return value != nullptr && position_ == text_.size() ? std::move(value) : nullptr;
  }

  [[nodiscard]] std::size_t position() const { return position_; }

 private:
  [[nodiscard]] char next() const { return position_ < text_.size() ? text_[position_] : '\0'; }

  void skip_space() {
    while (next() == ' ' || next() == '\t' || next() == '\n' || next() == '\r') {
      ++position_;
    }
  }

  bool take(std::string_view word) {
    const bool is_there = text_.substr(position_).starts_with(word);
    position_ += is_there ? word.size() : 0;
    return is_there;
  }

  std::unique_ptr<toml::node> read_value(std::size_t depth) {
    skip_space();
    if (depth > json_depth_max) {
      return nullptr;
    }
    if (take("{")) {
      return read_object(depth);
    }
    if (take("[")) {
      return read_list(depth);
    }
    if (next() == '"') {
      std::optional<std::string> text = read_text();
      return text.has_value() ? std::make_unique<toml::value<std::string>>(std::move(*text))
                              : nullptr;
    }
    if (take("true")) {
      return std::make_unique<toml::value<bool>>(true);
    }
    if (take("false")) {
      return std::make_unique<toml::value<bool>>(false);
    }
    return take("null") ? std::make_unique<toml::value<double>>(null_mark) : read_number();
  }

  std::unique_ptr<toml::node> read_object(std::size_t depth) {
    auto table = std::make_unique<toml::table>();
    skip_space();
    if (take("}")) {
      return table;
    }
    while (true) {
      skip_space();
      const std::optional<std::string> name = read_text();
      skip_space();
      if (!name.has_value() || !take(":")) {
        return nullptr;
      }
      const std::unique_ptr<toml::node> value = read_value(depth + 1);
      if (value == nullptr) {
        return nullptr;
      }
      table->insert_or_assign(*name, std::move(*value));
      skip_space();
      if (take("}")) {
        return table;
      }
      if (!take(",")) {
        return nullptr;
      }
    }
  }

  std::unique_ptr<toml::node> read_list(std::size_t depth) {
    auto list = std::make_unique<toml::array>();
    skip_space();
    if (take("]")) {
      return list;
    }
    while (true) {
      const std::unique_ptr<toml::node> value = read_value(depth + 1);
      if (value == nullptr) {
        return nullptr;
      }
      list->push_back(std::move(*value));
      skip_space();
      if (take("]")) {
        return list;
      }
      if (!take(",")) {
        return nullptr;
      }
    }
  }

  std::optional<std::string> read_text() {
    if (!take("\"")) {
      return std::nullopt;
    }
    std::string text;
    const std::size_t begin = position_;
    while (position_ < text_.size() && static_cast<unsigned char>(next()) >= 0x20) {
      if (take("\"")) {
        return encoding::is_utf8(bytes_of(text)) ? std::optional(std::move(text))
                                                 : nothing_at(begin);
      }
      if (next() != '\\') {
        text += next();
        ++position_;
      } else if (!read_escape(text)) {
        return std::nullopt;
      }
    }
    return std::nullopt;
  }

  std::optional<std::string> nothing_at(std::size_t position) {
    position_ = position;
    return std::nullopt;
  }

  bool read_escape(std::string& text) {
    constexpr std::string_view letters = "\"\\/bfnrt";
    constexpr std::string_view meant = "\"\\/\b\f\n\r\t";
    ++position_;
    if (const std::size_t at = letters.find(next()); at != std::string_view::npos) {
      text += meant[at];
      ++position_;
      return true;
    }
    std::uint32_t unit = 0;
    if (!read_unit(unit) || (unit >= 0xDC00 && unit <= 0xDFFF)) {
      return false;
    }
    if (unit >= 0xD800 && unit <= 0xDBFF) {
      std::uint32_t second = 0;
      if (!take("\\") || !read_unit(second) || second < 0xDC00 || second > 0xDFFF) {
        return false;
      }
      unit = 0x10000 + ((unit - 0xD800) << 10U) + (second - 0xDC00);
    }
    add_character(unit, text);
    return true;
  }

  /// `u` and four digits.
  bool read_unit(std::uint32_t& unit) {
    if (!take("u") || text_.size() - position_ < 4) {
      return false;
    }
    const char* begin = text_.data() + position_;
    const auto [end, fault] = std::from_chars(begin, begin + 4, unit, 16);
    const bool is_whole = fault == std::errc() && end == begin + 4;
    position_ += is_whole ? 4 : 0;
    return is_whole;
  }

  static void add_character(std::uint32_t character, std::string& text) {
    const auto part = [character](unsigned shift, unsigned mark, unsigned mask) {
      return static_cast<char>(mark | ((character >> shift) & mask));
    };
    if (character < 0x80) {
      text += static_cast<char>(character);
    } else if (character < 0x800) {
      text += {part(6, 0xC0, 0x1F), part(0, 0x80, 0x3F)};
    } else if (character < 0x10000) {
      text += {part(12, 0xE0, 0x0F), part(6, 0x80, 0x3F), part(0, 0x80, 0x3F)};
    } else {
      text +=
          {part(18, 0xF0, 0x07), part(12, 0x80, 0x3F), part(6, 0x80, 0x3F), part(0, 0x80, 0x3F)};
    }
  }

  bool skip_digits() {
    const std::size_t begin = position_;
    while (next() >= '0' && next() <= '9') {
      ++position_;
    }
    return position_ > begin;
  }

  std::unique_ptr<toml::node> read_number() {
    const std::size_t begin = position_;
    take("-");
    if (!take("0") && !skip_digits()) {
      return nullptr;
    }
    const std::size_t end = position_;
    if (take(".") && !skip_digits()) {
      return nullptr;
    }
    if (take("e") || take("E")) {
      if (!take("+")) {
        take("-");
      }
      if (!skip_digits()) {
        return nullptr;
      }
    }
    std::int64_t number = 0;
    const auto [stop, fault] = std::from_chars(text_.data() + begin, text_.data() + end, number);
    if (fault == std::errc() && position_ == end) {
      return std::make_unique<toml::value<std::int64_t>>(number);
    }
    return std::make_unique<toml::value<double>>(0.0);
  }

  std::string_view text_;
  std::size_t position_ = 0;
};

}  // namespace

JsonDocument read_json(std::string_view text) {
  JsonReader reader(text);
  std::unique_ptr<toml::node> value = reader.read();
  const std::size_t fault = value == nullptr ? reader.position() : 0;
  return {.value = std::move(value), .fault = fault};
}

bool is_null(const toml::node& value) {
  const toml::value<double>* number = value.as_floating_point();
  return number != nullptr && number->get() == null_mark;
}

}  // namespace postern::compiler
