#include <gtest/gtest.h>
#include <iconv.h>

#include <array>
#include <string>
#include <vector>

#include "postern/encoding/utf8.h"

namespace postern::encoding {
namespace {

/// The C library's converter to UTF-32 is the second opinion: it shares no code with ours.
class Converter {
 public:
  Converter() : descriptor_(iconv_open("UTF-32LE", "UTF-8")) {}
  ~Converter() { iconv_close(descriptor_); }
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;

  [[nodiscard]] bool is_open() const {
    return descriptor_ != reinterpret_cast<iconv_t>(std::intptr_t{-1});
  }

  [[nodiscard]] bool accepts(std::string text) {
    std::array<char, 256> room;
    char* from = text.data();
    char* to = room.data();
    std::size_t from_bytes = text.size();
    std::size_t to_bytes = room.size();
    iconv(descriptor_, nullptr, nullptr, nullptr, nullptr);
    const std::size_t result = iconv(descriptor_, &from, &from_bytes, &to, &to_bytes);
    return result == 0 && from_bytes == 0;
  }

 private:
  iconv_t descriptor_;
};

std::string text_from(std::initializer_list<int> codes) {
  std::string text;
  for (const int code : codes) {
    text.push_back(static_cast<char>(code));
  }
  return text;
}

TEST(Utf8, AgreesWithTheCLibraryOnEverySequenceOfOneOrTwoBytes) {
  Converter converter;
  ASSERT_TRUE(converter.is_open());
  for (int first = 0; first < 256; ++first) {
    const std::string one = text_from({first});
    EXPECT_EQ(is_utf8(bytes_of(one)), converter.accepts(one)) << first;
    for (int second = 0; second < 256; ++second) {
      const std::string two = text_from({first, second});
      EXPECT_EQ(is_utf8(bytes_of(two)), converter.accepts(two)) << first << " " << second;
    }
  }
}

TEST(Utf8, AgreesWithTheCLibraryOnEverySequenceOfThreeBytesThatIsNotAscii) {
  Converter converter;
  ASSERT_TRUE(converter.is_open());
  std::size_t disagreements = 0;
  std::size_t accepted = 0;
  std::array<char, 3> text{};
  for (int first = 0x80; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      for (int third = 0; third < 256; ++third) {
        text = {static_cast<char>(first), static_cast<char>(second), static_cast<char>(third)};
        const bool ours = is_utf8(bytes_of({text.data(), text.size()}));
        accepted += ours ? 1 : 0;
        disagreements += ours != converter.accepts({text.data(), text.size()}) ? 1 : 0;
      }
    }
  }
  EXPECT_EQ(disagreements, 0U);
  // By count: all of U+0800 to U+FFFF but the 2048 surrogates, and a two-byte character with ASCII.
  EXPECT_EQ(accepted, 0xF800U - 2048U + 1920U * 128U);
}

TEST(Utf8, AgreesWithTheCLibraryAtEveryEdgeOfFourBytes) {
  Converter converter;
  ASSERT_TRUE(converter.is_open());
  constexpr std::array edges = {0x00, 0x7F, 0x80, 0x81, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF};
  std::size_t accepted = 0;
  for (int first = 0xE0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      for (const int third : edges) {
        for (const int fourth : edges) {
          const std::string text = text_from({first, second, third, fourth});
          const bool ours = is_utf8(bytes_of(text));
          accepted += ours ? 1 : 0;
          EXPECT_EQ(ours, converter.accepts(text)) << first << " " << second;
        }
      }
    }
  }
  EXPECT_GT(accepted, 0U);
}

// Source: The Unicode Standard, table 3-7, and its edges.
TEST(Utf8, RefusesOverlongFormsSurrogatesAndTooLargeValues) {
  for (const char* text :
       {"\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xE0\x9F\xBF", "\xF0\x80\x80\x80",
        "\xF0\x8F\xBF\xBF", "\xED\xA0\x80", "\xED\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80",
        "\xF8\x88\x80\x80\x80", "\xFE", "\xFF"}) {
    EXPECT_FALSE(is_utf8(bytes_of(text)));
  }
  for (const char* text :
       {"", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80", "\xEF\xBF\xBF",
        "\xEF\xBB\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(is_utf8(bytes_of(text)));
  }
  EXPECT_TRUE(is_utf8(bytes_of(std::string_view("\0", 1))));
}

TEST(Utf8, FindsAFaultAtEveryPlaceBetweenAsciiSteps) {
  for (std::size_t length = 1; length <= 40; ++length) {
    for (std::size_t place = 0; place < length; ++place) {
      std::vector<char> text(length, 'a');
      EXPECT_TRUE(is_utf8(bytes_of({text.data(), text.size()})));
      text[place] = '\x80';
      EXPECT_FALSE(is_utf8(bytes_of({text.data(), text.size()})));
      text[place] = '\xC3';
      EXPECT_FALSE(is_utf8(bytes_of({text.data(), text.size()}))) << "Cut off or not continued.";
      if (place + 1 < length) {
        text[place + 1] = '\xA9';
        EXPECT_TRUE(is_utf8(bytes_of({text.data(), text.size()})));
      }
    }
  }
}

}  // namespace
}  // namespace postern::encoding
