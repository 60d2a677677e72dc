#include "core_support.h"
#include "postern/http/form.h"
#include "postern/scheme/content.h"

namespace postern::scheme {
namespace {

using namespace testing_support;

constexpr std::array<std::string_view, 1> id_tokens = {"id"};

Part part(PartKind kind) { return {.kind = kind, .text = {}, .pointer = {}}; }
Part literal(std::string_view text) {
  return {.kind = PartKind::literal, .text = text, .pointer = {}};
}

/// Composes the content of parts for one delivery.
class Contents : public testing::Test {
 protected:
  std::optional<std::string> compose(std::vector<Part> parts) {
    rule.content = parts;
    Room room;
    Reading reading(delivery, room.arena);
    Claims claims;
    claims.timestamp = "1700000000";
    claims.id = "msg_1";
    const auto pieces = compose_content(rule, {.claims = claims, .url = url, .spelling = spelling},
                                        reading, room.arena);
    if (!pieces.has_value()) {
      EXPECT_EQ(pieces.error(), Reason::malformed_content);
      return std::nullopt;
    }
    std::string text;
    pieces_count = pieces->size();
    for (const Piece& piece : with_secret(*pieces, bytes_of("secret-text"), room.arena)) {
      text += owned(piece.kind == Piece::Kind::body ? delivery.body : piece.bytes);
    }
    return text;
  }

  void set_body(std::string_view body) {
    delivery.body = bytes_of(body);
    delivery.body_bytes = body.size();
  }

