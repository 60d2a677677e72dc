#include "core_support.h"
#include "gate_support.h"
#include "postern/scheme/verify.h"

namespace postern::scheme {
namespace {

using namespace testing_support;

/// The sample scheme with some keys, and the trials of one delivery.
class Verification : public testing::Test {
 protected:
  Verification() { add_key("first secret of the source", 0); }

  void add_key(const std::string& secret, std::uint16_t number) {
    Key& key = all_keys.at(secrets.size());
    secrets.push_back(std::make_unique<std::string>(secret));
    key.slot = number;
    key.bytes = bytes_of(*secrets.back());
    key.hmac.assign(crypto::HashAlgorithm::sha256, key.bytes);
    keys = std::span(all_keys).first(secrets.size());
  }

  Reason verify(const HeaderList& header_list, std::string_view body) {
    std::vector<http::Header> headers;
    for (const auto& [name, value] : header_list) {
      headers.push_back({.name = name, .value = value});
    }
    http::Delivery delivery = delivery_with(body, headers);
    delivery.received_ms = received_ms;
    Room room;
    Reading reading(delivery, room.arena);
    const policy::Policy policy = sample.policy();
    const Scheme& scheme = policy.schemes[0];
    const auto claims = read_claims(scheme, keys, reading, room.arena);
    if (!claims.has_value()) {
      return claims.error();
    }
    const auto trials = plan_trials(scheme, keys, *claims, "", reading, room.arena);
    if (!trials.has_value()) {
      return trials.error();
    }
    trials_count = trials->size();
    std::vector<Bytes> macs;
    for (const Trial& trial : *trials) {
      macs.push_back(compute_mac(trial, delivery.body, room.arena));
    }
    const auto authentic =
        conclude(scheme, *claims, *trials, {.macs = macs, .checks = {}}, window, delivery);
    if (!authentic.has_value()) {
      return authentic.error();
    }
    slot = authentic->seal().slot;
    return Reason::none;
  }

  /// The signature of the sample scheme, by OpenSSL.
  static std::string sign(std::string_view secret, const std::string& time, std::string_view body) {
    return to_hex(hmac(EVP_sha256(), secret, time + "." + std::string(body)));
  }

  Reason verify_at(const std::string& time) {
    return verify({{"x-signature", sign(*secrets[0], time, "{}")}, {"x-time", time}}, "{}");
  }

