#include <gtest/gtest.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "core_support.h"
#include "postern/crypto/curve_point.h"

// OpenSSL's big numbers say which encodings are points. The points of small order are those that
// libsodium refuses (crypto_core/ed25519/ref10/ed25519_ref10.c, `ge25519_has_small_order`, read
// 2026-11-29), with both signs, and their second encodings, whose y is above the prime.

namespace postern::crypto {
namespace {

using testing_support::from_hex;

constexpr std::size_t random_keys = 200;

struct BignumFree {
  void operator()(BIGNUM* number) const { BN_free(number); }
};
using Bignum = std::unique_ptr<BIGNUM, BignumFree>;

Bignum of_hex(const char* hex) {
  BIGNUM* number = nullptr;
  BN_hex2bn(&number, hex);
  return Bignum(number);
}

PointJudgement ed25519(const std::string& key) { return judge_ed25519(bytes_of(key)); }
PointJudgement p256(const std::string& key) { return judge_p256(bytes_of(key)); }

/// Whether x^2 = (y^2 - 1) / (d y^2 + 1) has a root.
bool is_edwards_point(const std::string& key) {
  const std::unique_ptr<BN_CTX, decltype(&BN_CTX_free)> context(BN_CTX_new(), BN_CTX_free);
  const Bignum prime = of_hex("7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed");
  const Bignum d = of_hex("52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3");
  std::string plain = key;
  plain.back() = static_cast<char>(plain.back() & 0x7F);
  const Bignum y(BN_lebin2bn(reinterpret_cast<const unsigned char*>(plain.data()), 32, nullptr));
  if (BN_cmp(y.get(), prime.get()) >= 0) {
    return false;
  }
  const Bignum above(BN_new());
  const Bignum below(BN_new());
  BN_mod_sqr(above.get(), y.get(), prime.get(), context.get());
  BN_mod_mul(below.get(), above.get(), d.get(), prime.get(), context.get());
  BN_add_word(below.get(), 1);
  BN_sub_word(above.get(), 1);
  BN_mod_inverse(below.get(), below.get(), prime.get(), context.get());
  BN_mod_mul(above.get(), above.get(), below.get(), prime.get(), context.get());
  return BN_kronecker(above.get(), prime.get(), context.get()) >= 0;
}

TEST(Ed25519Point, TakesTheKeysThatOpensslMakes) {
  for (std::size_t i = 0; i < random_keys; ++i) {
    EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
    std::string raw(32, '\0');
    std::size_t size = raw.size();
    ASSERT_EQ(EVP_PKEY_get_raw_public_key(key, reinterpret_cast<unsigned char*>(raw.data()), &size),
              1);
    EVP_PKEY_free(key);
    EXPECT_EQ(ed25519(raw), PointJudgement::sound);
  }
}

TEST(Ed25519Point, KnowsWhichEncodingsArePoints) {
  std::mt19937_64 random(25519);
  std::size_t points = 0;
  for (std::size_t i = 0; i < 2 * random_keys; ++i) {
    std::string key(32, '\0');
    std::ranges::generate(key, [&] { return static_cast<char>(random()); });
    const bool is_point = is_edwards_point(key);
    EXPECT_EQ(ed25519(key) == PointJudgement::sound, is_point);
    points += is_point ? 1 : 0;
  }
  EXPECT_GT(points, random_keys / 2);
  EXPECT_LT(points, 2 * random_keys - random_keys / 2);
}

TEST(Ed25519Point, RefusesWhatAnybodyCanSignFor) {
  for (const std::string_view hex : {
           "0000000000000000000000000000000000000000000000000000000000000000",
           "0100000000000000000000000000000000000000000000000000000000000000",
           "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
           "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
           "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
           // The base point of RFC 8032, section 5.1: its private key is 1.
           "5866666666666666666666666666666666666666666666666666666666666666",
       }) {
    std::string key = from_hex(hex);
    EXPECT_EQ(ed25519(key), PointJudgement::forgeable) << hex;
    key.back() = static_cast<char>(key.back() | 0x80);
    EXPECT_EQ(ed25519(key), PointJudgement::forgeable) << hex;
  }
}

TEST(Ed25519Point, RefusesEverySecondEncoding) {
  for (unsigned low = 0xED; low <= 0xFF; ++low) {
    std::string key(32, '\xFF');
    key.front() = static_cast<char>(low);
    EXPECT_EQ(ed25519(key), PointJudgement::off_curve) << low;
    key.back() = '\x7F';
    EXPECT_EQ(ed25519(key), PointJudgement::off_curve) << low;
  }
}

/// x and y of a key that OpenSSL made.
std::string made_p256() {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  std::string point(65, '\0');
  std::size_t size = 0;
  EXPECT_EQ(EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY,
                                            reinterpret_cast<unsigned char*>(point.data()),
                                            point.size(), &size),
            1);
  EVP_PKEY_free(key);
  return point.substr(1);
}

bool openssl_takes_p256(const std::string& x_and_y) {
  const std::unique_ptr<EC_GROUP, decltype(&EC_GROUP_free)> group(
      EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1), EC_GROUP_free);
  const std::unique_ptr<EC_POINT, decltype(&EC_POINT_free)> point(EC_POINT_new(group.get()),
                                                                  EC_POINT_free);
  const std::string encoded = "\x04" + x_and_y;
  return EC_POINT_oct2point(group.get(), point.get(),
                            reinterpret_cast<const unsigned char*>(encoded.data()), encoded.size(),
                            nullptr) == 1;
}

TEST(P256Point, TakesWhatOpensslTakes) {
  std::mt19937_64 random(256);
  for (std::size_t i = 0; i < random_keys; ++i) {
    std::string key = made_p256();
    EXPECT_EQ(p256(key), PointJudgement::sound);
    std::string changed = key;
    changed[random() % 64] ^= static_cast<char>(1U << random() % 8);
    EXPECT_FALSE(openssl_takes_p256(changed));
    EXPECT_EQ(p256(changed), PointJudgement::off_curve);
    std::string swapped = key.substr(32) + key.substr(0, 32);
    EXPECT_EQ(p256(swapped) == PointJudgement::sound, openssl_takes_p256(swapped));
  }
}

TEST(P256Point, RefusesNumbersThatAreNotBelowThePrime) {
  // x = 0 has a y on this curve, so x = p would have it too.
  const std::string prime =
      from_hex("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
  const std::string y =
      from_hex("66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4");
  EXPECT_TRUE(openssl_takes_p256(std::string(32, '\0') + y));
  EXPECT_EQ(p256(std::string(32, '\0') + y), PointJudgement::sound);
  EXPECT_FALSE(openssl_takes_p256(prime + y));
  EXPECT_EQ(p256(prime + y), PointJudgement::off_curve);
  for (const std::string& key : {std::string(64, '\0'), std::string(64, '\xFF'), y + prime}) {
    EXPECT_EQ(p256(key), PointJudgement::off_curve);
  }
}

TEST(P256Point, RefusesTheBasePoint) {
  const std::string x =
      from_hex("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296");
  for (const std::string_view y :
       {"4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
        "b01cbd1c01e58065711814b583f061e9d431cca994cea1313449bf97c840ae0a"}) {
    EXPECT_TRUE(openssl_takes_p256(x + from_hex(y)));
    EXPECT_EQ(p256(x + from_hex(y)), PointJudgement::forgeable);
  }
}

}  // namespace
}  // namespace postern::crypto
