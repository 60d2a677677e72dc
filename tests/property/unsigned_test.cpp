#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>

#include "compiler/compiler.h"
#include "harness/contract/hosts.h"
#include "harness/engine/engine.h"
#include "harness/host/catalogue_files.h"
#include "harness/host/cryptography.h"
#include "harness/host/simulation.h"
#include "harness/host/text_forms.h"
#include "property/budget.h"

// What no signature covers decides nothing. Random private schemes are compiled; of those that the
// compiler takes, genuine deliveries are changed wherever their signature lets them be changed, a
// body under a checksum too, and mean what they meant: the same event, the same destination, no
// challenge. A type that a whole signed body does not hold may choose among names that the policy
// spells out, and nothing else. With `insecure = true` the same schemes show what the compiler
// keeps out.

namespace postern::property {
namespace {

constexpr std::size_t schemes_default = 120;
constexpr std::uint64_t seed_default = 20'261'129;
constexpr std::uint64_t now_ms = 1'700'000'000'000;
constexpr std::string_view secret = "0123456789abcdef0123456789abcdef";

/// A content, and by hand what it signs of a delivery.
struct Content {
  std::string_view text;
  bool body = false;
  bool checksum = false;
  std::vector<std::string_view> places;  // In the words of `places` below.
};

const std::vector<Content> contents = {
    {"{timestamp}.{body}", true, false, {}},
    {"{timestamp}.{sha256:body}", true, false, {}},
    {"{timestamp}.{crc32:body}", false, true, {}},
    {"{timestamp}.{header:x-kind [a-z]}", false, false, {"header = \"x-kind\""}},
    {"{timestamp}.{field:/kind [a-z]}", false, false, {"body = \"/kind\""}},
    {"{timestamp}.{field:/id [0-9]}.{header:x-kind [a-z]}",
     false,
     false,
     {"body = \"/id\"", "header = \"x-kind\""}},
    {"{timestamp}\\n{query}\\n{header:x-id}",
     false,
     false,
     {"query = \"id\"", "query = \"kind\"", "header = \"x-id\""}},
};

bool is_signed(const Content& content, std::string_view place) {
  return (content.body && place.starts_with("body")) ||
         std::ranges::find(content.places, place) != content.places.end();
}

/// What a delivery says of itself, in three places.
struct Said {
  std::string header_id, header_kind, query_id, query_kind, body_id, body_kind;
  std::string pad = std::string(64, 'a');
};

std::string body_of(const Said& said) {
  return R"({"id":")" + said.body_id + R"(","kind":")" + said.body_kind + R"(","pad":")" +
         said.pad + "\"}";
}

std::string query_of(const Said& said) {
  return "id=" + said.query_id + "&kind=" + said.query_kind;
}

/// CRC-32 of IEEE 802.3, bit by bit.
std::uint32_t crc32(std::string_view bytes) {
  std::uint32_t rest = 0xFFFFFFFFU;
  for (const char c : bytes) {
    rest ^= static_cast<std::uint8_t>(c);
    for (int bit = 0; bit < 8; ++bit) {
      rest = (rest >> 1U) ^ ((rest & 1U) != 0 ? 0xEDB88320U : 0U);
    }
  }
  return ~rest;
}

/// Writes letters of the pad in upper case until the body has the checksum `wanted`: what each
/// letter changes is linear, so 32 of them that are independent reach every checksum.
void meet_checksum(Said& said, std::uint32_t wanted) {
  std::array<std::uint32_t, 32> pivots{};
  std::array<std::uint64_t, 32> letters{};
  const std::uint32_t base = crc32(body_of(said));
  for (std::size_t i = 0; i < said.pad.size(); ++i) {
    Said changed = said;
    changed.pad[i] = 'A';
    std::uint32_t effect = crc32(body_of(changed)) ^ base;
    std::uint64_t used = std::uint64_t{1} << i;
    for (std::size_t bit = 32; bit-- > 0 && effect != 0;) {
      if ((effect >> bit & 1) == 0) {
        continue;
      }
      if (pivots[bit] == 0) {
        pivots[bit] = effect;
        letters[bit] = used;
        break;
      }
      effect ^= pivots[bit];
      used ^= letters[bit];
    }
  }
  std::uint64_t chosen = 0;
  std::uint32_t missing = base ^ wanted;
  for (std::size_t bit = 32; bit-- > 0;) {
    if ((missing >> bit & 1) != 0) {
      missing ^= pivots[bit];
      chosen ^= letters[bit];
    }
  }
  for (std::size_t i = 0; i < said.pad.size(); ++i) {
    said.pad[i] = (chosen >> i & 1) != 0 ? 'A' : 'a';
  }
  ASSERT_EQ(crc32(body_of(said)), wanted);
}

std::string signed_text(const Content& content, const Said& said) {
  const std::string time = std::to_string(now_ms / 1000);
  const std::array<std::string, 7> texts = {
      time + "." + body_of(said),
      time + "." + harness::to_hex(harness::digest(harness::Hash::sha256, body_of(said)).value()),
      time + "." + std::to_string(crc32(body_of(said))),
      time + "." + said.header_kind,
      time + "." + said.body_kind,
      time + "." + said.body_id + "." + said.header_kind,
      time + "\n" + query_of(said) + "\n" + said.header_id};
  return texts[static_cast<std::size_t>(&content - contents.data())];
}

harness::Delivery delivery_of(const Said& said, const std::string& signature) {
  harness::Delivery delivery;
  delivery.path = "/a";
  delivery.query = query_of(said);
  delivery.headers = {{"x-signature", signature},
                      {"x-time", std::to_string(now_ms / 1000)},
                      {"x-id", said.header_id},
                      {"x-kind", said.header_kind}};
  delivery.body = body_of(said);
  return delivery;
}

/// What became of one delivery.
struct Meaning {
  std::string verdict, event_key, event_type, destination;
  bool was_let_in = false;
};

class Gate {
 public:
  explicit Gate(const compiler::CompiledPolicy& policy) : file_(policy.file) {}

