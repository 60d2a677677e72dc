#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

// POSTERN_JSON_SCALAR is for tests: the loops for the last bytes of a text must be right by
// themselves.
#if defined(POSTERN_JSON_SCALAR)
#define POSTERN_JSON_BLOCKS 0
#elif defined(__wasm_simd128__)
#include <wasm_simd128.h>
#define POSTERN_JSON_BLOCKS 1
#elif defined(__SSE2__)
#include <emmintrin.h>
#define POSTERN_JSON_BLOCKS 1
#else
#define POSTERN_JSON_BLOCKS 0
#endif

// The words of JSON: white space, plain text, UTF-8, escapes and numbers. Each function takes a
// position and the end of the text, and gives the position behind what it read, or null when there
// is no such thing here. None reads at or behind the end: the blocks are whole blocks of the text.

namespace postern::json {

/// One position in the text. The hot loop keeps it in a register, so it is a bare pointer.
using At = const char*;

[[nodiscard]] constexpr bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

[[nodiscard]] constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

[[nodiscard]] constexpr bool is_hex(char c) {
  const char lower = static_cast<char>(c | 0x20);
  return is_digit(c) || (lower >= 'a' && lower <= 'f');
}

/// Text that a string may hold as it is: ASCII without controls, quote and backslash.
[[nodiscard]] constexpr bool is_plain(char c) {
  return static_cast<signed char>(c) >= 0x20 && c != '"' && c != '\\';
}

[[nodiscard]] constexpr bool is_ascii(char c) { return static_cast<signed char>(c) >= 0; }

/// The eight escapes of one letter, as a set of bits: a switch would be a jump that nobody
/// predicts.
[[nodiscard]] constexpr bool is_short_escape(char c) {
  constexpr auto bit = [](char of) { return std::uint64_t{1} << (of & 63); };
  constexpr std::uint64_t low = bit('"') | bit('/');
  constexpr std::uint64_t high = bit('\\') | bit('b') | bit('f') | bit('n') | bit('r') | bit('t');
  return is_ascii(c) && (((c < 64 ? low : high) >> (c & 63)) & 1) != 0;
}

#if POSTERN_JSON_BLOCKS

inline constexpr std::ptrdiff_t block_bytes = 16;

#if defined(__wasm_simd128__)

/// `other_than_plain` has a bit for every byte of the block at `at` that is not `is_plain`. One
/// signed comparison finds controls and non-ASCII at once.
[[nodiscard]] inline std::uint32_t other_than_plain(At at) {
  const v128_t block = wasm_v128_load(at);
  const v128_t found = wasm_v128_or(wasm_i8x16_lt(block, wasm_i8x16_splat(0x20)),
                                    wasm_v128_or(wasm_i8x16_eq(block, wasm_i8x16_splat('"')),
                                                 wasm_i8x16_eq(block, wasm_i8x16_splat('\\'))));
  return wasm_i8x16_bitmask(found);
}

/// `other_than_space` has a bit for every byte of the block at `at` that is not `is_space`.
[[nodiscard]] inline std::uint32_t other_than_space(At at) {
  const v128_t block = wasm_v128_load(at);
  const v128_t found = wasm_v128_or(wasm_v128_or(wasm_i8x16_eq(block, wasm_i8x16_splat(' ')),
                                                 wasm_i8x16_eq(block, wasm_i8x16_splat('\n'))),
                                    wasm_v128_or(wasm_i8x16_eq(block, wasm_i8x16_splat('\r')),
                                                 wasm_i8x16_eq(block, wasm_i8x16_splat('\t'))));
  return wasm_i8x16_bitmask(found) ^ 0xFFFFU;
}

#else

[[nodiscard]] inline __m128i block_at(At at) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
}

[[nodiscard]] inline std::uint32_t other_than_plain(At at) {
  const __m128i block = block_at(at);
  const __m128i found = _mm_or_si128(_mm_cmplt_epi8(block, _mm_set1_epi8(0x20)),
                                     _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8('"')),
                                                  _mm_cmpeq_epi8(block, _mm_set1_epi8('\\'))));
  return static_cast<std::uint32_t>(_mm_movemask_epi8(found));
}

