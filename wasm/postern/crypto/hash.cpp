#include "postern/crypto/hash.h"

#include <algorithm>
#include <cstring>

#include "postern/base/check.h"
#include "postern/base/work.h"
#include "postern/crypto/big_endian.h"
#include "postern/crypto/sha2.h"
#include "postern/crypto/sha2_constants.h"
#include "postern/edition/edition.h"

namespace postern::crypto {
namespace {

/// What an algorithm has of its own, beside its inner function.
struct Kind {
  std::uint8_t digest_bytes;
  std::uint8_t block_bytes;
  const NarrowState* start;
  const NarrowState* start_lower;  // Of 64-bit words, of which `start` is the upper half.
};

/// By the numbers of the algorithms, from `sha1` on.
constexpr std::array<Kind, 5> kinds = {{
    {20, sha1_block_bytes, &sha1_start, nullptr},
    {28, sha256_block_bytes, &sha224_start, nullptr},
    {32, sha256_block_bytes, &sha256_start, nullptr},
    {48, sha512_block_bytes, &sha384_start_upper, &sha384_start_lower},
    {64, sha512_block_bytes, &sha512_start_upper, &sha512_start_lower},
}};

const Kind& kind_of(HashAlgorithm algorithm) {
  const std::size_t index = static_cast<std::size_t>(algorithm) - 1;
  POSTERN_CHECK(index < kinds.size());
  return kinds[index];
}

bool is_wide(HashAlgorithm algorithm) {
  return has_feature(Feature::wide_sha2) && algorithm >= HashAlgorithm::sha384;
}

bool is_here(HashAlgorithm algorithm) {
  return algorithm == HashAlgorithm::sha1    ? has_feature(Feature::sha1)
         : algorithm < HashAlgorithm::sha384 ? true
                                             : has_feature(Feature::wide_sha2);
}

}  // namespace

std::size_t digest_bytes(HashAlgorithm algorithm) { return kind_of(algorithm).digest_bytes; }

std::size_t block_bytes(HashAlgorithm algorithm) { return kind_of(algorithm).block_bytes; }

Sha256::Digest sha256(Bytes input) {
  Sha256 hash;
  hash.update(input);
  return hash.finish();
}

Hash::Hash(HashAlgorithm algorithm) : algorithm_(algorithm), narrow_(*kind_of(algorithm).start) {
  POSTERN_CHECK(is_here(algorithm));
  if (is_wide(algorithm)) {
    const Kind& kind = kind_of(algorithm);
    for (std::size_t i = 0; i < wide_.size(); ++i) {
      wide_[i] = joined_halves((*kind.start)[i], (*kind.start_lower)[i]);
    }
  }
}

void Hash::update(Bytes input) {
  const std::size_t filled = pending_bytes();
  const std::size_t block = block_bytes(algorithm_);
  total_bytes_ += input.size();
  POSTERN_WORK(input.size());
  if (filled > 0) {
    const std::size_t taken = std::min(block - filled, input.size());
    std::ranges::copy(input.first(taken), pending_.data() + filled);
    if (filled + taken < block) {
      return;
    }
    compress(Bytes(pending_).first(block));
    input = input.subspan(taken);
  }
  const std::size_t rest = input.size() % block;
  compress(input.first(input.size() - rest));
  std::ranges::copy(input.last(rest), pending_.data());
}

MutableBytes Hash::finish(MutableBytes room) {
  const std::size_t size = digest_bytes(algorithm_);
  POSTERN_CHECK(room.size() >= size);
  pad();
  for (std::size_t i = 0; i < size / sizeof(std::uint32_t); ++i) {
    const std::uint64_t word =
        is_wide(algorithm_) ? wide_[i / 2] >> (i % 2 == 0 ? 32 : 0) : narrow_[i];
    store_big_endian(room.data() + i * sizeof(std::uint32_t), static_cast<std::uint32_t>(word));
  }
  return room.first(size);
}

/// Compresses the last one or two blocks: a one bit, zeros, the length in bits.
void Hash::pad() {
  const std::size_t block = block_bytes(algorithm_);
  const std::size_t filled = pending_bytes();
  pending_[filled] = std::byte{0x80};
  std::ranges::fill(std::span(pending_).subspan(filled + 1), std::byte{0});
  // The length is written in two words of this hash: 64 bits for SHA-256, 128 for SHA-512.
  if (filled >= block - block / 8) {
    compress(Bytes(pending_).first(block));
    pending_.fill(std::byte{0});
  }
  store_big_endian(pending_.data() + block - sizeof(std::uint64_t), total_bytes_ * 8);
  compress(Bytes(pending_).first(block));
}

std::size_t Hash::pending_bytes() const {
  return static_cast<std::size_t>(total_bytes_ % block_bytes(algorithm_));
}

void Hash::compress(Bytes blocks) {
  if (is_wide(algorithm_)) {
    sha512_compress(wide_, blocks);
  } else if (has_feature(Feature::sha1) && algorithm_ == HashAlgorithm::sha1) {
    sha1_compress(narrow_, blocks);
  } else {
    sha256_compress(narrow_, blocks);
  }
}

}  // namespace postern::crypto
