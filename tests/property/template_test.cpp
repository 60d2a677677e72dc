#include <gtest/gtest.h>

#include <cstdio>
#include <map>
#include <random>

#include "compiler/reply_proof.h"
#include "compiler/scheme_reader.h"
#include "compiler/toml_text.h"
#include "property/budget.h"
#include "property/signed_texts.h"

// A signature proves a text. Random templates are compiled; for those that the compiler takes, no
// two deliveries that the core lets through have one signed text, however it is cut; for a list of
// those that it refuses there are two. POSTERN_TEMPLATES and POSTERN_TEMPLATES_SEED say how many
// and which.

namespace postern::property {
namespace {

constexpr std::size_t templates_default = 1500;
constexpr std::uint64_t seed_default = 20'261'129;
constexpr std::size_t deliveries_per_template = 12;

/// Every way to cut `text` into the parts of a template that the core takes for the same text.
class Cutter {
 public:
  Cutter(const scheme::Scheme& scheme, Pieces pieces, std::string text)
      : scheme_(scheme), pieces_(std::move(pieces)), text_(std::move(text)) {}

  std::set<std::string> cut() {
    go(0, 0);
    return readings_;
  }

 private:
  void go(std::size_t part, std::size_t at) {
    if (part == pieces_.size()) {
      if (at == text_.size() && signed_text(scheme_, pieces_) == text_) {
        std::string shown;
        for (const Piece& piece : pieces_) {
          shown += piece.part + "=<" + piece.text + "> ";
        }
        readings_.insert(shown);
      }
      return;
    }
    Piece& piece = pieces_[part];
    if (is_literal(piece)) {
      if (std::string_view(text_).substr(at).starts_with(piece.part)) {
        go(part + 1, at + piece.part.size());
      }
      return;
    }
    if (piece.part == "{url}" || piece.part == "{path}") {
      piece.text = piece.part == "{url}" ? url : path;  // What the source's own is.
      if (std::string_view(text_).substr(at).starts_with(piece.text)) {
        go(part + 1, at + piece.text.size());
      }
      return;
    }
    const bool is_last = part + 1 == pieces_.size();
    for (std::size_t end = is_last ? text_.size() : at; end <= text_.size(); ++end) {
      piece.text = text_.substr(at, end - at);
      go(part + 1, end);
    }
  }

  const scheme::Scheme& scheme_;
  Pieces pieces_;
  std::string text_;
  std::set<std::string> readings_;
};

class Templates {
 public:
  explicit Templates(std::uint64_t seed) : random_(seed) {}

  std::size_t below(std::size_t count) { return random_() % count; }

  /// Parts that could run together, with now and then a separator between them.
  Pieces parts() {
    static const std::vector<std::string> known = {"{body}",
                                                   "{body}",
                                                   "{timestamp}",
                                                   "{timestamp}",
                                                   "{id}",
                                                   "{id [a-z1]}",
                                                   "{id [A-Z0-9-]}",
                                                   "{header:x-a}",
                                                   "{header:x-a [a-z]}",
                                                   "{header:x-b [1.-]}",
                                                   "{header:x-b [a{]}",
                                                   "{field:/f}",
                                                   "{field:/f [a-z.]}",
                                                   "{form:sorted}",
                                                   "{form:sorted [A-Z]}",
                                                   "{method}",
                                                   "{query}",
                                                   "{number:/f}",
                                                   "{url}",
                                                   "{path}"};
    static const std::vector<std::string> separators = {".", ":", "v1:", "a", "1", "\t", "-", "/?"};
    Pieces pieces;
    const std::size_t count = 1 + below(4);
    for (std::size_t i = 0; i < count; ++i) {
      if (below(3) != 0) {
        pieces.push_back({separators[below(separators.size())], {}});
      }
      pieces.push_back({known[below(known.size())], {}});
    }
    return pieces;
  }

  std::string sends() {
    static const std::vector<std::string> known = {
        R"("any")", R"(["json"])", R"(["form", "empty"])", R"(["json", "form"])", R"(["text"])"};
    return known[below(known.size())];
  }

  std::string unit() { return below(2) == 0 ? "seconds" : "rfc3339"; }

  std::string time(const std::string& unit) {
    const std::size_t second = below(9);
    if (unit == "seconds") {
      return std::to_string(now_seconds + static_cast<std::int64_t>(second));
    }
    static const std::vector<std::string> ends = {"Z", ".1Z", ".123456789Z", "+00:00", ".5-00:00"};
    return "2023-11-14T22:13:2" + std::to_string(second) + ends[below(ends.size())];
  }