  std::array<http::Header, 1> headers = {{{.name = "x-extra", .value = "more"}}};
  http::Delivery delivery = delivery_with(R"({"id":"\u0065vt","n":1})", headers);
  SignatureRule rule;
  std::string_view url = "https://hooks.example.com/in";
  Spelling spelling = Spelling::configured;
  std::size_t pieces_count = 0;
};

TEST_F(Contents, HoldEveryPartAsItsManualSays) {
  delivery.query = "a=1";
  const std::string body = owned(delivery.body);
  EXPECT_EQ(compose({part(PartKind::timestamp), literal("."), part(PartKind::body)}),
            "1700000000." + body);
  EXPECT_EQ(pieces_count, 2U) << "neighbouring literals are one piece";
  EXPECT_EQ(compose({part(PartKind::id), literal("|"), part(PartKind::method), literal("|"),
                     part(PartKind::path), literal("|"), part(PartKind::query)}),
            "msg_1|POST|/hook|a=1");
  EXPECT_EQ(compose({{.kind = PartKind::header, .text = "x-extra", .pointer = {}}}), "more");
  EXPECT_EQ(compose({{.kind = PartKind::field, .text = {}, .pointer = {id_tokens}}}), "evt");
  EXPECT_EQ(compose({part(PartKind::sha256_body)}), to_hex(sha256(body)));
  EXPECT_EQ(compose({part(PartKind::sha256_body), literal("."), part(PartKind::sha256_body)}),
            to_hex(sha256(body)) + "." + to_hex(sha256(body)));
  EXPECT_EQ(compose({part(PartKind::secret)}), "secret-text");
}

// Source: the check value of CRC-32/ISO-HDLC.
TEST_F(Contents, WriteTheChecksumInDecimal) {
  set_body("123456789");
  const std::string check = std::to_string(0xCBF43926);
  EXPECT_EQ(compose({part(PartKind::crc32_body)}), check);
  EXPECT_EQ(compose({part(PartKind::crc32_body), part(PartKind::crc32_body)}), check + check);
}

TEST_F(Contents, AreRefusedWhenAPartIsAbsentOrNoText) {
  constexpr std::array<std::string_view, 1> number = {"n"};
  constexpr std::array<std::string_view, 1> absent = {"x"};
  EXPECT_EQ(compose({{.kind = PartKind::header, .text = "x-none", .pointer = {}}}), std::nullopt);
  EXPECT_EQ(compose({{.kind = PartKind::field, .text = {}, .pointer = {number}}}), std::nullopt);
  EXPECT_EQ(compose({{.kind = PartKind::field, .text = {}, .pointer = {absent}}}), std::nullopt);
  set_body(R"({"id":"a","id":"b"})");
  EXPECT_EQ(compose({{.kind = PartKind::field, .text = {}, .pointer = {id_tokens}}}), std::nullopt);
}

TEST_F(Contents, HaveNoMorePiecesThanParts) {
  const Part body = part(PartKind::body);
  EXPECT_TRUE(compose({literal("a"), body, literal("b"), body, literal("c")}).has_value());
  EXPECT_EQ(pieces_count, 5U);
  EXPECT_TRUE(compose({body, part(PartKind::secret), literal("b"), part(PartKind::url), body,
                       part(PartKind::secret), part(PartKind::secret)})
                  .has_value());
  EXPECT_EQ(pieces_count, 6U);
  EXPECT_EQ(compose({}), "");
}

TEST_F(Contents, SortTheFormAsTwilioDoes) {
  // Source: the names and values, sorted by name, one behind the other, each pair once.
  set_body("b=2&a=1&c=&a=0&a=1&%C3%A9=x+y");
  EXPECT_EQ(compose({part(PartKind::url), part(PartKind::form_sorted)}),
            "https://hooks.example.com/ina0a1b2c\xC3\xA9x y");
  for (const std::string_view body : {"a", "=1", "a=1&", "a=%zz", "a=%00", "a=%c0%af"}) {
    set_body(body);
    EXPECT_EQ(compose({part(PartKind::form_sorted)}), std::nullopt) << body;
  }
}

TEST_F(Contents, AreRefusedWithMoreTextThanAnySenderSigns) {
  const std::string most = "a=" + std::string(literal_bytes_max - 1, 'x');
  set_body(most);
  EXPECT_TRUE(compose({part(PartKind::form_sorted)}).has_value());
  const std::string more = most + "x";
  set_body(more);
  EXPECT_EQ(compose({part(PartKind::form_sorted)}), std::nullopt);
  // The body itself is not copied.
  const std::string large(4 * literal_bytes_max, 'x');
  set_body(large);
  EXPECT_EQ(compose({part(PartKind::body)}), large);
}

// The limit holds for all texts of a content together, whichever part brings the last one.
TEST_F(Contents, AreRefusedWhereverTheTextGetsTooLong) {
  rule.body_hash_query = "bodySHA256";
  const std::string hash = "bodySHA256=" + std::string(64, 'a');
  std::array<http::Header, 1> long_header = {{{.name = "x-extra", .value = "more"}}};
  delivery.headers = long_header;
  const Part header{.kind = PartKind::header, .text = "x-extra", .pointer = {}};
  const auto with_left = [&](std::size_t left, const Part& next) {
    const std::string form = "a=" + std::string(literal_bytes_max - left - 1, 'x');
    set_body(form);
    return compose({part(PartKind::form_sorted), next}).has_value();
  };
  EXPECT_TRUE(with_left(4, header));
  EXPECT_FALSE(with_left(3, header));
  delivery.query = hash;
  EXPECT_TRUE(with_left(hash.size(), part(PartKind::query)));
  EXPECT_FALSE(with_left(hash.size() - 1, part(PartKind::query)));
  const std::size_t whole = url.size() + 1 + hash.size();
  EXPECT_TRUE(with_left(whole, part(PartKind::url)));
  for (const std::size_t left : {whole - 1, url.size(), url.size() - 1}) {
    EXPECT_FALSE(with_left(left, part(PartKind::url))) << left;
  }
  // Behind the 64 digits of a hash, a name and a value that do not fit any more.
  const auto behind_a_hash = [&](const std::string& form) {
    set_body(form);
    return compose({part(PartKind::sha256_body), part(PartKind::form_sorted)}).has_value();
  };
  const std::string value(literal_bytes_max - 64 - 1, 'x');
  EXPECT_TRUE(behind_a_hash("a=" + value));
  EXPECT_FALSE(behind_a_hash("a=" + value + "x"));
  EXPECT_FALSE(behind_a_hash("a=" + value + "&b="));
}

TEST_F(Contents, AreRefusedWithMoreFieldsThanOneFormHas) {
  std::string fields;
  for (std::size_t i = 0; i < http::form_fields_max; ++i) {
    fields += (i == 0 ? "" : "&") + std::to_string(i) + "=";
  }
  set_body(fields);
  EXPECT_TRUE(compose({part(PartKind::form_sorted)}).has_value());
  EXPECT_EQ(compose({part(PartKind::form_sorted), part(PartKind::form_sorted)}), std::nullopt);
}

// Attack catalogue C22: a parameter folded into the address would leave the signed text as it is.
TEST_F(Contents, TakeTheConfiguredUrlAndNoQueryOfTheRequest) {
  EXPECT_EQ(compose({part(PartKind::url)}), "https://hooks.example.com/in");
  for (const std::string_view query : {"a=1", "Body=X", "&", "?"}) {
    delivery.query = query;
    EXPECT_EQ(compose({part(PartKind::url)}), std::nullopt) << query;
  }
  url = "https://hooks.example.com/in?tenant=7";
  EXPECT_EQ(compose({part(PartKind::url)}), std::nullopt);
  delivery.query = "tenant=7";
  EXPECT_EQ(compose({part(PartKind::url)}), "https://hooks.example.com/in?tenant=7");
  for (const std::string_view query :
       {"tenant=7&a=1", "tenant=77", "tenant=", "Tenant=7", "a=1&tenant=7", "tenant=%37"}) {
    delivery.query = query;
    EXPECT_EQ(compose({part(PartKind::url)}), std::nullopt) << query;
  }
  url = "";
  delivery.query = "";
  EXPECT_EQ(compose({part(PartKind::url)}), std::nullopt);
}

TEST_F(Contents, TakeTheQueryOfAGet) {
  delivery.method = "GET";
  delivery.query = "a=1&b=%20";
  EXPECT_EQ(compose({part(PartKind::url)}), std::nullopt) << "a GET with a body";
  set_body("");
  EXPECT_EQ(compose({part(PartKind::url)}), "https://hooks.example.com/in?a=1&b=%20");
  EXPECT_EQ(compose({part(PartKind::url), part(PartKind::body)}),
            "https://hooks.example.com/in?a=1&b=%20")
      << "an empty body cannot be taken for the end of a query";
  url = "https://hooks.example.com/in?tenant=7";
  EXPECT_EQ(compose({part(PartKind::url)}), std::nullopt);
  delivery.query = "tenant=7&a=1";
  EXPECT_EQ(compose({part(PartKind::url)}), "https://hooks.example.com/in?tenant=7&a=1");
}

TEST_F(Contents, TakeTheBodysHashAsTheOnlyAddedParameter) {
  rule.body_hash_query = "bodySHA256";
  const std::string hash = "bodySHA256=" + std::string(64, 'a');
  delivery.query = hash;
  EXPECT_EQ(compose({part(PartKind::url)}), "https://hooks.example.com/in?" + hash);
  for (const std::string& query :
       {hash + "&a=1", "a=1&" + hash, hash + "a", hash.substr(1), std::string("bodySHA256="),
        "bodySHA256x" + std::string(64, 'a'), "bodySHA256=" + std::string(63, 'a')}) {
    delivery.query = query;
    EXPECT_EQ(compose({part(PartKind::url)}), std::nullopt) << query;
  }
}

// Attack catalogue H02.
TEST_F(Contents, WriteTheDefaultPortTheOtherWay) {
  const std::array<std::pair<std::string_view, std::string_view>, 6> spellings = {{
      {"https://h.example/p", "https://h.example:443/p"},
      {"https://h.example:443/p", "https://h.example/p"},
      {"http://h.example/p", "http://h.example:80/p"},
      {"https://h.example", "https://h.example:443"},
      {"https://[2001:db8::1]/p", "https://[2001:db8::1]:443/p"},
      {"https://user:pw@h.example/p", "https://user:pw@h.example:443/p"},
  }};
  spelling = Spelling::other_port;
  for (const auto& [configured, other] : spellings) {
    url = configured;
    EXPECT_EQ(compose({part(PartKind::url)}), other);
  }
  url = "hooks.example.com/in";
  EXPECT_EQ(compose({part(PartKind::url)}), std::nullopt) << "no URL, so no port";
}

// Attack catalogue C21: two forms with one signed text are what Twilio's scheme allows; the content
// is the identity there, so both are one event.
TEST_F(Contents, OfFormsThatAreCutInAnotherWayAreTheSame) {
  set_body("Body=XTo%2B1");
  const auto one = compose({part(PartKind::url), part(PartKind::form_sorted)});
  set_body("Body=X&To=%2B1");
  EXPECT_EQ(compose({part(PartKind::url), part(PartKind::form_sorted)}), one);
}

// What a template says of a part is asked of its text: an alphabet, or how a form's names begin.
TEST_F(Contents, AreRefusedForCharactersThatAPartMayNotHave) {
  std::array<http::Header, 1> nonces = {{{.name = "x-nonce", .value = "a-1"}}};
  Part nonce{.kind = PartKind::header, .text = "x-nonce", .pointer = {}};
  nonce.alphabet = characters("abc123-");
  delivery.headers = nonces;
  EXPECT_EQ(compose({nonce, literal(".")}), "a-1.");
  for (const std::string_view value : {"a.1", "a1.", ".", "a 1", "d"}) {
    nonces[0].value = value;
    EXPECT_EQ(compose({nonce, literal(".")}), std::nullopt) << value;
  }
  nonces[0].value = "";
  EXPECT_EQ(compose({nonce, literal(".")}), ".");
  Part form = part(PartKind::form_sorted);
  form.alphabet = characters("AB");
  set_body("B=1&A=?x%3D1");
  EXPECT_EQ(compose({part(PartKind::url), form}), std::string(url) + "A?x=1B1");
  for (const std::string_view body : {"%3Fx=1&A=1", "-status=1", "A=1&b=2", "A=1&%E9=2"}) {
    set_body(body);
    EXPECT_EQ(compose({part(PartKind::url), form}), std::nullopt) << body;
  }
}

TEST_F(Contents, HoldNoAddressWithBlanksOrLineEnds) {
  delivery.method = "GET";
  set_body("");
  for (const std::string_view query : {"a=1 2", "a=1\n", "a=\xC3\xA9", "a=1\x7F"}) {
    delivery.query = query;
    EXPECT_EQ(compose({part(PartKind::url)}), std::nullopt);
    EXPECT_EQ(compose({part(PartKind::query)}), std::nullopt);
  }
  delivery.query = "a=1%0A";
  EXPECT_EQ(compose({part(PartKind::query)}), "a=1%0A");
  EXPECT_EQ(compose({part(PartKind::url)}), std::string(url) + "?a=1%0A");
  url = "https://hooks.example.com/in out";
  EXPECT_EQ(compose({part(PartKind::url)}), std::nullopt);
  url = "https://hooks.example.com/in";
  EXPECT_EQ(compose({part(PartKind::url), part(PartKind::timestamp)}), std::nullopt)
      << "where something follows, a query of the request could be cut anywhere";
}

// Attack catalogue H04, H05.
TEST(BodyHash, HoldsForTheOneHashInLowerCaseHex) {
  std::array<SignatureRule, 2> rules;
  rules[0].body_hash_query = "bodySHA256";
  Scheme scheme;
  scheme.signatures = rules;
  const auto& [rule, other] = rules;
  const std::string body = R"({"a":1})";
  const std::string hash = to_hex(sha256(body));
  const auto holds = [&](const SignatureRule& by, const std::string& query) {
    http::Delivery delivery = delivery_with(body, {});
    delivery.query = query;
    Room room;
    Reading reading(delivery, room.arena);
    return body_hash_holds(scheme, by, reading);
  };
  EXPECT_TRUE(holds(rule, "bodySHA256=" + hash));
  EXPECT_TRUE(holds(other, "bodySHA256=" + hash));
  EXPECT_TRUE(holds(other, "")) << "a rule without a hash needs none";
  EXPECT_FALSE(holds(rule, ""));
  std::string upper = hash;
  for (char& c : upper) {
    c = static_cast<char>(std::toupper(c));
  }
  for (const std::string& query :
       {std::string("bodySHA256="), "bodySHA256=" + upper, "bodySHA256=" + hash.substr(2),
        "bodySHA256=" + hash + "00", "bodysha256=" + hash,
        "bodySHA256=" + hash + "&bodySHA256=" + hash, "bodySHA256=" + to_hex(sha256(body + " "))}) {
    EXPECT_FALSE(holds(rule, query)) << query;
  }
  for (const std::string& query :
       {"bodySHA256=" + upper, "bodySHA256=" + to_hex(sha256("other"))}) {
    EXPECT_FALSE(holds(other, query)) << "signed for another body, whatever rule reads it";
  }
}

}  // namespace
}  // namespace postern::scheme
