#include "postern/crypto/sha512_compress.h"

#include <bit>

#include "postern/crypto/big_endian.h"
#include "postern/crypto/sha2_constants.h"

namespace postern::crypto {
namespace {

/// The message schedule looks back 16 words, so 16 are kept.
using Schedule = std::array<std::uint64_t, 16>;

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
void advance_schedule(Schedule& w) {
#pragma GCC unroll 1
  for (std::size_t i = 0; i < w.size(); ++i) {
    w[i] += schedule_sigma0(w[(i + 1) % 16]) + w[(i + 9) % 16] + schedule_sigma1(w[(i + 14) % 16]);
  }
}

/// FIPS 180-4 section 6.4.2. The rounds stay a loop: SHA-384 and SHA-512 are rare among senders,
/// and the module's size is everyone's cold start.
void compress_block(WideState& state, const std::byte* block) {
  Schedule w;
#pragma GCC unroll 1
  for (std::size_t i = 0; i < w.size(); ++i) {
    w[i] = load_big_endian<std::uint64_t>(block + i * sizeof(std::uint64_t));
  }
  auto [a, b, c, d, e, f, g, h] = state;
  for (std::size_t t = 0; t < round_constants_upper.size(); ++t) {
    if (t > 0 && t % 16 == 0) {
      advance_schedule(w);
    }
    const std::uint64_t constant =
        joined_halves(round_constants_upper[t], round_constants_lower[t]);
    const std::uint64_t sum1 = h + round_sigma1(e) + (g ^ (e & (f ^ g))) + constant + w[t % 16];
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

}  // namespace

void sha512_compress(WideState& state, Bytes blocks) {
  for (std::size_t at = 0; at < blocks.size(); at += sha512_block_bytes) {
    compress_block(state, blocks.data() + at);
  }
}

}  // namespace postern::crypto