  /// A text for a part, of the characters that separate parts and a few others.
  std::string text_for(const std::string& part, const std::string& unit) {
    if (part == "{url}") {
      return std::string(url);
    }
    if (part == "{path}") {
      return std::string(path);
    }
    if (part == "{method}") {
      return below(2) == 0 ? "POST" : "GET";
    }
    if (part == "{timestamp}") {
      return time(unit);
    }
    if (part == "{id [A-Z0-9-]}" && below(2) == 0) {
      return time("rfc3339").substr(below(20));  // What looks like the time behind it.
    }
    static constexpr std::string_view characters = "a1.:-{[v1a\t/?AA}";
    static const std::vector<std::string> bodies = {"{}", "[1]", "{\"f\":\"a\"}", "a=1", "1=.",
                                                    "",   "1{}", ".{}",           "a:{}"};
    std::string text;
    if (part == "{body}" && below(2) == 0) {
      text = bodies[below(bodies.size())];
    }
    for (std::size_t i = below(4); i > 0; --i) {
      text += characters[below(characters.size())];
    }
    return text;
  }

 private:
  std::mt19937_64 random_;
};

std::string content_of(const Pieces& pieces) {
  std::string content;
  for (const Piece& piece : pieces) {
    content += piece.part;
  }
  return content;
}

/// As docs/ADDING_A_PROVIDER.md says of the condition `token`.
bool is_token(std::string_view text) {
  return !text.empty() && text.size() <= 256 &&
         text.find_first_not_of(
             "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
             "_.~=+/-") == std::string_view::npos;
}

/// Some deliveries to each of random templates, with what is signed of them.
struct Tried {
  Templates random;
  std::size_t taken = 0;
  std::size_t texts = 0;
  std::map<std::string, std::size_t> refused;

  explicit Tried(std::uint64_t seed) : random(seed) {}

