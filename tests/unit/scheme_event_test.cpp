#include "core_support.h"
#include "gate_support.h"
#include "postern/scheme/event.h"

namespace postern::scheme {
namespace {

using namespace testing_support;

/// LP of the ledger's formula: the length as a little-endian 32-bit number, then the bytes.
std::string lp(const std::string& bytes) { return Frame().bytes32(bytes).bytes(); }

/// The event key by the documented formula and OpenSSL.
std::string key_by_hand(const std::string& source, const std::vector<std::string>& parts) {
  std::string identity;
  for (const std::string& part : parts) {
    identity += lp(part);
  }
  return sha256("postern1" + lp(source) + lp(parts.size() == 1 ? parts[0] : identity));
}

/// The hint by the documented formula and OpenSSL: a listed type, and of each header whether it is
/// there and its text.
std::string hint_by_hand(const std::string& type, const std::vector<std::string>& headers) {
  std::string text = "postern1.hint" + lp(type);
  for (const std::string& header : headers) {
    text += lp(std::string(1, header == "-" ? '\0' : '\1')) + lp(header == "-" ? "" : header);
  }
  return sha256(text).substr(0, event_hint_bytes);
}

const std::string no_hint(event_hint_bytes, '\0');

struct Read {
  Reason reason = Reason::none;
  std::string key;
  std::string type;
  Reason type_fault = Reason::none;
  std::string hint;
};

/// Reads the event of a body by a rule, as if a signature had been verified.
class Identity : public testing::Test {
 protected:
  Identity() {
    rule.type = at_body(type_tokens);
    set_parts({{.kind = IdentityKind::locator, .at = at_body(id_tokens)}});
  }

  void set_parts(std::vector<IdentityPart> list) {
    parts = std::move(list);
    rule.identity = parts;
  }

  Read read(std::string_view body) { return read(body, {}); }

  Read read(std::string_view body, const std::vector<std::string>& digests) {
    const http::Delivery delivery = delivery_with(body, headers);
    Room room;
    Reading reading(delivery, room.arena);
    if (identifies) {
      policy.identity = own.empty() ? std::span<const IdentityPart>(parts) : own;
    }
    std::vector<Bytes> digest_bytes;
    for (const std::string& digest : digests) {
      digest_bytes.push_back(bytes_of(digest));
    }
    EventFacts facts;
    const auto event = read_event(authentic_by_token(delivery), rule, policy, digest_bytes, reading,
                                  room.arena, facts);
    if (!event.has_value()) {
      return {.reason = event.error(), .key = {}, .type = {}, .hint = {}};
    }
    return {.reason = Reason::none,
            .key = owned(event->key()),
            .type = std::string(event->type()),
            .type_fault = event->type_fault(),
            .hint = owned(event->hint())};
  }