  Meaning deliver(const harness::Delivery& delivery) {
    harness::Simulation simulation(*engine_,
                                   {reinterpret_cast<const char*>(file_.data()), file_.size()},
                                   {std::string(secret)});
    const harness::Outcome outcome =
        simulation.deliver({{.delivery = delivery, .token = std::string(16, 'T')}}, now_ms, {})
            .front();
    const auto record = nlohmann::json::parse(outcome.record);
    Meaning meaning{.verdict = record.value("verdict", ""),
                    .event_key = record.value("event_key", ""),
                    .event_type = record.value("event_type", ""),
                    .destination = outcome.forwards.empty() ? "" : outcome.forwards.front().url};
    meaning.was_let_in = meaning.verdict != "refused";
    return meaning;
  }

 private:
  const std::vector<std::byte>& file_;
  std::unique_ptr<harness::Engine> engine_ = harness::make_native_engine();
};

class Schemes {
 public:
  explicit Schemes(std::uint64_t seed) : random_(seed) {}

  std::size_t below(std::size_t count) { return random_() % count; }

  std::string one_of(const std::vector<std::string>& texts) { return texts[below(texts.size())]; }

  std::string place() {
    return one_of({"header = \"x-id\"", "header = \"x-kind\"", "query = \"id\"", "query = \"kind\"",
                   "body = \"/id\"", "body = \"/kind\""});
  }

  std::string identity() {
    switch (below(4)) {
      case 0:
        return "\"content\"";
      case 1:
        return "\"body\"";
      case 2:
        return "{ " + place() + " }";
      default:
        return "[\"content\", { " + place() + " }]";
    }
  }

  std::string condition() { return "when = [{ " + place() + ", equals = \"b\" }]\n"; }

  /// A policy with one source of a private scheme; `type` is where its type stands, if it has one.
  std::string policy(const Content& content, std::string& type) {
    type = below(2) == 0 ? "" : place();
    const std::string type_line = type.empty() ? "" : "type = { " + type + " }\n";
    std::string text =
        "[sources.a.scheme]\nsends = [\"json\"]\n[sources.a.scheme.signature]\nalgorithm = "
        "\"hmac-sha256\"\nfrom = { header = \"x-signature\" }\nencoding = \"hex\"\ncontent = \"" +
        std::string(content.text) +
        "\"\n[sources.a.scheme.timestamp]\nfrom = { header = \"x-time\" }\nunit = \"seconds\"\n";
    if (below(3) == 0) {
      text += "[[sources.a.scheme.event]]\n" + condition() + "identity = " + identity() + "\n" +
              type_line;
    }
    text += "[[sources.a.scheme.event]]\nidentity = " + identity() + "\n" + type_line;
    if (below(4) == 0) {
      text += "[[sources.a.scheme.challenge]]\nproof = \"signed\"\nmethod = \"POST\"\n" +
              condition() + "reply = { status = 200, body = \"pong\" }\n";
    }
    text += "[[sources.a.routes]]\nto = \"https://one.example.com/\"\n";
    if (below(3) == 0) {
      text += "when = { \"/kind\" = [\"a\"] }\n";
    } else if (!type.empty()) {
      text += one_of({"events = [\"a\"]\n", "events = [\"a*\"]\n"});
    } else {
      return text;
    }
    return text + "[[sources.a.routes]]\nto = \"https://two.example.com/\"\n";
  }

