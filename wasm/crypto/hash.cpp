#include "crypto/hash.h"

#include <new>

#include "base/check.h"

namespace postern::crypto {

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
      new (&narrow_) Sha2Narrow(Sha224());
      return;
    case HashAlgorithm::sha256:
      new (&narrow_) Sha2Narrow(Sha256());
      return;
    case HashAlgorithm::sha384:
      new (&wide_) Sha2Wide(Sha384());
      return;
    case HashAlgorithm::sha512:
      new (&wide_) Sha2Wide(Sha512());
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
    case HashAlgorithm::sha256:
      narrow_.update(input);
      return;
    case HashAlgorithm::sha384:
    case HashAlgorithm::sha512:
      wide_.update(input);
      return;
  }
  trap();
}

MutableBytes Hash::finish(MutableBytes room) {
  const std::size_t size = digest_bytes(algorithm_);
  POSTERN_CHECK(room.size() >= size);
  const MutableBytes digest = room.first(size);
  switch (algorithm_) {
    case HashAlgorithm::sha1:
      sha1_.finish_into(digest);
      return digest;
    case HashAlgorithm::sha224:
    case HashAlgorithm::sha256:
      narrow_.finish_into(digest);
      return digest;
    case HashAlgorithm::sha384:
    case HashAlgorithm::sha512:
      wide_.finish_into(digest);
      return digest;
  }
  trap();
}

}  // namespace postern::crypto