  std::array<std::string_view, 1> id_tokens = {"id"};
  std::array<std::string_view, 1> type_tokens = {"type"};
  std::array<http::Header, 1> headers = {{{.name = "x-topic", .value = "orders/paid"}}};
  std::vector<IdentityPart> parts;
  std::span<const IdentityPart> own;
  bool identifies = true;
  EventRule rule;
  EventPolicy policy{.source = "orders",
                     .tenant = {},
                     .identity = {},
                     .allow_events = {},
                     .same_content = SameContent::unsaid,
                     .types = {},
                     .token = {}};
};

TEST_F(Identity, IsHashedAsTheLedgersFormulaSays) {
  const Read event = read(R"({"id":"evt_1","type":"order.created"})");
  EXPECT_EQ(event.key, key_by_hand("orders", {"evt_1"}));
  EXPECT_EQ(event.type, "order.created");
}

// Attack catalogue C03 and C04.
TEST_F(Identity, KeepsPartsAndSourcesApart) {
  std::array<std::string_view, 1> b = {"b"};
  set_parts({{.kind = IdentityKind::locator, .at = at_body(id_tokens)},
             {.kind = IdentityKind::locator, .at = at_body(b)}});
  const std::string ab_c = read(R"({"id":"ab","b":"c"})").key;
  const std::string a_bc = read(R"({"id":"a","b":"bc"})").key;
  EXPECT_EQ(ab_c, key_by_hand("orders", {"ab", "c"}));
  EXPECT_EQ(a_bc, key_by_hand("orders", {"a", "bc"}));
  EXPECT_NE(ab_c, a_bc);
  policy.source = "other";
  EXPECT_EQ(read(R"({"id":"ab","b":"c"})").key, key_by_hand("other", {"ab", "c"}));
  // Source and identity do not run together either.
  EXPECT_NE(key_by_hand("ordersa", {"b"}), key_by_hand("orders", {"ab"}));
}

TEST_F(Identity, KeepsTenantsApart) {
  std::vector<std::string> keys;
  for (const std::string tenant : {"", "a", "ab", "orders"}) {
    policy.tenant = tenant;
    const std::string part = tenant.empty() ? "" : lp(tenant);
    for (const std::string id : {"evt_1", "a", "bevt_1"}) {
      const std::string key = read(R"({"id":")" + id + R"("})").key;
      EXPECT_EQ(key, sha256("postern1" + lp("orders") + part + lp(id)));
      EXPECT_EQ(std::ranges::count(keys, key), 0) << tenant << " " << id;
      keys.push_back(key);
    }
  }
}

// Attack catalogue C05.
TEST_F(Identity, TakesTheDeclaredKindOfValueOnly) {
  for (const std::string_view value : {"1", "1.0", "1e0", "true", "null", "[]", "{}"}) {
    const std::string body = R"({"id":)" + std::string(value) + "}";
    EXPECT_EQ(read(body).reason, Reason::malformed_identity) << value;
  }
  set_parts(
      {{.kind = IdentityKind::locator, .at = at_body(id_tokens), .type = ValueType::integer}});
  EXPECT_EQ(read(R"({"id":12})").key, key_by_hand("orders", {"12"}));
  EXPECT_EQ(read(R"({"id":18446744073709551615})").reason, Reason::none);
  for (const std::string_view value : {"\"12\"", "12.0", "12e0", "-12", "-0", "true", "null", "[]",
                                       "18446744073709551616", "1E1"}) {
    const std::string body = R"({"id":)" + std::string(value) + "}";
    EXPECT_EQ(read(body).reason, Reason::malformed_identity) << value;
  }
  EXPECT_EQ(read(R"({"id":012})").reason, Reason::malformed_body);
}

// Attack catalogue C06 and C07.
TEST_F(Identity, ComparesMeaningsAndNormalisesNothing) {
  EXPECT_EQ(read(R"({"id":"evt_1"})").key, read(R"({"id":"\u0065vt_1"})").key);
  EXPECT_EQ(read(R"({"id":"\ud83d\ude00"})").key, read("{\"id\":\"\xF0\x9F\x98\x80\"}").key);
  EXPECT_NE(read(R"({"id":"\u00e9"})").key, read(R"({"id":"e\u0301"})").key);
  EXPECT_NE(read(R"({"id":"a"})").key, read(R"({"id":"A"})").key);
}

// Attack catalogue C08.
TEST_F(Identity, RefusesIdsThatAreNone) {
  EXPECT_EQ(read(R"({"id":")" + std::string(256, 'i') + "\"}").reason, Reason::none);
  for (const std::string& value :
       {std::string(), std::string(257, 'i'), std::string("\\u0000"), std::string("a\\nb"),
        std::string("\\u007f"), std::string("\\u001f")}) {
    EXPECT_EQ(read(R"({"id":")" + value + "\"}").reason, Reason::malformed_identity) << value;
  }
  EXPECT_EQ(read(R"({"id":"\ud800"})").reason, Reason::malformed_body);
}

// Attack catalogue C09 to C11 and D03.
TEST_F(Identity, RefusesBodiesThatTwoReadersWouldReadInTwoWays) {
  for (const std::string_view body :
       {R"({"id":"a","id":"b"})", R"({"id":"a","id":"a"})", R"({"id":"a","\u0069d":"b"})",
        R"({"id":"a"}x)", R"({"id":"a",})", "", "id=a", "\xEF\xBB\xBF{\"id\":\"a\"}",
        R"({"id":"a","x":NaN})", R"({'id':'a'})"}) {
    EXPECT_EQ(read(body).reason, Reason::malformed_body) << body;
  }
  for (const std::string_view body : {R"({"data":{"id":"a"}})", R"([{"id":"a"}])", R"({"ID":"a"})",
                                      R"({})", R"("id")", R"([])"}) {
    EXPECT_EQ(read(body).reason, Reason::missing_identity) << body;
  }
}