  SamplePolicy sample;
  std::vector<std::unique_ptr<std::string>> secrets;
  std::array<Key, 4> all_keys;
  std::span<const Key> keys;
  Window window{.max_age_seconds = 300, .max_future_seconds = 60};
  std::uint64_t received_ms = now_ms;
  std::size_t trials_count = 0;
  std::uint16_t slot = 0;
};

const std::string time_now = std::to_string(now_ms / 1000);

TEST_F(Verification, LetsEachSecretOfARotationIn) {
  add_key("second secret of the source", 7);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const std::string signature = sign(*secrets[i], time_now, "{}");
    EXPECT_EQ(verify({{"x-signature", signature}, {"x-time", time_now}}, "{}"), Reason::none);
    EXPECT_EQ(slot, keys[i].slot);
  }
  EXPECT_EQ(
      verify({{"x-signature", sign("another secret", time_now, "{}")}, {"x-time", time_now}}, "{}"),
      Reason::bad_signature);
}

// Attack catalogue A05 and A06.
TEST_F(Verification, RefusesEveryChangedBitOfTheSignatureAndTheBody) {
  const std::string body = R"({"id":"evt_1"})";
  const std::string signature = sign(*secrets[0], time_now, body);
  ASSERT_EQ(verify({{"x-signature", signature}, {"x-time", time_now}}, body), Reason::none);
  for (std::size_t bit = 0; bit < 8 * 32; ++bit) {
    std::string mac = from_hex(signature);
    mac[bit / 8] = static_cast<char>(mac[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_EQ(verify({{"x-signature", to_hex(mac)}, {"x-time", time_now}}, body),
              Reason::bad_signature);
  }
  for (std::size_t bit = 0; bit < 8 * body.size(); ++bit) {
    std::string changed = body;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_EQ(verify({{"x-signature", signature}, {"x-time", time_now}}, changed),
              Reason::bad_signature);
  }
}

// Attack catalogue A18: wherever the good one stands, the work is the same.
TEST_F(Verification, TriesEveryCandidateAndTheSameNumberOfKeys) {
  add_key("second secret of the source", 1);
  add_key("third secret of the source", 2);
  sample.rule.from.separator = ',';
  const std::string bad(64, '0');
  for (std::size_t good = 0; good <= candidates_max; ++good) {
    std::string list;
    for (std::size_t i = 0; i < candidates_max; ++i) {
      list += (i == 0 ? "" : ",") + (i == good ? sign(*secrets[1], time_now, "{}") : bad);
    }
    EXPECT_EQ(verify({{"x-signature", list}, {"x-time", time_now}}, "{}"),
              good < candidates_max ? Reason::none : Reason::bad_signature);
    EXPECT_EQ(trials_count, 3U);
  }
}

// Attack catalogue B02 and B03: both bounds are within, to the second.
TEST_F(Verification, HoldsTheWindowToTheSecond) {
  const auto at = [&](std::int64_t offset) {
    return verify_at(std::to_string(static_cast<std::int64_t>(now_ms / 1000) + offset));
  };
  EXPECT_EQ(at(0), Reason::none);
  EXPECT_EQ(at(-300), Reason::none);
  EXPECT_EQ(at(-301), Reason::stale);
  EXPECT_EQ(at(60), Reason::none);
  EXPECT_EQ(at(61), Reason::future);
  EXPECT_EQ(at(315'360'000), Reason::future);
  received_ms = now_ms + 999;  // Parts of a second do not count.
  EXPECT_EQ(at(-300), Reason::none);
  received_ms = now_ms + 1000;
  EXPECT_EQ(at(-300), Reason::stale);
}

TEST_F(Verification, TellsAForgedDeliveryFromAStaleOne) {
  EXPECT_EQ(verify({{"x-signature", std::string(64, '0')}, {"x-time", "1"}}, "{}"),
            Reason::bad_signature);
  EXPECT_EQ(verify_at("1"), Reason::stale);
}

// Attack catalogue B04 to B06.
TEST_F(Verification, TakesOneSpellingOfATime) {
  for (const std::string& time :
       {"+" + time_now, "0" + time_now, " " + time_now, time_now + " ", time_now + "abc",
        std::string("17e8"), std::string("0x6553f100"), time_now + ".0", "-" + time_now,
        std::string("Infinity"), std::string("-1"), std::string(""),
        std::string("9223372036854775808"), std::string("18446744073709551616"),
        "1" + std::string(30, '0'), std::string("\xd9\xa1\xd9\xa2")}) {
    EXPECT_EQ(verify_at(time), Reason::malformed_timestamp) << time;
  }
  EXPECT_EQ(verify_at("9223372036854775807"), Reason::future);
  EXPECT_EQ(verify_at("0"), Reason::stale);
  EXPECT_EQ(verify_at(time_now + "000"), Reason::future);
  sample.timestamp.unit = TimeUnit::milliseconds;
  EXPECT_EQ(verify_at(time_now + "000"), Reason::none);
  EXPECT_EQ(verify_at(time_now), Reason::stale);
}

TEST_F(Verification, NamesTheFirstClaimThatIsWrong) {
  const std::string good = sign(*secrets[0], time_now, "{}");
  sample.scheme.id = at_header("x-id");
  sample.scheme.id_alphabet = characters("msg_1");
  EXPECT_EQ(verify({}, "{}"), Reason::missing_signature);
  // What is missing comes before what is malformed.
  for (const std::string& signature : {good, good + "00", std::string()}) {
    EXPECT_EQ(verify({{"x-signature", signature}}, "{}"), Reason::missing_timestamp);
    EXPECT_EQ(verify({{"x-id", "."}, {"x-signature", signature}}, "{}"), Reason::missing_timestamp);
    EXPECT_EQ(verify({{"x-signature", signature}, {"x-time", "x"}}, "{}"), Reason::missing_id);
  }
  EXPECT_EQ(verify({{"x-id", "."}, {"x-signature", ""}, {"x-time", "x"}}, "{}"),
            Reason::malformed_signature);
  EXPECT_EQ(verify({{"x-id", "."}, {"x-signature", good + "00"}, {"x-time", "x"}}, "{}"),
            Reason::malformed_signature);
  EXPECT_EQ(verify({{"x-id", "."}, {"x-signature", good}, {"x-time", "x"}}, "{}"),
            Reason::malformed_timestamp);
  EXPECT_EQ(verify({{"x-id", "\xc3\xa9"}, {"x-signature", good}, {"x-time", time_now}}, "{}"),
            Reason::malformed_id);
}

// Attack catalogue C20: an id with a dot would let the body begin in the id.
TEST_F(Verification, TakesIdsThatCannotRunIntoTheNextPart) {
  sample.scheme.id = at_header("x-id");
  for (char c = '!'; c <= '~'; ++c) {
    if (c != '.') {
      sample.scheme.id_alphabet.add(c);
    }
  }
  const std::string good = sign(*secrets[0], time_now, "{}");
  const auto with_id = [&](const std::string& id) {
    return verify({{"x-id", id}, {"x-signature", good}, {"x-time", time_now}}, "{}");
  };
  for (const std::string id : {"msg_2Kb-09", "a:b", "a|b", "a,b", "a%2e", "YWI+/w=="}) {
    EXPECT_EQ(with_id(id), Reason::none) << id;
  }
  EXPECT_EQ(with_id(std::string(id_bytes_max, 'i')), Reason::none);
  for (const std::string& id :
       {std::string(), std::string("msg.1"), std::string("a b"), std::string("\xc3\xa9"),
        std::string(id_bytes_max + 1, 'i'), std::string("msg_1, msg_1")}) {
    EXPECT_EQ(with_id(id), Reason::malformed_id) << id;
  }
}

TEST_F(Verification, ComparesTokensAsAWhole) {
  sample.rule.algorithm = Algorithm::token;
  sample.rule.encoding = Encoding::text;
  sample.rule.content = {};
  sample.timestamp.unit = TimeUnit::none;
  sample.timestamp.from = {};
  EXPECT_EQ(verify({{"x-signature", *secrets[0]}}, "{}"), Reason::none);
  for (const std::string& token :
       {secrets[0]->substr(1), *secrets[0] + "x", std::string(1024, 't'), std::string("x")}) {
    EXPECT_EQ(verify({{"x-signature", token}}, "{}"), Reason::bad_signature);
  }
  EXPECT_EQ(verify({{"x-signature", ""}}, "{}"), Reason::malformed_signature);
  EXPECT_EQ(verify({{"x-signature", std::string(1025, 't')}}, "{}"), Reason::malformed_signature);
}

}  // namespace
}  // namespace postern::scheme
