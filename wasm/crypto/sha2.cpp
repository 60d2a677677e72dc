#include "crypto/sha2.h"

#include "crypto/sha2_constants.h"

namespace postern::crypto {
namespace {

using WideState = std::array<std::uint64_t, 8>;

/// The message schedule looks back 16 words, so 16 are kept.
using WideSchedule = std::array<std::uint64_t, 16>;

constexpr std::uint64_t schedule_sigma0(std::uint64_t x) {
  return std::rotr(x, 1) ^ std::rotr(x, 8) ^ (x >> 7);
}

constexpr std::uint64_t schedule_sigma1(std::uint64_t x) {
  return std::rotr(x, 19) ^ std::rotr(x, 61) ^ (x >> 6);
}

constexpr std::uint64_t round_sigma0(std::uint64_t x) {
  return std::rotr(x, 28) ^ std::rotr(x, 34) ^ std::rotr(x, 39);
}

constexpr std::uint64_t round_sigma1(std::uint64_t x) {
  return std::rotr(x, 14) ^ std::rotr(x, 18) ^ std::rotr(x, 41);
}

/// `advance_schedule` replaces the 16 words by the next 16. It and the loads below stay loops: a
/// swap of eight bytes is long in wasm, and unrolled they cost 1.4 KB of the module.
void advance_schedule(WideSchedule& w) {
#pragma GCC unroll 1
  for (std::size_t i = 0; i < w.size(); ++i) {
    w[i] += schedule_sigma0(w[(i + 1) % 16]) + w[(i + 9) % 16] + schedule_sigma1(w[(i + 14) % 16]);
  }
}

/// FIPS 180-4 section 6.4.2. The rounds stay a loop: SHA-384 and SHA-512 are rare among senders,
/// and the module's size is everyone's cold start.
void compress_wide_block(WideState& state, const std::byte* block) {
  WideSchedule w;
#pragma GCC unroll 1
  for (std::size_t i = 0; i < w.size(); ++i) {
    w[i] = load_big_endian<std::uint64_t>(block + i * sizeof(std::uint64_t));
  }
  auto [a, b, c, d, e, f, g, h] = state;
  for (std::size_t t = 0; t < sha512_round_constants.size(); ++t) {
    if (t > 0 && t % 16 == 0) {
      advance_schedule(w);
    }
    const std::uint64_t sum1 =
        h + round_sigma1(e) + (g ^ (e & (f ^ g))) + sha512_round_constants[t] + w[t % 16];
    const std::uint64_t sum2 = round_sigma0(a) + (b ^ ((a ^ b) & (b ^ c)));
    h = g;
    g = f;
    f = e;
    e = d + sum1;
    d = c;
    c = b;
    b = a;
    a = sum1 + sum2;
  }
  const WideState working = {a, b, c, d, e, f, g, h};
  for (std::size_t i = 0; i < state.size(); ++i) {
    state[i] += working[i];
  }
}

void compress_wide(WideState& state, Bytes blocks) {
  for (std::size_t at = 0; at < blocks.size(); at += Sha2Wide::block_bytes) {
    compress_wide_block(state, blocks.data() + at);
  }
}

}  // namespace

void Sha2Narrow::update(Bytes input) {
  buffer_.update(input, [this](Bytes blocks) { sha256_compress(state_, blocks); });
}

void Sha2Narrow::finish_into(MutableBytes digest) {
  buffer_.finish([this](Bytes blocks) { sha256_compress(state_, blocks); });
  store_big_endian(state_, digest);
}

void Sha2Wide::update(Bytes input) {
  buffer_.update(input, [this](Bytes blocks) { compress_wide(state_, blocks); });
}

void Sha2Wide::finish_into(MutableBytes digest) {
  buffer_.finish([this](Bytes blocks) { compress_wide(state_, blocks); });
  store_big_endian(state_, digest);
}

Sha224::Sha224() : Sha2Narrow(sha224_start) {}
Sha256::Sha256() : Sha2Narrow(sha256_start) {}
Sha384::Sha384() : Sha2Wide(sha384_start) {}
Sha512::Sha512() : Sha2Wide(sha512_start) {}

Sha224::Digest Sha224::finish() {
  Digest digest;
  finish_into(digest);
  return digest;
}

Sha256::Digest Sha256::finish() {
  Digest digest;
  finish_into(digest);
  return digest;
}

Sha384::Digest Sha384::finish() {
  Digest digest;
  finish_into(digest);
  return digest;
}

Sha512::Digest Sha512::finish() {
  Digest digest;
  finish_into(digest);
  return digest;
}

}  // namespace postern::crypto
