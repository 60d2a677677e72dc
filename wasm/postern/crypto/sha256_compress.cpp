#include "postern/crypto/sha256_compress.h"

#include <bit>
#include <cstring>

#include "postern/crypto/sha2_constants.h"

namespace postern::crypto {
namespace {

/// Four words at once: one register of wasm SIMD or of SSE2, plain code on a machine without.
using Words4 [[gnu::vector_size(16)]] = std::uint32_t;

/// The message schedule looks back 16 words, so 16 are kept.
using Schedule = std::array<Words4, 4>;

constexpr std::size_t sha256_rounds = 64;
static_assert(sha256_rounds + 16 <= round_constants_upper.size(), "The last turns look ahead.");

template <int count>
[[gnu::always_inline]] inline Words4 rotate_right(Words4 words) {
  return (words >> count) | (words << (32 - count));
}

[[gnu::always_inline]] inline Words4 load_words(const std::byte* from) {
  using Bytes16 [[gnu::vector_size(16)]] = std::uint8_t;
  Bytes16 bytes;
  std::memcpy(&bytes, from, sizeof(bytes));
  const Bytes16 swapped =
      __builtin_shufflevector(bytes, bytes, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
  return std::bit_cast<Words4>(swapped);
}

[[gnu::always_inline]] inline Words4 schedule_sigma0(Words4 x) {
  return rotate_right<7>(x) ^ rotate_right<18>(x) ^ (x >> 3);
}

[[gnu::always_inline]] inline Words4 schedule_sigma1(Words4 x) {
  return rotate_right<17>(x) ^ rotate_right<19>(x) ^ (x >> 10);
}

/// `next_words` gives words 16 to 19 behind the 16 in `w0` to `w3`. The upper two depend on the
/// lower two, so that part goes in two steps, each with zeros in the half that it must not touch.
[[gnu::always_inline]] inline Words4 next_words(Words4 w0, Words4 w1, Words4 w2, Words4 w3) {
  const Words4 zero = {0, 0, 0, 0};
  const Words4 back15 = __builtin_shufflevector(w0, w1, 1, 2, 3, 4);
  const Words4 back7 = __builtin_shufflevector(w2, w3, 1, 2, 3, 4);
  const Words4 sum = w0 + schedule_sigma0(back15) + back7;
  const Words4 lower = sum + __builtin_shufflevector(schedule_sigma1(w3), zero, 2, 3, 4, 5);
  return lower + __builtin_shufflevector(zero, schedule_sigma1(lower), 0, 1, 4, 5);
}

[[gnu::always_inline]] inline void round(std::uint32_t a, std::uint32_t b, std::uint32_t c,
                                         std::uint32_t& d, std::uint32_t e, std::uint32_t f,
                                         std::uint32_t g, std::uint32_t& h,
                                         std::uint32_t word_and_constant) {
  const std::uint32_t sigma1 = std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25);
  const std::uint32_t sigma0 = std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22);
  h += sigma1 + (g ^ (e & (f ^ g))) + word_and_constant;
  d += h;
  h += sigma0 + (b ^ ((a ^ b) & (b ^ c)));
}

[[gnu::always_inline]] inline void eight_rounds(NarrowState& s, const std::uint32_t* wk) {
  auto& [a, b, c, d, e, f, g, h] = s;
  round(a, b, c, d, e, f, g, h, wk[0]);
  round(h, a, b, c, d, e, f, g, wk[1]);
  round(g, h, a, b, c, d, e, f, wk[2]);
  round(f, g, h, a, b, c, d, e, wk[3]);
  round(e, f, g, h, a, b, c, d, wk[4]);
  round(d, e, f, g, h, a, b, c, wk[5]);
  round(c, d, e, f, g, h, a, b, wk[6]);
  round(b, c, d, e, f, g, h, a, wk[7]);
}

/// `plus_constants` gives what rounds `t` to `t` + 3 add, for their schedule words.
[[gnu::always_inline]] inline Words4 plus_constants(Words4 words, std::size_t t) {
  Words4 constants;
  std::memcpy(&constants, round_constants_upper.data() + t, sizeof(constants));
  return words + constants;
}

[[gnu::always_inline]] inline void store_words(std::uint32_t* to, Words4 words) {
  std::memcpy(to, &words, sizeof(words));
}

/// The words for the next rounds are computed beside the present ones, eight by eight, so that the
/// vector units work while the chain of rounds waits for itself. The sums go through memory: rounds
/// read them there cheaper than out of a register's lanes. The last two turns compute words that
/// nobody asks for: 1.5 % of the time, and without turns of their own the module is 1.3 KB smaller.
void compress_block(NarrowState& state, const std::byte* block) {
  Schedule w;
  alignas(16) std::array<std::uint32_t, 16> sums;
  for (std::size_t i = 0; i < w.size(); ++i) {
    w[i] = load_words(block + 16 * i);
    store_words(&sums[4 * i], plus_constants(w[i], 4 * i));
  }
  NarrowState working = state;
#pragma GCC unroll 1  // Eight rounds a turn: more are no faster.
  for (std::size_t t = 16; t < sha256_rounds + 16; t += 8) {
    const Words4 first = next_words(w[0], w[1], w[2], w[3]);
    const Words4 second = next_words(w[1], w[2], w[3], first);
    std::uint32_t* const turn_sums = &sums[t % 16];
    eight_rounds(working, turn_sums);
    store_words(turn_sums, plus_constants(first, t));
    store_words(turn_sums + 4, plus_constants(second, t + 4));
    w = {w[2], w[3], first, second};
  }
  for (std::size_t i = 0; i < state.size(); ++i) {
    state[i] += working[i];
  }
}

}  // namespace

void sha256_compress_portable(NarrowState& state, Bytes blocks) {
  for (std::size_t at = 0; at < blocks.size(); at += sha256_block_bytes) {
    compress_block(state, blocks.data() + at);
  }
}

void sha256_compress(NarrowState& state, Bytes blocks) {
#if defined(__x86_64__)
  if (has_sha256_instructions()) {
    sha256_compress_native(state, blocks);
    return;
  }
#endif
  sha256_compress_portable(state, blocks);
}

}  // namespace postern::crypto
