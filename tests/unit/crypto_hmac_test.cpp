#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "postern/base/arena.h"
#include "postern/crypto/constant_time.h"
#include "postern/crypto/hmac.h"

namespace postern::crypto {
namespace {

using Buffer = std::vector<std::byte>;

/// Reads the digits of published vectors; a digit that is none fails the test.
Buffer from_hex(const std::string& text) {
  Buffer bytes;
  EXPECT_EQ(text.size() % 2, 0U);
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    std::size_t read = 0;
    bytes.push_back(static_cast<std::byte>(std::stoi(text.substr(i, 2), &read, 16)));
    EXPECT_EQ(read, 2U);
  }
  return bytes;
}

Buffer from_text(std::string_view text) {
  const Bytes bytes = bytes_of(text);
  return {bytes.begin(), bytes.end()};
}

Buffer mac(const HmacKey& key, Bytes message) {
  Hmac hmac(key);
  hmac.update(message);
  Buffer room(digest_bytes(key.algorithm()));
  static_cast<void>(hmac.finish(room));
  return room;
}

Buffer mac(HashAlgorithm algorithm, Bytes key, Bytes message) {
  return mac(HmacKey(algorithm, key), message);
}

struct PublishedMac {
  Buffer key;
  Buffer message;
  std::string mac;  // Hex; shorter than a digest where the standard truncates it.
};

const Buffer long_key(80, std::byte{0xaa});
const Buffer longer_key(131, std::byte{0xaa});

// Source: RFC 2202 section 3.
TEST(Hmac, GivesTheVectorsOfRfc2202) {
  const std::vector<PublishedMac> vectors = {
      {Buffer(20, std::byte{0x0b}), from_text("Hi There"),
       "b617318655057264e28bc0b6fb378c8ef146be00"},
      {from_text("Jefe"), from_text("what do ya want for nothing?"),
       "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"},
      {Buffer(20, std::byte{0xaa}), Buffer(50, std::byte{0xdd}),
       "125d7342b9ac11cd91a39af48aa17b4f63f175d3"},
      {from_hex("0102030405060708090a0b0c0d0e0f10111213141516171819"), Buffer(50, std::byte{0xcd}),
       "4c9007f4026250c6bc8414f9bf50c86c2d7235da"},
      {Buffer(20, std::byte{0x0c}), from_text("Test With Truncation"),
       "4c1a03424b55e07fe7f27be1d58bb9324a9a5a04"},
      {long_key, from_text("Test Using Larger Than Block-Size Key - Hash Key First"),
       "aa4ae5e15272d00e95705637ce8a3b55ed402112"},
      {long_key,
       from_text("Test Using Larger Than Block-Size Key and Larger Than One Block-Size Data"),
       "e8e99d0f45237d786d6bbaa7965c7808bbff1a91"},
  };
  for (const PublishedMac& vector : vectors) {
    EXPECT_EQ(mac(HashAlgorithm::sha1, vector.key, vector.message), from_hex(vector.mac));
  }
}

struct FourMacs {
  Buffer key;
  Buffer message;
  std::array<std::string, 4> macs;  // Of SHA-224, SHA-256, SHA-384, SHA-512.
};

// Source: RFC 4231 sections 4.2 to 4.8.
std::vector<FourMacs> rfc4231_vectors() {
  return {
      {Buffer(20, std::byte{0x0b}),
       from_text("Hi There"),
       {"896fb1128abbdf196832107cd49df33f47b4b1169912ba4f53684b22",
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
        "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59c"
        "faea9ea9076ede7f4af152e8b2fa9cb6",
        "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
        "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"}},
      {from_text("Jefe"),
       from_text("what do ya want for nothing?"),
       {"a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
        "8e2240ca5e69e2c78b3239ecfab21649",
        "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
        "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"}},
      {Buffer(20, std::byte{0xaa}),
       Buffer(50, std::byte{0xdd}),
       {"7fb3cb3588c6c1f6ffa9694d7d6ad2649365b0c1f65d69d1ec8333ea",
        "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
        "88062608d3e6ad8a0aa2ace014c8a86f0aa635d947ac9febe83ef4e55966144b"
        "2a5ab39dc13814b94e3ab6e101a34f27",
        "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39"
        "bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb"}},
      {from_hex("0102030405060708090a0b0c0d0e0f10111213141516171819"),
       Buffer(50, std::byte{0xcd}),
       {"6c11506874013cac6a2abc1bb382627cec6a90d86efc012de7afec5a",
        "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
        "3e8a69b7783c25851933ab6290af6ca77a9981480850009cc5577c6e1f573b4e"
        "6801dd23c4a7d679ccf8a386c674cffb",
        "b0ba465637458c6990e5a8c5f61d4af7e576d97ff94b872de76f8050361ee3db"
        "a91ca5c11aa25eb4d679275cc5788063a5f19741120c4f2de2adebeb10a298dd"}},
      {Buffer(20, std::byte{0x0c}),
       from_text("Test With Truncation"),
       {"0e2aea68a90c8d37c988bcdb9fca6fa8", "a3b6167473100ee06e0c796c2955552b",
        "3abf34c3503b2a23a46efc619baef897", "415fad6271580a531d4179bc891d87a6"}},
      {longer_key,
       from_text("Test Using Larger Than Block-Size Key - Hash Key First"),
       {"95e9a0db962095adaebe9b2d6f0dbce2d499f112f2d2b7273fa6870e",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c6"
        "0c2ef6ab4030fe8296248df163f44952",
        "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
        "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598"}},
      {longer_key,
       from_text("This is a test using a larger than block-size key and a larger than block-size "
                 "data. The key needs to be hashed before being used by the HMAC algorithm."),
       {"3a854166ac5d9f023f54d517d0b39dbd946770db9c2b95c9f6f565d1",
        "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
        "6617178e941f020d351e2f254e8fd32c602420feb0b8fb9adccebb82461e99c5"
        "a678cc31e799176d3860e6110c46523e",
        "e37b6a775dc87dbaa4dfa9f96e5e3ffddebd71f8867289865df5a32d20cdc944"
        "b6022cac3c4982b10d5eeb55c3e4de15134676fb6de0446065c97440fa8c6a58"}},
  };
}

TEST(Hmac, GivesTheVectorsOfRfc4231) {
  using enum HashAlgorithm;
  constexpr std::array algorithms = {sha224, sha256, sha384, sha512};
  for (const FourMacs& vector : rfc4231_vectors()) {
    for (std::size_t i = 0; i < algorithms.size(); ++i) {
      const Buffer expected = from_hex(vector.macs[i]);
      Buffer whole = mac(algorithms[i], vector.key, vector.message);
      ASSERT_GE(whole.size(), expected.size());
      whole.resize(expected.size());
      EXPECT_EQ(whole, expected);
    }
  }
}

TEST(Hmac, AgreesWithOpenSslOnEveryKeyLengthUpToThreeHundred) {
  const std::array kinds = {EVP_sha1(), EVP_sha224(), EVP_sha256(), EVP_sha384(), EVP_sha512()};
  const Buffer message = from_text("{\"id\":\"evt_1\"}");
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    Buffer key;
    for (std::size_t length = 0; length <= 300; ++length) {
      std::array<unsigned char, EVP_MAX_MD_SIZE> room;
      unsigned count = 0;
      // OpenSSL takes a null key for "the one before", so an empty key needs an address.
      const void* key_address = key.empty() ? static_cast<const void*>("") : key.data();
      ASSERT_NE(HMAC(kinds[i], key_address, static_cast<int>(key.size()),
                     reinterpret_cast<const unsigned char*>(message.data()), message.size(),
                     room.data(), &count),
                nullptr);
      const Bytes expected = std::as_bytes(std::span(room).first(count));
      const Buffer ours = mac(static_cast<HashAlgorithm>(i + 1), key, message);
      EXPECT_TRUE(std::ranges::equal(ours, expected)) << length;
      key.push_back(static_cast<std::byte>(length * 57 + 11));
    }
  }
}