[[nodiscard]] inline std::uint32_t other_than_space(At at) {
  const __m128i block = block_at(at);
  const __m128i found = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8(' ')),
                                                  _mm_cmpeq_epi8(block, _mm_set1_epi8('\n'))),
                                     _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8('\r')),
                                                  _mm_cmpeq_epi8(block, _mm_set1_epi8('\t'))));
  return static_cast<std::uint32_t>(_mm_movemask_epi8(found)) ^ 0xFFFFU;
}

#endif
#endif

/// `skip_more_space` is for the indentation of a text that a person might read.
[[nodiscard, gnu::noinline]] inline At skip_more_space(At at, At end) {
#if POSTERN_JSON_BLOCKS
  while (end - at >= block_bytes) {
    const std::uint32_t found = other_than_space(at);
    if (found != 0) {
      return at + std::countr_zero(found);
    }
    at += block_bytes;
  }
#endif
  while (at != end && is_space(*at)) {
    ++at;
  }
  return at;
}

/// `skip_space` gives the first position that is not white space, or the end. No blank and one
/// blank are the common cases.
[[nodiscard]] inline At skip_space(At at, At end) {
  if (at == end || !is_space(*at)) {
    return at;
  }
  ++at;
  return at == end || !is_space(*at) ? at : skip_more_space(at, end);
}

/// `skip_text` gives the first position in a string that needs a look, or the end: it passes plain
/// text, and short escapes where it meets them in a block. JSON inside of JSON has a backslash
/// before every quote, so those are taken from the block's bits without another load.
[[nodiscard]] inline At skip_text(At at, At end) {
#if POSTERN_JSON_BLOCKS
  while (end - at > block_bytes) {  // One byte more, for an escape across the block's end.
    std::uint32_t found = other_than_plain(at);
    std::ptrdiff_t taken = block_bytes;
    while (found != 0) {
      const int next = std::countr_zero(found);
      if (at[next] != '\\' || !is_short_escape(at[next + 1])) {
        return at + next;
      }
      taken = next + 1 == block_bytes ? block_bytes + 1 : block_bytes;
      found &= ~(std::uint32_t{3} << next);
    }
    at += taken;
  }
#endif
  while (at != end && is_plain(*at)) {
    ++at;
  }
  return at;
}

/// `skip_escape` reads one escape, from its backslash. Surrogates are judged where they matter, see
/// `has_one_meaning`.
[[nodiscard]] inline At skip_escape(At at, At end) {
  if (end - at < 2) {
    return nullptr;
  }
  if (is_short_escape(at[1])) {
    return at + 2;
  }
  const bool is_unit = at[1] == 'u' && end - at >= 6 &&
                       std::all_of(at + 2, at + 6, [](char c) { return is_hex(c); });
  return is_unit ? at + 6 : nullptr;
}

[[nodiscard]] inline At skip_digits(At at, At end) {
  while (at != end && is_digit(*at)) {
    ++at;
  }
  return at;
}

/// `skip_number` reads the longest number here. What may follow it is for the caller to say: of
/// `01` it reads the zero.
[[nodiscard]] inline At skip_number(At at, At end) {
  at += *at == '-' ? 1 : 0;
  if (at == end || !is_digit(*at)) {
    return nullptr;
  }
  at = *at == '0' ? at + 1 : skip_digits(at, end);
  if (at != end && *at == '.') {
    const At fraction = at + 1;
    at = skip_digits(fraction, end);
    if (at == fraction) {
      return nullptr;
    }
  }
  if (at != end && (*at == 'e' || *at == 'E')) {
    ++at;
    at += at != end && (*at == '+' || *at == '-') ? 1 : 0;
    const At exponent = at;
    at = skip_digits(exponent, end);
    if (at == exponent) {
      return nullptr;
    }
  }
  return at;
}

/// `skip_word` reads exactly `word`, one of the three literal names.
template <std::size_t size>
[[nodiscard]] inline At skip_word(At at, At end, const char (&word)[size]) {
  constexpr std::ptrdiff_t length = size - 1;
  return end - at >= length && std::memcmp(at, word, length) == 0 ? at + length : nullptr;
}

}  // namespace postern::json
