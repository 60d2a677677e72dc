#include "postern/crypto/sha1.h"

#include "postern/crypto/big_endian.h"

namespace postern::crypto {
namespace {

using State = std::array<std::uint32_t, 5>;

/// The 80 rounds come in four stages of 20, each with its function and constant.
constexpr std::size_t stage_rounds = 20;

/// The message schedule looks back 16 words, so 16 are kept.
using Schedule = std::array<std::uint32_t, 16>;

constexpr std::uint32_t choose(std::uint32_t x, std::uint32_t y, std::uint32_t z) {
  return z ^ (x & (y ^ z));
}

constexpr std::uint32_t parity(std::uint32_t x, std::uint32_t y, std::uint32_t z) {
  return x ^ y ^ z;
}

constexpr std::uint32_t majority(std::uint32_t x, std::uint32_t y, std::uint32_t z) {
  return y ^ ((x ^ y) & (y ^ z));
}

/// `scheduled_word` gives the word of round `t` and keeps it where that of round `t` - 16 was.
[[gnu::always_inline]] inline std::uint32_t scheduled_word(Schedule& schedule, std::size_t t) {
  if (t >= 16) {
    schedule[t % 16] = std::rotl(schedule[(t + 13) % 16] ^ schedule[(t + 8) % 16] ^
                                     schedule[(t + 2) % 16] ^ schedule[t % 16],
                                 1);
  }
  return schedule[t % 16];
}

template <class Mix>
[[gnu::always_inline]] inline void stage(State& state, Schedule& schedule, std::size_t first_round,
                                         std::uint32_t constant, Mix mix) {
  auto [a, b, c, d, e] = state;
  for (std::size_t t = first_round; t < first_round + stage_rounds; ++t) {
    const std::uint32_t next =
        std::rotl(a, 5) + mix(b, c, d) + e + constant + scheduled_word(schedule, t);
    e = d;
    d = c;
    c = std::rotl(b, 30);
    b = a;
    a = next;
  }
  state = {a, b, c, d, e};
}

void compress_block(NarrowState& state, const std::byte* block) {
  Schedule schedule;
#pragma GCC unroll 1  // Swapping bytes is long in wasm: unrolled it costs 0.5 KB.
  for (std::size_t i = 0; i < schedule.size(); ++i) {
    schedule[i] = load_big_endian<std::uint32_t>(block + i * sizeof(std::uint32_t));
  }
  State working = {state[0], state[1], state[2], state[3], state[4]};
  stage(working, schedule, 0, 0x5a827999, choose);
  stage(working, schedule, 20, 0x6ed9eba1, parity);
  stage(working, schedule, 40, 0x8f1bbcdc, majority);
  stage(working, schedule, 60, 0xca62c1d6, parity);
  for (std::size_t i = 0; i < working.size(); ++i) {
    state[i] += working[i];
  }
}

}  // namespace

void sha1_compress(NarrowState& state, Bytes blocks) {
  for (std::size_t at = 0; at < blocks.size(); at += sha1_block_bytes) {
    compress_block(state, blocks.data() + at);
  }
}

}  // namespace postern::crypto
