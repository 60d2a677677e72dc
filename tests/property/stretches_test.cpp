#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <map>
#include <optional>
#include <random>

#include "property/budget.h"
#include "property/signed_texts.h"

// Stretches of a signed text that may be left out. Of random templates with such stretches, those
// that the compiler takes give every delivery a text of its own: whether a value is there, is empty
// or is another one. POSTERN_TEMPLATES and POSTERN_TEMPLATES_SEED say how many and which.

namespace postern::property {
namespace {

constexpr std::size_t templates_default = 1500;
constexpr std::uint64_t seed_default = 20'261'130;
constexpr std::size_t values_in_template = 3;

/// Of the characters that separate values, and others.
const std::vector<std::optional<std::string>> texts = {std::nullopt, "",  "a",  "b", "ab", ".",
                                                       "a.",         ":", "1:", "1", ".a"};

class Templates {
 public:
  explicit Templates(std::uint64_t seed) : random_(seed) {}

  /// Each value once, some of them in a stretch, with now and then something between them.
  std::string content() {
    static constexpr std::array<std::string_view, 5> alphabets = {"[ab]", "[ab.]", "[1:]", "[.:]",
                                                                  "[a1]"};
    std::string text = literal();
    for (std::size_t i = 0; i < values_in_template; ++i) {
      const bool is_optional = i < 2 && below(3) != 0;
      text += is_optional ? "{[}" + literal() : "";
      text += "{header:x-" + std::string(1, static_cast<char>('a' + i)) + " " +
              std::string(alphabets[below(alphabets.size())]) + "}";
      text += is_optional ? literal() + "{]}" : literal();
    }
    return text;
  }

 private:
  std::size_t below(std::size_t count) { return random_() % count; }

  std::string literal() {
    static constexpr std::array<std::string_view, 7> literals = {"", ".", ":", "a", "1", ";", "x="};
    return std::string(literals[below(literals.size())]);
  }

  std::mt19937_64 random_;
};

/// All deliveries that have some of the values, as the pieces of a template that are there.
std::vector<Pieces> deliveries() {
  std::vector<Pieces> all;
  for (const auto& a : texts) {
    for (const auto& b : texts) {
      for (const auto& c : texts) {
        Pieces& pieces = all.emplace_back();
        for (const auto& [name, text] : {std::pair("a", a), std::pair("b", b), std::pair("c", c)}) {
          if (text.has_value()) {
            pieces.push_back({"{header:x-" + std::string(name) + "}", *text});
          }
        }
      }
    }
  }
  return all;
}

std::string show(const Pieces& pieces) {
  std::string shown;
  for (const Piece& piece : pieces) {
    shown += piece.part + "=<" + piece.text + "> ";
  }
  return shown;
}

TEST(Stretches, ThatMayBeLeftOutLeaveEveryTextOneReading) {
  const std::size_t count = count_from("POSTERN_TEMPLATES", templates_default);
  Templates random(seed_from("POSTERN_TEMPLATES_SEED", seed_default));
  const std::vector<Pieces> all = deliveries();
  std::size_t taken = 0;
  std::size_t left_out = 0;
  std::size_t refused = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const SchemeText scheme{.content = random.content(), .sends = R"("any")"};
    std::set<std::string> codes;
    const auto compiled = compile(scheme, codes);
    if (compiled == nullptr) {
      EXPECT_EQ(codes, std::set<std::string>{"ambiguous-content"}) << scheme.content;
      ++refused;
      continue;
    }
    ++taken;
    std::map<std::string, const Pieces*> readings;
    for (const Pieces& pieces : all) {
      const auto text = signed_text(compiled->policy.schemes[0], pieces);
      if (!text.has_value()) {
        continue;
      }
      left_out += pieces.size() < values_in_template ? 1 : 0;
      const auto [known, is_new] = readings.try_emplace(*text, &pieces);
      ASSERT_TRUE(is_new) << scheme.content << " reads `" << *text << "` as "
                          << show(*known->second) << "and as " << show(pieces);
    }
  }
  std::printf("%zu of %zu templates taken, %zu signed texts with something left out\n", taken,
              count, left_out);
  EXPECT_GE(taken, count / 50);
  EXPECT_GE(refused, count / 20);
  EXPECT_GE(left_out, taken);
}

}  // namespace
}  // namespace postern::property
