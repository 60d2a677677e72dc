#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <vector>

#include "postern/crypto/sha2.h"

namespace postern::crypto {
namespace {

constexpr std::array all_algorithms = {HashAlgorithm::sha1, HashAlgorithm::sha224,
                                       HashAlgorithm::sha256, HashAlgorithm::sha384,
                                       HashAlgorithm::sha512};

std::string hex(Bytes bytes) {
  std::string text;
  for (const std::byte byte : bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    text.push_back(digits[std::to_integer<unsigned>(byte) >> 4]);
    text.push_back(digits[std::to_integer<unsigned>(byte) & 15]);
  }
  return text;
}

std::string finished(Hash hash) {
  std::vector<std::byte> room(digest_bytes(hash.algorithm()));
  return hex(hash.finish(room));
}

std::string digest(HashAlgorithm algorithm, Bytes input) {
  Hash hash(algorithm);
  hash.update(input);
  return finished(hash);
}

std::string digest_by_openssl(HashAlgorithm algorithm, Bytes input) {
  const EVP_MD* kind = nullptr;
  switch (algorithm) {
    case HashAlgorithm::sha1:
      kind = EVP_sha1();
      break;
    case HashAlgorithm::sha224:
      kind = EVP_sha224();
      break;
    case HashAlgorithm::sha256:
      kind = EVP_sha256();
      break;
    case HashAlgorithm::sha384:
      kind = EVP_sha384();
      break;
    case HashAlgorithm::sha512:
      kind = EVP_sha512();
      break;
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> room;
  unsigned count = 0;
  EXPECT_EQ(EVP_Digest(input.data(), input.size(), room.data(), &count, kind, nullptr), 1);
  return hex(std::as_bytes(std::span(room).first(count)));
}

/// An exactly sized buffer without a pattern that repeats by block, so that a block taken twice or
/// a byte read behind the end shows.
std::vector<std::byte> sample(std::size_t count) {
  std::vector<std::byte> bytes(count);
  std::uint32_t state = 2463534242;
  for (std::byte& byte : bytes) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    byte = static_cast<std::byte>(state);
  }
  return bytes;
}

struct PublishedDigest {
  HashAlgorithm algorithm;
  std::string message;
  std::string digest;
};

const std::string two_blocks_of_narrow = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
const std::string two_blocks_of_wide =
    "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqr"
    "lmnopqrsmnopqrstnopqrstu";

// Source: NIST, Cryptographic Standards and Guidelines, Examples with Intermediate Values, SHA-1 to
// SHA-512, and the SHA test suite's million times "a".
std::vector<PublishedDigest> published_digests() {
  const std::string million(1'000'000, 'a');
  using enum HashAlgorithm;
  return {
      {sha1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"},
      {sha1, two_blocks_of_narrow, "84983e441c3bd26ebaae4aa1f95129e5e54670f1"},
      {sha1, two_blocks_of_wide, "a49b2446a02c645bf419f995b67091253a04a259"},
      {sha1, million, "34aa973cd4c4daa4f61eeb2bdbad27316534016f"},
      {sha224, "abc", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"},
      {sha224, two_blocks_of_narrow, "75388b16512776cc5dba5da1fd890150b0c6455cb4f58b1952522525"},
      {sha224, two_blocks_of_wide, "c97ca9a559850ce97a04a96def6d99a9e0e0e2ab14e6b8df265fc0b3"},
      {sha224, million, "20794655980c91d8bbb4c1ea97618a4bf03f42581948b2ee4ee7ad67"},
      {sha256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {sha256, two_blocks_of_narrow,
       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
      {sha256, two_blocks_of_wide,
       "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
      {sha256, million, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
      {sha384, "abc",
       "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
       "8086072ba1e7cc2358baeca134c825a7"},
      {sha384, two_blocks_of_narrow,
       "3391fdddfc8dc7393707a65b1b4709397cf8b1d162af05abfe8f450de5f36bc6"
       "b0455a8520bc4e6f5fe95b1fe3c8452b"},
      {sha384, two_blocks_of_wide,
       "09330c33f71147e83d192fc782cd1b4753111b173b3b05d22fa08086e3b0f712"
       "fcc7c71a557e2db966c3e9fa91746039"},
      {sha384, million,
       "9d0e1809716474cb086e834e310a4a1ced149e9c00f248527972cec5704c2a5b"
       "07b8b3dc38ecc4ebae97ddd87f3d8985"},
      {sha512, "abc",
       "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
       "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
      {sha512, two_blocks_of_narrow,
       "204a8fc6dda82f0a0ced7beb8e08a41657c16ef468b228a8279be331a703c335"
       "96fd15c13b1b07f9aa1d3bea57789ca031ad85c7a71dd70354ec631238ca3445"},
      {sha512, two_blocks_of_wide,
       "8e959b75dae313da8cf4f72814fc143f8f7779c6eb9f7fa17299aeadb6889018"
       "501d289e4900f7e4331b99dec4b5433ac7d329eeb6dd26545e96e55b874be909"},
      {sha512, million,
       "e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973eb"
       "de0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b"},
  };
}

TEST(Hash, GivesThePublishedDigests) {
  for (const PublishedDigest& published : published_digests()) {
    EXPECT_EQ(digest(published.algorithm, bytes_of(published.message)), published.digest);
  }
}

TEST(Hash, AgreesWithOpenSslOnEveryLengthUpToThreeHundred) {
  for (const HashAlgorithm algorithm : all_algorithms) {
    for (std::size_t length = 0; length <= 300; ++length) {
      const auto input = sample(length);
      EXPECT_EQ(digest(algorithm, input), digest_by_openssl(algorithm, input)) << length;
    }
  }
}

TEST(Hash, IsTheSameThroughTheClassOfSha256) {
  for (const std::size_t length : {0U, 55U, 56U, 64U, 1000U}) {
    const auto input = sample(length);
    Sha256 hash;
    hash.update(input);
    EXPECT_EQ(hex(hash.finish()), digest_by_openssl(HashAlgorithm::sha256, input));
  }
}

TEST(Hash, TakesOddSlicesAsTheWhole) {
  const auto input = sample(1000);
  for (const HashAlgorithm algorithm : all_algorithms) {
    const std::string whole = digest_by_openssl(algorithm, input);
    for (const std::size_t slice : {1U, 3U, 7U, 63U, 64U, 65U, 127U, 128U, 129U, 191U, 999U}) {
      Hash hash(algorithm);
      for (std::size_t at = 0; at < input.size(); at += slice) {
        hash.update({});
        hash.update(Bytes(input).subspan(at, std::min(slice, input.size() - at)));
      }
      EXPECT_EQ(finished(hash), whole) << slice;
    }
  }
}

TEST(Hash, TakesEveryCutInTwoAsTheWhole) {
  const auto input = sample(260);
  for (const HashAlgorithm algorithm : all_algorithms) {
    const std::string whole = digest_by_openssl(algorithm, input);
    for (std::size_t cut = 0; cut <= input.size(); ++cut) {
      Hash hash(algorithm);
      hash.update(Bytes(input).first(cut));
      hash.update(Bytes(input).subspan(cut));
      EXPECT_EQ(finished(hash), whole) << cut;
    }
  }
}

TEST(Hash, GoesOnFromACopyWithoutTouchingTheOther) {
  const auto input = sample(200);
  for (const HashAlgorithm algorithm : all_algorithms) {
    Hash first(algorithm);
    first.update(Bytes(input).first(100));
    Hash second = first;
    second.update(Bytes(input).subspan(100));
    EXPECT_EQ(finished(second), digest_by_openssl(algorithm, input));
    EXPECT_EQ(finished(first), digest_by_openssl(algorithm, Bytes(input).first(100)));
  }
}

TEST(Hash, KnowsItsSizesAsOpenSslDoes) {
  using enum HashAlgorithm;
  const std::array kinds = {EVP_sha1(), EVP_sha224(), EVP_sha256(), EVP_sha384(), EVP_sha512()};
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    EXPECT_EQ(digest_bytes(all_algorithms[i]), static_cast<std::size_t>(EVP_MD_size(kinds[i])));
    EXPECT_EQ(block_bytes(all_algorithms[i]),
              static_cast<std::size_t>(EVP_MD_block_size(kinds[i])));
    EXPECT_LE(digest_bytes(all_algorithms[i]), digest_bytes_max);
    EXPECT_LE(block_bytes(all_algorithms[i]), block_bytes_max);
  }
}

/// One digest by the compression function alone: padding by hand for a message of whole blocks.
std::string sha256_by(void (*compress)(NarrowState&, Bytes), Bytes whole_blocks) {
  NarrowState state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                       0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::vector<std::byte> padded(whole_blocks.begin(), whole_blocks.end());
  padded.resize(padded.size() + sha256_block_bytes);
  padded[whole_blocks.size()] = std::byte{0x80};
  for (std::size_t i = 0; i < 8; ++i) {
    padded[padded.size() - 1 - i] = static_cast<std::byte>(whole_blocks.size() * 8 >> (8 * i));
  }
  compress(state, padded);
  std::string text;
  for (const std::uint32_t word : state) {
    char printed[9];
    std::snprintf(printed, sizeof(printed), "%08x", word);
    text += printed;
  }
  return text;
}

TEST(Hash, CompressesAlikeInEveryFormOfSha256) {
  for (const std::size_t blocks : {0U, 1U, 2U, 3U, 50U}) {
    const auto input = sample(blocks * sha256_block_bytes);
    const std::string expected = digest_by_openssl(HashAlgorithm::sha256, input);
    EXPECT_EQ(sha256_by(sha256_compress_portable, input), expected);
    EXPECT_EQ(sha256_by(sha256_compress, input), expected);
  }
}

#if defined(__x86_64__)
TEST(Hash, CompressesAlikeWithTheInstructionsOfTheProcessor) {
  if (!has_sha256_instructions()) {
    GTEST_SKIP() << "This processor has no SHA extensions.";
  }
  for (const std::size_t blocks : {0U, 1U, 2U, 3U, 50U}) {
    const auto input = sample(blocks * sha256_block_bytes);
    const std::string expected = digest_by_openssl(HashAlgorithm::sha256, input);
    EXPECT_EQ(sha256_by(sha256_compress_native, input), expected);
  }
}
#endif

TEST(HashDeathTest, TrapsOnAnUnknownAlgorithmAndOnTooLittleRoom) {
  EXPECT_DEATH(static_cast<void>(Hash(static_cast<HashAlgorithm>(0))), "");
  EXPECT_DEATH(static_cast<void>(digest_bytes(static_cast<HashAlgorithm>(6))), "");
  Hash hash(HashAlgorithm::sha256);
  std::vector<std::byte> room(31);
  EXPECT_DEATH(static_cast<void>(hash.finish(room)), "");
}

}  // namespace
}  // namespace postern::crypto
