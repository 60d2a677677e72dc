#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "json_support.h"

// Expected verdicts are those of JSONTestSuite (nst/JSONTestSuite): the first letter of a file's
// name. Where the suite leaves the choice to the parser, the tables here are our documentation.

namespace postern::json_tests {
namespace {

const std::vector<Tokens> root = {{}};
const std::vector<Tokens> nowhere = {{"no such member", "0"}};
const std::vector<Tokens> first = {{"0"}};

TEST(JsonSuite, AcceptsEveryFileThatMustBeAccepted) {
  const auto files = corpus_files("test_parsing", "y_");
  ASSERT_EQ(files.size(), 95U);
  for (const CorpusFile& file : files) {
    EXPECT_EQ(verdict_of(extract(file.text, root)), "accepted") << file.name;
    EXPECT_EQ(verdict_of(extract(file.text, nowhere)), "accepted") << file.name;
    EXPECT_EQ(verdict_of(extract(file.text, {})), "accepted") << file.name;
  }
}

TEST(JsonSuite, RefusesEveryFileThatMustBeRefused) {
  const auto files = corpus_files("test_parsing", "n_");
  ASSERT_EQ(files.size(), 188U);
  for (const CorpusFile& file : files) {
    EXPECT_NE(verdict_of(extract(file.text, root)), "accepted") << file.name;
    EXPECT_NE(verdict_of(extract(file.text, nowhere)), "accepted") << file.name;
    EXPECT_NE(verdict_of(extract(file.text, {})), "accepted") << file.name;
  }
}

/// The verdict when no pointer enters the outermost array or object, and when one does.
struct Verdicts {
  std::string_view whole;
  std::string_view first;
};

constexpr Verdicts opaque_number = {"accepted", "accepted"};
constexpr Verdicts lone_surrogate = {"accepted", "invalid_utf8"};
constexpr Verdicts not_utf8 = {"invalid_utf8", "invalid_utf8"};
constexpr Verdicts not_json = {"malformed", "malformed"};
constexpr Verdicts too_deep = {"too_deep", "too_deep"};

const std::map<std::string, Verdicts> implementation_defined = {
    {"i_number_double_huge_neg_exp.json", opaque_number},
    {"i_number_huge_exp.json", opaque_number},
    {"i_number_neg_int_huge_exp.json", opaque_number},
    {"i_number_pos_double_huge_exp.json", opaque_number},
    {"i_number_real_neg_overflow.json", opaque_number},
    {"i_number_real_pos_overflow.json", opaque_number},
    {"i_number_real_underflow.json", opaque_number},
    {"i_number_too_big_neg_int.json", opaque_number},
    {"i_number_too_big_pos_int.json", opaque_number},
    {"i_number_very_big_negative_int.json", opaque_number},
    {"i_object_key_lone_2nd_surrogate.json", lone_surrogate},
    {"i_string_1st_surrogate_but_2nd_missing.json", lone_surrogate},
    {"i_string_1st_valid_surrogate_2nd_invalid.json", lone_surrogate},
    {"i_string_UTF-16LE_with_BOM.json", not_json},
    {"i_string_UTF-8_invalid_sequence.json", not_utf8},
    {"i_string_UTF8_surrogate_U+D800.json", not_utf8},
    {"i_string_incomplete_surrogate_and_escape_valid.json", lone_surrogate},
    {"i_string_incomplete_surrogate_pair.json", lone_surrogate},
    {"i_string_incomplete_surrogates_escape_valid.json", lone_surrogate},
    {"i_string_invalid_lonely_surrogate.json", lone_surrogate},
    {"i_string_invalid_surrogate.json", lone_surrogate},
    {"i_string_invalid_utf-8.json", not_utf8},
    {"i_string_inverted_surrogates_U+1D11E.json", lone_surrogate},
    {"i_string_iso_latin_1.json", not_utf8},
    {"i_string_lone_second_surrogate.json", lone_surrogate},
    {"i_string_lone_utf8_continuation_byte.json", not_utf8},
    {"i_string_not_in_unicode_range.json", not_utf8},
    {"i_string_overlong_sequence_2_bytes.json", not_utf8},
    {"i_string_overlong_sequence_6_bytes.json", not_utf8},
    {"i_string_overlong_sequence_6_bytes_null.json", not_utf8},
    {"i_string_truncated-utf-8.json", not_utf8},
    {"i_string_utf16BE_no_BOM.json", not_json},
    {"i_string_utf16LE_no_BOM.json", not_json},
    {"i_structure_500_nested_arrays.json", too_deep},
    {"i_structure_UTF-8_BOM_empty_object.json", not_json},
};

TEST(JsonSuite, GivesTheDocumentedVerdictWhereTheStandardLeavesAChoice) {
  const auto files = corpus_files("test_parsing", "i_");
  ASSERT_EQ(files.size(), 35U);
  ASSERT_EQ(implementation_defined.size(), 35U);
  for (const CorpusFile& file : files) {
    const auto expected = implementation_defined.find(file.name);
    ASSERT_NE(expected, implementation_defined.end()) << file.name;
    EXPECT_EQ(verdict_of(extract(file.text, root)), expected->second.whole) << file.name;
    EXPECT_EQ(verdict_of(extract(file.text, first)), expected->second.first) << file.name;
  }
}

/// What the pointers `/0` (into an array) or `/a` (into an object) lead to, verbatim or as a
/// verdict.
const std::map<std::string, std::string_view> transformed = {
    {"number_-9223372036854775808.json", "-9223372036854775808"},
    {"number_-9223372036854775809.json", "-9223372036854775809"},
    {"number_1.0.json", "1.0"},
    {"number_1.000000000000000005.json", "1.000000000000000005"},
    {"number_1000000000000000.json", "1000000000000000"},
    {"number_10000000000000000999.json", "10000000000000000999"},
    {"number_1e-999.json", "1E-999"},
    {"number_1e6.json", "1E6"},
    {"number_9223372036854775807.json", "9223372036854775807"},
    {"number_9223372036854775808.json", "9223372036854775808"},
    {"object_key_nfc_nfd.json", "NFC"},
    {"object_key_nfd_nfc.json", "NFC"},
    {"object_same_key_different_values.json", "duplicate_key"},
    {"object_same_key_same_value.json", "duplicate_key"},
    {"object_same_key_unclear_values.json", "duplicate_key"},
    {"string_1_escaped_invalid_codepoint.json", "invalid_utf8"},
    {"string_1_invalid_codepoint.json", "invalid_utf8"},
    {"string_2_escaped_invalid_codepoints.json", "invalid_utf8"},
    {"string_2_invalid_codepoints.json", "invalid_utf8"},
    {"string_3_escaped_invalid_codepoints.json", "invalid_utf8"},
    {"string_3_invalid_codepoints.json", "invalid_utf8"},
    {"string_with_escaped_NULL.json", "A\\u0000B"},
};

TEST(JsonSuite, KeepsNumbersAndNamesAsWrittenAndRefusesWhatParsersReadInTwoWays) {
  const auto files = corpus_files("test_transform", "");
  ASSERT_EQ(files.size(), 22U);
  ASSERT_EQ(transformed.size(), 22U);
  for (const CorpusFile& file : files) {
    const auto expected = transformed.find(file.name);
    ASSERT_NE(expected, transformed.end()) << file.name;
    const bool is_array = file.text.starts_with("[");
    const bool is_normal_form = file.name.starts_with("object_key_nf");
    const Tokens path = {is_array ? "0" : is_normal_form ? "\u00e9" : "a"};
    const Extraction found = extract(file.text, {path});
    EXPECT_EQ(found.has_value() ? found->front().raw : verdict_of(found), expected->second)
        << file.name;
    EXPECT_TRUE(!file.name.starts_with("object_") || extract(file.text, nowhere).has_value())
        << file.name;
  }
}

}  // namespace
}  // namespace postern::json_tests