TEST_F(Identity, MayBeADigest) {
  const std::string body = "{}";
  set_parts({{.kind = IdentityKind::body, .at = {}}});
  EXPECT_EQ(read(body, {sha256(body)}).key, key_by_hand("orders", {sha256(body)}));
}

// Attack catalogue C02: one content under another topic.
TEST_F(Identity, HasAHintOfATypeThatIsListedAndNotSigned) {
  rule.type = at_header("x-topic");
  set_parts({{.kind = IdentityKind::body, .at = {}}});
  const std::string digest = sha256("{}");
  EXPECT_EQ(read("{}", {digest}).hint, hint_by_hand("", {}));
  const std::array<std::string_view, 2> types = {"orders/create", "orders/paid"};
  policy.types = types;
  const Read paid = read("{}", {digest});
  EXPECT_EQ(paid.key, key_by_hand("orders", {digest})) << "the type is no part of the identity";
  EXPECT_EQ(paid.hint, hint_by_hand("orders/paid", {}));
  headers[0].value = "made/up";
  const Read made_up = read("{}", {digest});
  headers[0].value = "made/up/again";
  EXPECT_EQ(made_up.hint, hint_by_hand("", {}));
  EXPECT_EQ(read("{}", {digest}).hint, made_up.hint);
  rule.type_is_signed = true;
  EXPECT_EQ(read("{}", {digest}).hint, no_hint);
}

TEST_F(Identity, HasNoHintOfATypeThatIsInTheBodyWhichIsTheIdentity) {
  set_parts({{.kind = IdentityKind::body, .at = {}}});
  const std::string body = R"({"type":"a"})";
  EXPECT_EQ(read(body, {sha256(body)}).hint, no_hint);
  set_parts({{.kind = IdentityKind::locator, .at = at_header("x-topic")}});
  EXPECT_NE(read(body).hint, no_hint) << "a body that a weak proof covers can be changed";
}

TEST_F(Identity, HasAHintOfTheHeadersThatTheFileNames) {
  set_parts({{.kind = IdentityKind::body, .at = {}}});
  rule.type = {};
  const std::array<std::string_view, 2> names = {"x-topic", "x-missing"};
  rule.hints = names;
  const std::string digest = sha256("{}");
  EXPECT_EQ(read("{}", {digest}).hint, no_hint) << "where equal content is one event";
  rule.same_content = SameContent::mark;
  EXPECT_EQ(read("{}", {digest}).hint, hint_by_hand("", {"orders/paid", "-"}));
  headers[0].value = "";
  EXPECT_EQ(read("{}", {digest}).hint, hint_by_hand("", {"", "-"}));
  headers[0].name = "x-missing";
  EXPECT_EQ(read("{}", {digest}).hint, hint_by_hand("", {"-", ""}));
  policy.same_content = SameContent::absorb;
  EXPECT_EQ(read("{}", {digest}).hint, no_hint);
  rule.same_content = SameContent::absorb;
  policy.same_content = SameContent::refuse;
  EXPECT_EQ(read("{}", {digest}).hint, hint_by_hand("", {"-", ""}));
}

TEST_F(Identity, TakesAHintThatCannotBeReadForAValue) {
  set_parts({{.kind = IdentityKind::body, .at = {}}});
  rule.type = {};
  rule.same_content = SameContent::mark;
  const std::array<std::string_view, 1> names = {"x-topic"};
  rule.hints = names;
  const std::string too_long(located_text_bytes_max + 1, 'h');
  headers[0].value = too_long;
  const Read event = read("{}", {sha256("{}")});
  EXPECT_EQ(event.reason, Reason::none);
  EXPECT_NE(event.hint, no_hint);
}