  Said said() {
    const auto id = [this] { return one_of({"1", "2"}); };
    const auto kind = [this] { return one_of({"a", "b"}); };
    Said said;
    said.header_id = id();
    said.query_id = id();
    said.body_id = id();
    said.header_kind = kind();
    said.query_kind = kind();
    said.body_kind = kind();
    return said;
  }

 private:
  std::mt19937_64 random_;
};

std::string policy_text(const std::string& rest, bool is_insecure) {
  return std::string("version = 1\n[sources.a]\npath = \"/a\"\nsecrets = [\"env:A\"]\n") +
         (is_insecure ? "insecure = true\n" : "") + rest;
}

std::optional<compiler::CompiledPolicy> compile(const std::string& text,
                                                compiler::Catalogue& catalogue) {
  compiler::Report report;
  return compiler::compile_policy(text, "policy", compiler::Target::production,
                                  harness::cloudflare_limits, catalogue, report);
}

/// How a changed delivery was taken for something else; nothing when it means what it meant, or was
/// refused.
std::string difference(const Meaning& before, const Meaning& after, bool type_may_choose) {
  if (!after.was_let_in) {
    return "";
  }
  if (before.event_key != after.event_key) {
    return "another event";
  }
  const bool is_same_end = before.verdict == after.verdict &&
                           before.destination == after.destination &&
                           before.event_type == after.event_type;
  return is_same_end || (type_may_choose && after.verdict == before.verdict) ? "" : "another end";
}

TEST(Unsigned, ValuesDecideNothing) {
  const std::size_t count = count_from("POSTERN_SCHEMES", schemes_default);
  Schemes random(seed_from("POSTERN_SCHEMES_SEED", seed_default));
  compiler::Catalogue catalogue = harness::embedded_catalogue();
  std::size_t taken = 0;
  std::size_t let_in = 0;
  std::size_t kept_out = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const Content& content = contents[random.below(contents.size())];
    std::string type;
    const std::string rest = random.policy(content, type);
    const auto secure = compile(policy_text(rest, false), catalogue);
    const auto policy = secure.has_value() ? secure : compile(policy_text(rest, true), catalogue);
    if (!policy.has_value()) {
      continue;
    }
    taken += secure.has_value() ? 1 : 0;
    const bool type_may_choose =
        (content.body || content.checksum) && !type.empty() && !is_signed(content, type);
    Gate gate(*policy);
    const Said said = random.said();
    const std::string text = signed_text(content, said);
    const std::string signature =
        harness::to_hex(harness::hmac(harness::Hash::sha256, secret, text).value());
    const Meaning before = gate.deliver(delivery_of(said, signature));
    if (!before.was_let_in) {
      continue;
    }
    for (std::size_t m = 0; m < 4; ++m) {
      Said changed = random.said();
      if (content.checksum) {
        ASSERT_NO_FATAL_FAILURE(meet_checksum(changed, crc32(body_of(said))));
      }
      const Meaning after = gate.deliver(delivery_of(changed, signature));
      const std::string what = difference(before, after, type_may_choose);
      let_in += after.was_let_in && secure.has_value() ? 1 : 0;
      if (secure.has_value()) {
        ASSERT_EQ(what, "") << policy_text(rest, false) << body_of(changed);
      } else {
        kept_out += what.empty() ? 0 : 1;
      }
    }
  }
  std::printf(
      "%zu of %zu schemes taken, %zu changed deliveries let in as what they were; of those "
      "that were not taken %zu were taken for something else\n",
      taken, count, let_in, kept_out);
  EXPECT_GE(taken, count / 20);
  EXPECT_GE(let_in, taken / 4);
  EXPECT_GE(kept_out, count / 20);
}

}  // namespace
}  // namespace postern::property