TEST(Hmac, StartsAfreshFromOneKeyForEachMessage) {
  const HmacKey key(HashAlgorithm::sha256, bytes_of("Jefe"));
  const Buffer expected =
      from_hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  for (int repetition = 0; repetition < 3; ++repetition) {
    EXPECT_EQ(mac(key, bytes_of("what do ya want for nothing?")), expected);
  }
  Hmac slices(key);
  slices.update(bytes_of("what do ya "));
  slices.update({});
  slices.update(bytes_of("want for nothing?"));
  Buffer room(digest_bytes_max);
  EXPECT_TRUE(equal_constant_time(slices.finish(room), expected));
}

TEST(HmacKey, LivesInAnArenaAndIsReplacedByAssign) {
  std::array<std::byte, 4096> storage;
  Arena arena(storage);
  const std::span<HmacKey> keys = arena.make_array<HmacKey>(2);
  EXPECT_FALSE(keys[0].is_assigned());
  keys[0].assign(HashAlgorithm::sha512, bytes_of("another"));
  keys[0].assign(HashAlgorithm::sha256, bytes_of("Jefe"));
  EXPECT_TRUE(keys[0].is_assigned());
  EXPECT_FALSE(keys[1].is_assigned());
  EXPECT_EQ(keys[0].algorithm(), HashAlgorithm::sha256);
  EXPECT_EQ(mac(keys[0], bytes_of("what do ya want for nothing?")),
            from_hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"));
}

template <class Key>
concept Comparable = requires(const Key& key) { key == key; };

TEST(HmacKey, CannotBeCopiedMovedOrCompared) {
  static_assert(!std::is_copy_constructible_v<HmacKey> && !std::is_copy_assignable_v<HmacKey>);
  static_assert(!std::is_move_constructible_v<HmacKey> && !std::is_move_assignable_v<HmacKey>);
  static_assert(!Comparable<HmacKey>);
}

TEST(HmacKeyDeathTest, TrapsWhenUsedBeforeAssign) {
  const HmacKey key;
  EXPECT_DEATH(static_cast<void>(Hmac(key)), "");
  EXPECT_DEATH(static_cast<void>(key.algorithm()), "");
}

nlohmann::json wycheproof(const std::string& file) {
  const char* folder = std::getenv("POSTERN_ORACLES");
  const std::filesystem::path oracles = folder != nullptr ? folder : "../shared/oracles";
  std::ifstream stream(oracles / "wycheproof" / file);
  EXPECT_TRUE(stream.is_open()) << oracles / "wycheproof" / file;
  return nlohmann::json::parse(stream, nullptr, false);
}

struct Counts {
  std::size_t valid = 0;
  std::size_t invalid = 0;
  std::size_t truncated = 0;
};

/// A tag of full size is equal exactly if the vector is valid. A truncated one never is, although
/// its bytes are those at the start of the MAC exactly if the vector is valid.
void check_vector(const nlohmann::json& vector, HashAlgorithm algorithm, Counts& counts) {
  const Buffer key = from_hex(vector.at("key"));
  const Buffer tag = from_hex(vector.at("tag"));
  const Buffer computed = mac(algorithm, key, from_hex(vector.at("msg")));
  const bool valid = vector.at("result") == "valid";
  ASSERT_TRUE(valid || vector.at("result") == "invalid");
  if (tag.size() == computed.size()) {
    EXPECT_EQ(equal_constant_time(computed, tag), valid) << vector;
    ++(valid ? counts.valid : counts.invalid);
    return;
  }
  ASSERT_LT(tag.size(), computed.size());
  EXPECT_FALSE(equal_constant_time(computed, tag)) << vector;
  EXPECT_EQ(equal_constant_time(Bytes(computed).first(tag.size()), tag), valid) << vector;
  ++counts.truncated;
}

Counts check_file(const std::string& file, HashAlgorithm algorithm) {
  Counts counts;
  const nlohmann::json oracle = wycheproof(file);
  EXPECT_TRUE(oracle.is_object());
  if (!oracle.is_object()) {
    return counts;
  }
  for (const auto& group : oracle.at("testGroups")) {
    for (const auto& vector : group.at("tests")) {
      check_vector(vector, algorithm, counts);
    }
  }
  EXPECT_EQ(counts.valid + counts.invalid + counts.truncated, oracle.at("numberOfTests"));
  return counts;
}

TEST(Hmac, MatchesTheFullTagsOfWycheproofAndNoTruncatedOne) {
  const Counts sha1 = check_file("hmac_sha1_test.json", HashAlgorithm::sha1);
  EXPECT_EQ(sha1.valid + sha1.invalid, 87U);
  EXPECT_EQ(sha1.truncated, 83U);
  const Counts sha224 = check_file("hmac_sha224_test.json", HashAlgorithm::sha224);
  EXPECT_EQ(sha224.valid + sha224.invalid, 87U);
  EXPECT_EQ(sha224.truncated, 85U);
  const Counts sha256 = check_file("hmac_sha256_test.json", HashAlgorithm::sha256);
  EXPECT_EQ(sha256.valid + sha256.invalid, 87U);
  EXPECT_EQ(sha256.truncated, 87U);
  const Counts sha384 = check_file("hmac_sha384_test.json", HashAlgorithm::sha384);
  EXPECT_EQ(sha384.valid + sha384.invalid, 87U);
  EXPECT_EQ(sha384.truncated, 87U);
  const Counts sha512 = check_file("hmac_sha512_test.json", HashAlgorithm::sha512);
  EXPECT_EQ(sha512.valid + sha512.invalid, 87U);
  EXPECT_EQ(sha512.truncated, 87U);
  for (const Counts& counts : {sha1, sha224, sha256, sha384, sha512}) {
    EXPECT_GT(counts.valid, 0U);
    EXPECT_GT(counts.invalid, 0U);
  }
}

}  // namespace
}  // namespace postern::crypto