TEST_F(Identity, IsTheDeliveryItselfWhereTheSourceWantsNone) {
  identifies = false;
  const std::string token(16, 'T');
  policy.token = bytes_of(token);
  rule.type = at_header("x-topic");
  const Read event = read(R"({"no":"id"})");
  EXPECT_EQ(event.key, sha256("postern1.each" + lp("orders") + lp(token)));
  EXPECT_EQ(event.hint, no_hint);
  EXPECT_EQ(event.type, "orders/paid");
}

TEST(CopyKey, IsHashedAsTheLedgersFormulaSaysAndStaysInTheShard) {
  EventKey key{};
  key.fill(std::byte{0xAB});
  EventHint hint{};
  hint.fill(std::byte{0x17});
  std::string expected = sha256("postern1.copy" + owned(key) + owned(hint));
  expected[0] = '\xAB';
  EXPECT_EQ(owned(copy_key_of(key, hint)), expected);
}

TEST_F(Identity, OfTheSourceReplacesTheOneOfTheScheme) {
  std::array<std::string_view, 1> other = {"other"};
  const std::array mine = {IdentityPart{.kind = IdentityKind::locator, .at = at_body(other)}};
  own = mine;
  EXPECT_EQ(read(R"({"id":"a","other":"b"})").key, key_by_hand("orders", {"b"}));
}

// Attack catalogue G16: the type becomes a header of the forward. Svix's have up to 256 characters.
TEST_F(Identity, TakesTypesThatCanStandInAHeader) {
  const auto type = [&](const std::string& text) {
    return read(R"({"id":"a","type":")" + text + "\"}");
  };
  EXPECT_EQ(type("order.created").type, "order.created");
  EXPECT_EQ(type(std::string(256, 't')).type, std::string(256, 't'));
  EXPECT_EQ(type(std::string(256, 't')).type_fault, Reason::none);
  EXPECT_EQ(read(R"({"id":"a"})").type_fault, Reason::none);
}

TEST_F(Identity, HasNoTypeWhereThatCannotBeRead) {
  const std::string key = key_by_hand("orders", {"a"});
  for (const std::string& value :
       {std::string(R"("")"), std::string(R"("a b")"), std::string(R"("a\r\nx: y")"),
        std::string(R"("\u0000")"), std::string("\"\xc3\xa9\""), std::string("1"),
        '"' + std::string(257, 't') + '"', std::string("null"), std::string("true"),
        std::string("[]"), std::string(R"({"name":"x"})")}) {
    const Read event = read(R"({"id":"a","type":)" + value + "}");
    EXPECT_EQ(event.reason, Reason::none) << value;
    EXPECT_EQ(event.key, key) << value;
    EXPECT_EQ(event.type, "") << value;
    EXPECT_EQ(event.type_fault, Reason::malformed_event_type) << value;
  }
  for (const std::string_view body :
       {R"({"id":"a","type":"x","type":"y"})", R"({"id":"a","type":"\ud800"})"}) {
    const Read event = read(body);
    EXPECT_EQ(event.key, key) << body;
    EXPECT_EQ(event.type, "") << body;
    EXPECT_EQ(event.type_fault, Reason::malformed_body) << body;
  }
}

TEST_F(Identity, NeedsTheTypeWhereThePolicyListsThem) {
  const std::array<std::string_view, 1> allowed = {"x"};
  policy.allow_events = allowed;
  EXPECT_EQ(read(R"({"id":"a","type":"x"})").reason, Reason::none);
  EXPECT_EQ(read(R"({"id":"a"})").reason, Reason::event_not_allowed);
  EXPECT_EQ(read(R"({"id":"a","type":""})").reason, Reason::malformed_event_type);
  EXPECT_EQ(read(R"({"id":"a","type":1})").reason, Reason::malformed_event_type);
  EXPECT_EQ(read(R"({"id":"a","type":"x","type":"x"})").reason, Reason::malformed_body);
}

TEST_F(Identity, IsNotAskedOfABodyThatItIsNotIn) {
  headers[0].name = "x-id";
  set_parts({{.kind = IdentityKind::locator, .at = at_header("x-id")}});
  for (const std::string_view body : {"{", "[1,]", R"({"id":"a","id":"b"})", "plain", ""}) {
    EXPECT_EQ(read(body).key, key_by_hand("orders", {"orders/paid"})) << body;
  }
}

