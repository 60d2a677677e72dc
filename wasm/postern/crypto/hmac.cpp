#include "postern/crypto/hmac.h"

#include <array>
#include <cstring>

#include "postern/base/check.h"

namespace postern::crypto {
namespace {

constexpr std::byte inner_pad{0x36};
constexpr std::byte outer_pad{0x5c};

using KeyBlock = std::array<std::byte, block_bytes_max>;

/// `erase` clears key bytes; the barrier keeps the compiler from leaving it out as a dead store.
void erase(KeyBlock& block) {
  block.fill(std::byte{0});
  asm volatile("" : : "r"(block.data()) : "memory");
}

/// `state_behind` hashes the one block that the padded key fills. Not inlined: it is used twice,
/// and setting up keys is not what must be fast.
[[gnu::noinline]] Hash state_behind(HashAlgorithm algorithm, const KeyBlock& key, std::byte pad) {
  KeyBlock padded = key;
  for (std::byte& byte : padded) {
    byte ^= pad;
  }
  Hash hash(algorithm);
  hash.update(Bytes(padded).first(block_bytes(algorithm)));
  erase(padded);
  return hash;
}

}  // namespace

void HmacKey::assign(HashAlgorithm algorithm, Bytes key) {
  KeyBlock block{};
  if (key.size() > block_bytes(algorithm)) {
    Hash hash(algorithm);
    hash.update(key);
    static_cast<void>(hash.finish(block));
  } else if (!key.empty()) {
    std::memcpy(block.data(), key.data(), key.size());
  }
  states_.emplace(state_behind(algorithm, block, inner_pad),
                  state_behind(algorithm, block, outer_pad));
  erase(block);
}

HashAlgorithm HmacKey::algorithm() const { return states().inner.algorithm(); }

const HmacKey::States& HmacKey::states() const {
  POSTERN_CHECK(states_.has_value());
  return *states_;
}

MutableBytes Hmac::finish(MutableBytes room) {
  outer_.update(inner_.finish(room));
  return outer_.finish(room);
}

}  // namespace postern::crypto
