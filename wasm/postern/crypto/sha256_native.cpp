// The SHA extensions of x86, for the native harness: replaying a corpus is mostly hashing. The
// module never contains this file's code.

#if defined(__x86_64__)

#include <immintrin.h>

#include "postern/crypto/sha256_compress.h"
#include "postern/crypto/sha2_constants.h"

#define POSTERN_SHA_TARGET [[gnu::target("sha,sse4.1,ssse3")]]

namespace postern::crypto {
namespace {

/// The instructions keep the eight state words in two registers, interleaved.
struct Registers {
  __m128i abef;
  __m128i cdgh;
};

POSTERN_SHA_TARGET inline __m128i load(const void* from) {
  return _mm_loadu_si128(static_cast<const __m128i*>(from));
}

POSTERN_SHA_TARGET inline Registers to_registers(const NarrowState& state) {
  const __m128i dcba = load(state.data());
  const __m128i hgfe = load(state.data() + 4);
  const __m128i cdab = _mm_shuffle_epi32(dcba, 0xB1);
  const __m128i efgh = _mm_shuffle_epi32(hgfe, 0x1B);
  return {_mm_alignr_epi8(cdab, efgh, 8), _mm_blend_epi16(efgh, cdab, 0xF0)};
}

POSTERN_SHA_TARGET inline void from_registers(const Registers& registers, NarrowState& state) {
  const __m128i feba = _mm_shuffle_epi32(registers.abef, 0x1B);
  const __m128i dchg = _mm_shuffle_epi32(registers.cdgh, 0xB1);
  auto* to = reinterpret_cast<__m128i*>(state.data());
  _mm_storeu_si128(to, _mm_blend_epi16(feba, dchg, 0xF0));
  _mm_storeu_si128(to + 1, _mm_alignr_epi8(dchg, feba, 8));
}

POSTERN_SHA_TARGET inline __m128i load_words(const std::byte* from) {
  const __m128i big_endian_order = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  return _mm_shuffle_epi8(load(from), big_endian_order);
}

POSTERN_SHA_TARGET inline void compress_block(Registers& registers, const std::byte* block) {
  const Registers before = registers;
  __m128i w[4] = {load_words(block), load_words(block + 16), load_words(block + 32),
                  load_words(block + 48)};
#pragma GCC unroll 16
  for (int i = 0; i < 16; ++i) {
    __m128i& words = w[i % 4];
    if (i >= 4) {
      const __m128i last = w[(i + 3) % 4];
      const __m128i back7 = _mm_alignr_epi8(last, w[(i + 2) % 4], 4);
      const __m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(words, w[(i + 1) % 4]), back7);
      words = _mm_sha256msg2_epu32(sum, last);
    }
    const __m128i scheduled = _mm_add_epi32(words, load(round_constants_upper.data() + 4 * i));
    // Two rounds each; the second call takes the upper half of the four words.
    registers.cdgh = _mm_sha256rnds2_epu32(registers.cdgh, registers.abef, scheduled);
    registers.abef =
        _mm_sha256rnds2_epu32(registers.abef, registers.cdgh, _mm_shuffle_epi32(scheduled, 0x0E));
  }
  registers.abef = _mm_add_epi32(registers.abef, before.abef);
  registers.cdgh = _mm_add_epi32(registers.cdgh, before.cdgh);
}

}  // namespace

bool has_sha256_instructions() {
  return __builtin_cpu_supports("sha") != 0 && __builtin_cpu_supports("sse4.1") != 0;
}

POSTERN_SHA_TARGET void sha256_compress_native(NarrowState& state, Bytes blocks) {
  Registers registers = to_registers(state);
  for (std::size_t at = 0; at < blocks.size(); at += sha256_block_bytes) {
    compress_block(registers, blocks.data() + at);
  }
  from_registers(registers, state);
}

}  // namespace postern::crypto

#endif
