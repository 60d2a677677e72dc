#include "crypto/hash.h"

#include <cstring>
#include <new>

#include "base/check.h"

namespace postern::crypto {
namespace {

template <class Digest>
MutableBytes fill(MutableBytes room, const Digest& digest) {
  std::memcpy(room.data(), digest.data(), digest.size());
  return room.first(digest.size());
}

}  // namespace

std::size_t digest_bytes(HashAlgorithm algorithm) {
  switch (algorithm) {
    case HashAlgorithm::sha1:
      return Sha1::digest_bytes;
    case HashAlgorithm::sha224:
      return Sha224::digest_bytes;
    case HashAlgorithm::sha256:
      return Sha256::digest_bytes;
    case HashAlgorithm::sha384:
      return Sha384::digest_bytes;
    case HashAlgorithm::sha512:
      return Sha512::digest_bytes;
  }
  trap();
}

std::size_t block_bytes(HashAlgorithm algorithm) {
  switch (algorithm) {
    case HashAlgorithm::sha1:
    case HashAlgorithm::sha224:
    case HashAlgorithm::sha256:
      return Sha256::block_bytes;
    case HashAlgorithm::sha384:
    case HashAlgorithm::sha512:
      return Sha512::block_bytes;
  }
  trap();
}

Hash::Hash(HashAlgorithm algorithm) : algorithm_(algorithm) {
  switch (algorithm) {
    case HashAlgorithm::sha1:
      new (&sha1_) Sha1();
      return;
    case HashAlgorithm::sha224:
      new (&sha224_) Sha224();
      return;
    case HashAlgorithm::sha256:
      new (&sha256_) Sha256();
      return;
    case HashAlgorithm::sha384:
      new (&sha384_) Sha384();
      return;
    case HashAlgorithm::sha512:
      new (&sha512_) Sha512();
      return;
  }
  trap();
}

void Hash::update(Bytes input) {
  switch (algorithm_) {
    case HashAlgorithm::sha1:
      sha1_.update(input);
      return;
    case HashAlgorithm::sha224:
      sha224_.update(input);
      return;
    case HashAlgorithm::sha256:
      sha256_.update(input);
      return;
    case HashAlgorithm::sha384:
      sha384_.update(input);
      return;
    case HashAlgorithm::sha512:
      sha512_.update(input);
      return;
  }
  trap();
}

MutableBytes Hash::finish(MutableBytes room) {
  POSTERN_CHECK(room.size() >= digest_bytes(algorithm_));
  switch (algorithm_) {
    case HashAlgorithm::sha1:
      return fill(room, sha1_.finish());
    case HashAlgorithm::sha224:
      return fill(room, sha224_.finish());
    case HashAlgorithm::sha256:
      return fill(room, sha256_.finish());
    case HashAlgorithm::sha384:
      return fill(room, sha384_.finish());
    case HashAlgorithm::sha512:
      return fill(room, sha512_.finish());
  }
  trap();
}

}  // namespace postern::crypto