TEST_F(Identity, HasTheSendersOwnIdBesidesItWhereThatIsALineOfText) {
  Scheme scheme;
  const auto id = [&](std::string_view body) {
    const http::Delivery delivery = delivery_with(body, headers);
    Room room;
    Reading reading(delivery, room.arena);
    return std::string(sender_id_of(scheme, rule, reading));
  };
  EXPECT_EQ(id(R"({"id":"a"})"), "");
  scheme.id = at_header("x-topic");
  EXPECT_EQ(id(R"({"id":"a"})"), "orders/paid");
  rule.id = at_body(id_tokens);
  EXPECT_EQ(id(R"({"id":"a"})"), "a");
  EXPECT_EQ(id(R"({"id":12})"), "12");
  for (const std::string& body :
       {std::string(R"({"id":{}})"), std::string(R"({"id":null})"), std::string("{}"),
        std::string("{"), R"({"id":")" + std::string(257, 'i') + "\"}"}) {
    EXPECT_EQ(id(body), "") << body;
  }
}

TEST_F(Identity, PutsThePrefixBeforeATypeAndMeasuresBoth) {
  rule.type_prefix = "interaction.";
  rule.type_value = ValueType::integer;
  EXPECT_EQ(read(R"({"id":"a","type":2})").type, "interaction.2");
  EXPECT_EQ(read(R"({"id":"a"})").type, "");
  rule.type_value = ValueType::string;
  EXPECT_EQ(read(R"({"id":"a","type":")" + std::string(244, 't') + "\"}").type_fault, Reason::none);
  EXPECT_EQ(read(R"({"id":"a","type":")" + std::string(245, 't') + "\"}").type_fault,
            Reason::malformed_event_type);
  EXPECT_EQ(read(R"({"id":"a","type":""})").type_fault, Reason::malformed_event_type);
}

TEST(ConditionHolds, AsItsTestSays) {
  constexpr std::array<std::string_view, 1> tokens = {"v"};
  const auto holds = [&](Condition::Test test, std::string_view text, const std::string& value) {
    const std::string body = value.empty() ? "{}" : R"({"v":)" + value + "}";
    const http::Delivery delivery = delivery_with(body, {});
    Room room;
    Reading reading(delivery, room.arena);
    return condition_holds({.test = test, .at = at_body(tokens), .text = text}, reading);
  };
  using enum Condition::Test;
  EXPECT_TRUE(holds(present, "", "null"));
  EXPECT_FALSE(holds(present, "", ""));
  EXPECT_TRUE(holds(absent, "", ""));
  EXPECT_FALSE(holds(absent, "", "null"));
  EXPECT_TRUE(holds(equals, "a", "\"\\u0061\""));
  EXPECT_FALSE(holds(equals, "1", "1"));
  EXPECT_TRUE(holds(number, "1", "1"));
  for (const std::string value : {"\"1\"", "1.0", "10", "-1", "true"}) {
    EXPECT_FALSE(holds(number, "1", value)) << value;
  }
  EXPECT_TRUE(holds(digits, "", "\"0123\""));
  for (const std::string value : {"\"\"", "123", "\"1a\"", "\"+1\"", "\" 1\""}) {
    EXPECT_FALSE(holds(digits, "", value)) << value;
  }
  EXPECT_TRUE(holds(token, "", "\"aZ09_.~=+/-\""));
  EXPECT_TRUE(holds(token, "", "\"" + std::string(challenge_text_bytes_max, 'a') + "\""));
  for (const std::string& value :
       {std::string("\"\""), std::string("1"), std::string(R"("<script>")"),
        std::string(R"("a\r\nb")"), std::string(R"("a b")"), std::string(R"("a\u0022")"),
        std::string("\"{\\\"a\\\":1}\""),
        "\"" + std::string(challenge_text_bytes_max + 1, 'a') + "\""}) {
    EXPECT_FALSE(holds(token, "", value)) << value;
  }
}

}  // namespace
}  // namespace postern::scheme
