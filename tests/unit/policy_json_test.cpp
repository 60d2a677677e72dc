#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "compiler/commands/json_document.h"

// The reader of configurations takes and means what another one does (nlohmann-json), for documents
// of all kinds of values and random edits of them.

namespace postern::compiler {
namespace {

using Json = nlohmann::json;

bool is_same(const toml::node& node, const Json& json) {
  if (node.is_table()) {
    const toml::table& table = *node.as_table();
    return json.is_object() && table.size() == json.size() &&
           std::ranges::all_of(json.items(), [&](const auto& item) {
             const toml::node* value = table.get(item.key());
             return value != nullptr && is_same(*value, item.value());
           });
  }
  if (node.is_array()) {
    const toml::array& list = *node.as_array();
    bool is_equal = json.is_array() && list.size() == json.size();
    for (std::size_t i = 0; is_equal && i < list.size(); ++i) {
      is_equal = is_same(list[i], json[i]);
    }
    return is_equal;
  }
  if (node.is_string()) {
    return json.is_string() && node.as_string()->get() == json.get<std::string>();
  }
  if (node.is_boolean()) {
    return json.is_boolean() && node.as_boolean()->get() == json.get<bool>();
  }
  if (node.is_integer()) {
    return json.is_number_integer() && node.as_integer()->get() == json.get<std::int64_t>();
  }
  return is_null(node) ? json.is_null()
                       : json.is_number_float() ||
                             (json.is_number_unsigned() && json.get<std::uint64_t>() > INT64_MAX);
}

/// Nothing for what the other reader takes for no JSON.
std::optional<Json> other_reading(const std::string& text) {
  try {
    return Json::parse(text);
  } catch (const Json::parse_error&) {
    return std::nullopt;
  }
}

/// Empty where both say the same.
std::string difference(const std::string& text) {
  const JsonDocument read = read_json(text);
  const std::optional<Json> other = other_reading(text);
  if (other.has_value() != (read.value != nullptr)) {
    return (other.has_value() ? "refused: " : "taken: ") + text;
  }
  if (!other.has_value()) {
    return read.fault <= text.size() ? "" : "a fault behind the end: " + text;
  }
  return is_same(*read.value, *other) ? "" : "read as another: " + text;
}

const std::vector<std::string> documents = {
    R"({"a": [1, -2, 0, 1.5, 1e3, -0.0, 9223372036854775807, 9223372036854775808]})",
    R"([true, false, null, "", {}])",
    R"({"name": "tab \t quote \" slash \/ \\ \b\f\n\r", "\u00e9\u20ac\ud83d\ude00": "é€😀"})",
    R"({"secrets": {"required": ["A", "B"]}, "queues": {"producers": [{"a": "D"}], "c": []}})",
    R"({"a": 1, "a": {"b": {}}, "": [[[[]]], {}]})",
    R"( [ ] )",
    R"("text")",
    "-1",
    "null",
    "\t{\r\n}\n",
};

const std::vector<std::string> pieces = {
    "{",       "}",       "[", "]",  ",",    ":",    "\"",   "\\",           "0",
    "-",       "1",       ".", "e+", "E",    "true", "nul",  "\\u00",        "\\ud83d",
    "\\udc00", "\\u0000", " ", "\n", "\x01", "\xff", "\xc3", "\xed\xa0\x80", "\xef\xbb\xbf",
    "//",      "'",       "01"};

TEST(JsonDocument, ReadsAndRefusesWhatAnotherReaderDoes) {
  for (const std::string& document : documents) {
    EXPECT_EQ(difference(document), "");
  }
  std::mt19937 random(20261130);
  const auto below = [&random](std::size_t count) { return random() % count; };
  std::size_t taken = 0;
  for (int count = 0; count < 100'000; ++count) {
    std::string text = documents[below(documents.size())];
    for (std::size_t edits = 1 + below(3); edits > 0; --edits) {
      const std::size_t at = below(text.size() + 1);
      if (below(3) == 0) {
        text.erase(at, 1 + below(3));
      } else {
        text.insert(at, pieces[below(pieces.size())]);
      }
    }
    try {
      ASSERT_EQ(difference(text), "");
    } catch (const Json::out_of_range&) {
      continue;  // A number beyond all doubles, which the other one refuses.
    }
    taken += read_json(text).value != nullptr ? 1 : 0;
  }
  EXPECT_GT(taken, 5'000U);
}

TEST(JsonDocument, TellsWhereTheFaultIs) {
  EXPECT_EQ(read_json("{\"a\": x}").fault, 6U);
  EXPECT_EQ(read_json("{\"a\" 1}").fault, 5U);
  EXPECT_EQ(read_json("[1, 2").fault, 5U);
  EXPECT_EQ(read_json("[1] 2").fault, 4U);
  EXPECT_EQ(read_json("").fault, 0U);
}

TEST(JsonDocument, RefusesWhatIsTooDeep) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_NE(read_json(nested(json_depth_max)).value, nullptr);
  EXPECT_EQ(read_json(nested(100'000)).value, nullptr);
}

}  // namespace
}  // namespace postern::compiler
