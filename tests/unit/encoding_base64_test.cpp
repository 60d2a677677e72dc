#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "postern/encoding/base64.h"

namespace postern::encoding {
namespace {

constexpr std::string_view standard_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Decodes from an exactly sized buffer, so that sanitizers see a read of one byte too many.
std::optional<std::string> decoded(const std::string& text, Base64Alphabet alphabet,
                                   std::size_t room_bytes) {
  const std::vector<char> exact(text.begin(), text.end());
  std::vector<std::byte> room(room_bytes);
  const auto bytes = decode_base64({exact.data(), exact.size()}, alphabet, room);
  if (!bytes.has_value()) {
    return std::nullopt;
  }
  return std::string(text_of(*bytes));
}

std::optional<std::string> decoded_standard(const std::string& text) {
  return decoded(text, Base64Alphabet::standard, text.size());
}

std::optional<std::string> decoded_url(const std::string& text) {
  return decoded(text, Base64Alphabet::url, text.size());
}

std::string encoded(const std::string& plain, Base64Alphabet alphabet) {
  std::vector<char> room(base64_characters_max(plain.size()));
  return std::string(encode_base64(bytes_of(plain), alphabet, room));
}

std::string encoded_by_openssl(const std::string& plain) {
  std::vector<unsigned char> room(base64_characters_max(plain.size()) + 1);
  const int count =
      EVP_EncodeBlock(room.data(), reinterpret_cast<const unsigned char*>(plain.data()),
                      static_cast<int>(plain.size()));
  return {reinterpret_cast<const char*>(room.data()), static_cast<std::size_t>(count)};
}

/// The standard spelling as RFC 4648 section 5 turns it into the other one.
std::string as_url(std::string text) {
  for (char& character : text) {
    character = character == '+' ? '-' : character == '/' ? '_' : character;
  }
  while (text.ends_with('=')) {
    text.pop_back();
  }
  return text;
}

// Source: RFC 4648 section 10.
TEST(Base64, DecodesAndEncodesTheVectorsOfRfc4648) {
  const std::vector<std::pair<std::string, std::string>> vectors = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
  };
  for (const auto& [plain, text] : vectors) {
    EXPECT_EQ(decoded(text, Base64Alphabet::standard, plain.size()), plain);
    EXPECT_EQ(decoded(as_url(text), Base64Alphabet::url, plain.size()), plain);
    EXPECT_EQ(encoded(plain, Base64Alphabet::standard), text);
    EXPECT_EQ(encoded(plain, Base64Alphabet::url), as_url(text));
  }
}

TEST(Base64, AcceptsOneSpellingOfEachOneOrTwoBytesAndItIsOpenSsls) {
  std::set<std::string> canonical;
  for (int first = 0; first < 256; ++first) {
    canonical.insert(encoded_by_openssl({static_cast<char>(first)}));
    for (int second = 0; second < 256; ++second) {
      canonical.insert(encoded_by_openssl({static_cast<char>(first), static_cast<char>(second)}));
    }
  }
  ASSERT_EQ(canonical.size(), 256U + 65536U);
  std::size_t accepted = 0;
  const auto check = [&](const std::string& padded) {
    const bool is_canonical = canonical.contains(padded);
    const auto standard = decoded_standard(padded);
    EXPECT_EQ(standard.has_value(), is_canonical) << padded;
    EXPECT_EQ(decoded_url(as_url(padded)), standard) << padded;
    if (standard.has_value()) {
      ++accepted;
      EXPECT_EQ(encoded_by_openssl(*standard), padded);
    }
  };
  for (const char a : standard_digits) {
    for (const char b : standard_digits) {
      check(std::string{a, b} + "==");
      for (const char c : standard_digits) {
        check(std::string{a, b, c} + "=");
      }
    }
  }
  EXPECT_EQ(accepted, canonical.size());
}

TEST(Base64, AgreesWithOpenSslOnEveryLengthUpToThreeHundred) {
  std::string plain;
  for (int length = 0; length <= 300; ++length) {
    const std::string text = encoded_by_openssl(plain);
    EXPECT_EQ(encoded(plain, Base64Alphabet::standard), text);
    EXPECT_EQ(decoded(text, Base64Alphabet::standard, plain.size()), plain);
    EXPECT_EQ(encoded(plain, Base64Alphabet::url), as_url(text));
    EXPECT_EQ(decoded(as_url(text), Base64Alphabet::url, plain.size()), plain);
    if (!plain.empty()) {
      EXPECT_EQ(decoded(text, Base64Alphabet::standard, plain.size() - 1), std::nullopt);
    }
    plain.push_back(static_cast<char>(length * 89 + 7));
  }
}

TEST(Base64, RefusesEveryCharacterOutsideItsAlphabetAtEveryPlace) {
  const std::string text = "Zm9vYmFyZm9v";
  for (std::size_t place = 0; place < text.size(); ++place) {
    for (int code = 0; code < 256; ++code) {
      const char character = static_cast<char>(code);
      const bool is_shared = standard_digits.substr(0, 62).contains(character);
      std::string changed = text;
      changed[place] = character;
      const bool standard = is_shared || character == '+' || character == '/';
      // Padding that replaces the last digit leaves the bits of "v" behind: "Zm9=" is not
      // canonical.
      EXPECT_EQ(decoded_standard(changed).has_value(), standard) << changed;
      const bool url = is_shared || character == '-' || character == '_';
      EXPECT_EQ(decoded_url(changed).has_value(), url) << changed;
    }
  }
}

TEST(Base64, RefusesTrailingBits) {
  EXPECT_EQ(decoded_standard("Zg=="), "f");
  EXPECT_EQ(decoded_standard("Zh=="), std::nullopt);
  EXPECT_EQ(decoded_standard("Zm9="), std::nullopt);
  EXPECT_EQ(decoded_url("Zh"), std::nullopt);
  EXPECT_EQ(decoded_url("Zm9"), std::nullopt);
}

TEST(Base64, RefusesPaddingThatIsMissingInExcessOrInside) {
  for (const char* text :
       {"Zg", "Zg=", "Zm8", "Zg===", "Zg====", "Zm9v=", "Zm9v==", "Zm9v===", "Zm9v====", "=",
        "==", "===", "====", "Z===", "Z=g=", "Zg==Zg==", "Zg==Zm9v", "=Zg=", "Zm8=Zg=="}) {
    EXPECT_EQ(decoded_standard(text), std::nullopt) << text;
  }
  for (const char* text : {"Zg==", "Zg=", "Zm8=", "Zm9v=", "Z", "Zm9vZ", "=", "Zg%3D%3D"}) {
    EXPECT_EQ(decoded_url(text), std::nullopt) << text;
  }
}

TEST(Base64, RefusesWhiteSpaceAndNul) {
  using namespace std::string_literals;
  for (const std::string& text : {" Zm9v"s, "Zm9v "s, "Zm 9v"s, "Zm9v\n"s, "Zm9v\r\n"s, "Zm\t9"s,
                                  "Zm9\0"s, "Zg= "s, "Zg=\n"s, "Zm9vYmF \n\t "s, "    "s}) {
    EXPECT_EQ(decoded_standard(text), std::nullopt);
    EXPECT_EQ(decoded_url(text), std::nullopt);
  }
}

TEST(Base64, RefusesTheOtherAlphabetAndAMixture) {
  EXPECT_EQ(decoded_standard("+/+/"), "\xfb\xff\xbf");
  EXPECT_EQ(decoded_url("-_-_"), "\xfb\xff\xbf");
  for (const char* text : {"-_-_", "+_+_", "+/-_"}) {
    EXPECT_EQ(decoded_standard(text), std::nullopt) << text;
  }
  for (const char* text : {"+/+/", "+_+_", "-_+/"}) {
    EXPECT_EQ(decoded_url(text), std::nullopt) << text;
  }
}

TEST(Base64, GivesThirtyTwoBytesForOneTextLengthOnly) {
  std::set<std::size_t> lengths;
  for (std::size_t length = 0; length <= 90; ++length) {
    const auto bytes = decoded_url(std::string(length, 'A'));
    if (bytes.has_value() && bytes->size() == 32) {
      lengths.insert(length);
    }
  }
  EXPECT_EQ(lengths, std::set<std::size_t>{43});
}

/// Web Platform Tests, fetch/data-urls/resources/base64.json (read 2026-11-29): every text that a
/// browser's lenient decoder is tried with, and the bytes that it gives. Here a text counts only
/// when it is the one spelling of those bytes, as OpenSSL writes them.
TEST(Base64, TakesOfWhatBrowsersTryTheOneSpellingOnly) {
  using namespace std::string_literals;
  const std::vector<std::pair<std::string, std::optional<std::string>>> entries = {
      {"", ""},
      {"abcd", "\x69\xb7\x1d"},
      {" abcd", "\x69\xb7\x1d"},
      {"abcd ", "\x69\xb7\x1d"},
      {"ab", "\x69"},
      {"abc", "\x69\xb7"},
      {"ab==", "\x69"},
      {"abc=", "\x69\xb7"},
      {"ab\tcd", "\x69\xb7\x1d"},
      {"ab\ncd", "\x69\xb7\x1d"},
      {"ab\fcd", "\x69\xb7\x1d"},
      {"ab\rcd", "\x69\xb7\x1d"},
      {"ab cd", "\x69\xb7\x1d"},
      {"ab\t\n\f\r cd", "\x69\xb7\x1d"},
      {" \t\n\f\r ab\t\n\f\r cd\t\n\f\r ", "\x69\xb7\x1d"},
      {"ab\t\n\f\r =\t\n\f\r =\t\n\f\r ", "\x69"},
      {"/A", "\xfc"},
      {"//A", "\xff\xf0"},
      {"///A", "\xff\xff\xc0"},
      {"A/", "\x03"},
      {"AA/", "\x00\x0f"s},
      {"AAA/", "\x00\x00\x3f"s},
  };
  for (const auto& [text, bytes] : entries) {
    const bool is_canonical = encoded_by_openssl(*bytes) == text;
    EXPECT_EQ(decoded_standard(text), is_canonical ? bytes : std::nullopt) << text;
  }
  for (const std::string& text : {" abcd==="s,
                                  "abcd=== "s,
                                  "abcd ==="s,
                                  "a"s,
                                  "abcde"s,
                                  "\xf0\x90\x80\x80"s,
                                  "="s,
                                  "=="s,
                                  "==="s,
                                  "===="s,
                                  "====="s,
                                  "a="s,
                                  "a=="s,
                                  "a==="s,
                                  "a===="s,
                                  "a====="s,
                                  "ab="s,
                                  "ab==="s,
                                  "ab===="s,
                                  "ab====="s,
                                  "abc=="s,
                                  "abc==="s,
                                  "abc===="s,
                                  "abc====="s,
                                  "abcd="s,
                                  "abcd=="s,
                                  "abcd==="s,
                                  "abcd===="s,
                                  "abcd====="s,
                                  "abcde="s,
                                  "abcde=="s,
                                  "abcde==="s,
                                  "abcde===="s,
                                  "abcde====="s,
                                  "=a"s,
                                  "=a="s,
                                  "a=b"s,
                                  "a=b="s,
                                  "ab=c"s,
                                  "ab=c="s,
                                  "abc=d"s,
                                  "abc=d="s,
                                  "ab\xc2\xa0"s
                                  "cd"s,
                                  "A"s,
                                  "////A"s,
                                  "/"s,
                                  "AAAA/"s,
                                  "\0nonsense"s,
                                  "abcd\0nonsense"s}) {
    EXPECT_EQ(decoded_standard(text), std::nullopt) << text;
  }
}

TEST(Base64DeathTest, EncodingIntoTooLittleRoomTraps) {
  std::vector<char> room(3);
  EXPECT_DEATH(static_cast<void>(encode_base64(bytes_of("a"), Base64Alphabet::standard, room)), "");
}

}  // namespace
}  // namespace postern::encoding