  template <class Look>
  void go(std::size_t count, Look look) {
    for (std::size_t i = 0; i < count; ++i) {
      Pieces pieces = random.parts();
      const SchemeText scheme{
          .content = content_of(pieces), .sends = random.sends(), .unit = random.unit()};
      std::set<std::string> codes;
      const auto compiled = compile(scheme, codes);
      if (compiled == nullptr) {
        for (const std::string& code : codes) {
          ++refused[code];
        }
        continue;
      }
      ++taken;
      for (std::size_t d = 0; d < deliveries_per_template && !testing::Test::HasFailure(); ++d) {
        for (Piece& piece : pieces) {
          piece.text = is_literal(piece) ? piece.part : random.text_for(piece.part, scheme.unit);
        }
        const auto text = signed_text(compiled->policy.schemes[0], pieces);
        if (text.has_value()) {
          ++texts;
          look(scheme, compiled->policy.schemes[0], pieces, *text);
        }
      }
    }
  }
};

/// A computed reply signs tokens, so no delivery of a scheme that may have one is a token.
TEST(Templates, ThatSignNoTokenHaveNoDeliveryThatIsOne) {
  Tried tried(seed_from("POSTERN_TEMPLATES_SEED", seed_default) + 1);
  std::size_t closed = 0;
  std::size_t tokens = 0;
  tried.go(count_from("POSTERN_TEMPLATES", templates_default),
           [&](const SchemeText& text, const scheme::Scheme& scheme, const Pieces&,
               const std::string& content) {
             const bool may_be_token = compiler::signs_token(scheme).has_value();
             closed += may_be_token ? 0 : 1;
             tokens += is_token(content) ? 1 : 0;
             EXPECT_TRUE(may_be_token || !is_token(content))
                 << text.content << " of " << text.sends << " signs `" << content << "`";
           });
  std::printf("%zu signed texts, %zu of schemes that sign no token; %zu tokens\n", tried.texts,
              closed, tokens);
  EXPECT_GE(closed, tried.texts / 20);
  EXPECT_GE(tokens, tried.texts / 20);
}

TEST(Templates, ThatAreTakenHaveOneReadingOfEveryText) {
  const std::size_t count = count_from("POSTERN_TEMPLATES", templates_default);
  Tried tried(seed_from("POSTERN_TEMPLATES_SEED", seed_default));
  tried.go(count, [](const SchemeText& text, const scheme::Scheme& scheme, const Pieces& pieces,
                     const std::string& content) {
    const auto readings = Cutter(scheme, pieces, content).cut();
    EXPECT_EQ(readings.size(), 1U)
        << text.content << " of " << text.sends << " reads `" << content << "` as "
        << *readings.begin() << "and as " << *readings.rbegin();
  });
  for (const auto& [code, times] : tried.refused) {
    std::printf("refused %zu for %s\n", times, code.c_str());
  }
  std::printf("%zu of %zu templates taken, %zu signed texts cut in every way\n", tried.taken, count,
              tried.texts);
  EXPECT_GE(tried.refused["ambiguous-content"], count / 20);
  EXPECT_GE(tried.taken, count / 20);
  EXPECT_GE(tried.texts, tried.taken);
}

/// Two deliveries with one signed text, by hand: the parts with their texts, and other texts.
struct Pair {
  std::string sends;
  Pieces one;
  std::vector<std::string> other;
};

std::vector<Pair> known_pairs() {
  const std::string any = R"("any")";
  return {
      {any, {{"{header:x-a}", "a.b"}, {".", "."}, {"{body}", "c"}}, {"a", ".", "b.c"}},
      {R"(["json"])", {{"{header:x-a}", "a"}, {"{body}", "{\"a\":{}}"}}, {"a{\"a\":", "{}}"}},
      {any, {{"{header:x-a}", ""}, {"{body}", "c"}}, {"c", ""}},
      {any, {{"{header:x-a [a-z]}", "a"}, {"{header:x-b [a-z]}", "b"}}, {"ab", ""}},
      {any, {{"{body}", "a"}, {"{header:x-a [a-z]}", "b"}}, {"ab", ""}},
      {any, {{"{body}", "a.b"}, {".", "."}, {"{id}", "c"}}, {"a", ".", "b.c"}},
      {any, {{"{query}", "a.b"}, {".", "."}, {"{body}", "c"}}, {"a", ".", "b.c"}},
      {any, {{"{field:/f}", "a.b"}, {".", "."}, {"{header:x-a}", "c"}}, {"a", ".", "b.c"}},
      {R"(["form", "empty"])",
       {{"{header:x-a [A-Z]}", "A"}, {"{form:sorted [A-Z]}", "B1"}},
       {"", "AB1"}},
      {any, {{"{id [a-z.]}", "a.b"}, {".", "."}, {"{body}", "c"}}, {"a", ".", "b.c"}},
      {any,
       {{"{url}", std::string(url)}, {"{header:x-a}", "/x"}, {"{body}", ""}},
       {std::string(url), "/", "x"}},
  };
}

// A time to the second with one `T` in it tells where it begins, whatever stands before it.
TEST(Templates, ThatEndOrGoOnWithAnRfc3339TimeHaveOneReading) {
  for (const std::string content : {"{body}{timestamp}", "{id [A-Za-z0-9-]}{timestamp}{body}",
                                    "{header:x-a [A-Za-z0-9-]}{timestamp}{body}"}) {
    std::set<std::string> codes;
    const SchemeText dated{.content = content, .sends = R"(["json"])", .unit = "rfc3339"};
    EXPECT_NE(compile(dated, codes), nullptr) << content;
    const SchemeText open{
        .content = content + "{header:x-b [Z0-9]}", .sends = R"(["json"])", .unit = "rfc3339"};
    EXPECT_EQ(compile(open, codes), nullptr) << open.content;
  }
}

// The core by itself lets both through: what keeps them out is that no policy holds such a scheme.
TEST(Templates, ThatAreRefusedHaveTwoReadings) {
  for (const Pair& pair : known_pairs()) {
    const SchemeText scheme{.content = content_of(pair.one), .sends = pair.sends};
    std::set<std::string> codes;
    EXPECT_EQ(compile(scheme, codes), nullptr) << scheme.content;
    EXPECT_EQ(codes, std::set<std::string>{"ambiguous-content"}) << scheme.content;
    compiler::Report report;
    compiler::Storage storage;
    const toml::table table = compiler::parse_toml(source_of(scheme), "template").value();
    const compiler::SchemeModel model = compiler::read_scheme(
        *table["scheme"].as_table(), compiler::SchemeUse::in_source, "a", storage, report);
    Pieces other = pair.one;
    for (std::size_t i = 0; i < other.size(); ++i) {
      other[i].text = pair.other[i];
    }
    const auto text = signed_text(model.scheme, pair.one);
    EXPECT_TRUE(text.has_value()) << scheme.content;
    EXPECT_EQ(text, signed_text(model.scheme, other)) << scheme.content;
  }
}

}  // namespace
}  // namespace postern::property
