#include <gtest/gtest.h>

#include <array>
#include <random>
#include <regex>
#include <string>
#include <utility>
#include <vector>

#include "postern/encoding/html.h"

// The oracle is the PHP source, step by step: its table of patterns and its table of replacements.

namespace postern::encoding {
namespace {

/// `wp_specialchars_decode( $text, ENT_QUOTES )` of WordPress 6.8, wp-includes/formatting.php, read
/// 2026-11-29: `preg_replace` with one pattern after the other, then `strtr`, which replaces from
/// left to right and never looks at what it wrote.
std::string as_wordpress(std::string text) {
  static const std::array<std::pair<std::regex, std::string>, 8> patterns = {{
      {std::regex("&#0*39;"), "&#039;"},
      {std::regex("&#x0*27;", std::regex::icase), "&#x27;"},
      {std::regex("&#0*34;"), "&#034;"},
      {std::regex("&#x0*22;", std::regex::icase), "&#x22;"},
      {std::regex("&#0*60;"), "&#060;"},
      {std::regex("&#0*62;"), "&#062;"},
      {std::regex("&#0*38;"), "&#038;"},
      {std::regex("&#x0*26;", std::regex::icase), "&#x26;"},
  }};
  static const std::vector<std::pair<std::string, char>> translation = {
      {"&#039;", '\''}, {"&#x27;", '\''}, {"&quot;", '"'}, {"&#034;", '"'},
      {"&#x22;", '"'},  {"&lt;", '<'},    {"&#060;", '<'}, {"&gt;", '>'},
      {"&#062;", '>'},  {"&amp;", '&'},   {"&#038;", '&'}, {"&#x26;", '&'}};
  if (!text.contains('&')) {
    return text;
  }
  for (const auto& [pattern, replacement] : patterns) {
    text = std::regex_replace(text, pattern, replacement);
  }
  std::string translated;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t longest = 0;
    char meant = text[at];
    for (const auto& [from, to] : translation) {
      if (from.size() > longest && text.compare(at, from.size(), from) == 0) {
        longest = from.size();
        meant = to;
      }
    }
    translated += meant;
    at += longest == 0 ? 1 : longest;
  }
  return translated;
}

std::string decoded(const std::string& text) {
  std::string room(text.size(), '\0');
  return std::string(decode_special_characters(text, room));
}

// Worked out by hand from those tables, without PHP, so that the oracle is tried too.
TEST(SpecialCharacters, AreDecodedAsWordpressDoes) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", ""},
      {"plain", "plain"},
      {"a&b", "a&b"},
      {"&lt;&gt;&amp;&quot;", "<>&\""},
      {"&#039;&#39;&#0000039;", "'''"},
      {"&#x27;&#X027;&#x22;&#x0026;", "''\"&"},
      {"&#60;&#062;&#38;&#34;", "<>&\""},
      {"&amp;lt;", "&lt;"},
      {"&amp;amp;amp;", "&amp;amp;"},
      {"&#38;#39;", "&#39;"},
      {"&apos;&LT;&nbsp;&copy;&#x3c;&#x3e;&#65;", "&apos;&LT;&nbsp;&copy;&#x3c;&#x3e;&#65;"},
      {"&lt&gt &#39 &#x27", "&lt&gt &#39 &#x27"},
      {"&&lt;;", "&<;"},
      {"&#;&#x;&#0;&#00;", "&#;&#x;&#0;&#00;"},
  };
  for (const auto& [text, expected] : cases) {
    EXPECT_EQ(as_wordpress(text), expected) << text;
    EXPECT_EQ(decoded(text), expected) << text;
  }
}

TEST(SpecialCharacters, AreDecodedAsTheTablesSayWhateverStandsAround) {
  constexpr std::array<std::string_view, 26> pieces = {
      "&",    "#",    "x",      "X",     "0",   "00",  "2",    "3",     "6",
      "7",    "9",    ";",      "lt",    "gt;", "amp", "amp;", "quot;", "&lt;",
      "&#39", "&#x2", "&#x26;", "&amp;", "&#",  "38;", "34;",  "é"};
  std::mt19937_64 random(2026);
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (std::size_t length = 1 + random() % 9; length > 0; --length) {
      text += pieces[random() % pieces.size()];
    }
    ASSERT_EQ(decoded(text), as_wordpress(text)) << text;
  }
}

}  // namespace
}  // namespace postern::encoding
