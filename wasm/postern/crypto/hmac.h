#pragma once

#include <optional>

#include "postern/base/bytes.h"
#include "postern/crypto/hash.h"

// HMAC. The key is taken in once, when secrets are loaded; each delivery starts from a copy of the
// two hash states behind it, which saves two blocks of hashing.
// Source: RFC 2104, FIPS 198-1. Read 2026-11-21.

namespace postern::crypto {

/// A secret in the only form that verifying needs: the hash states behind the inner and the outer
/// padded key. Its bytes cannot be had back, printed, compared or copied. Default-made it is no
/// key, so that an arena may hold an array of them; using it before `assign` traps.
class HmacKey {
 public:
  HmacKey() = default;
  HmacKey(HashAlgorithm algorithm, Bytes key) { assign(algorithm, key); }
  HmacKey(const HmacKey&) = delete;
  HmacKey& operator=(const HmacKey&) = delete;

  /// `assign` replaces what was there. Any length of `key` is a key here, as the standard says;
  /// that an empty secret is refused is the policy's rule, long before.
  void assign(HashAlgorithm algorithm, Bytes key);

  [[nodiscard]] bool is_assigned() const { return states_.has_value(); }

  /// `algorithm` traps before `assign`.
  [[nodiscard]] HashAlgorithm algorithm() const;

 private:
  friend class Hmac;

  struct States {
    Hash inner;
    Hash outer;
  };

  [[nodiscard]] const States& states() const;

  std::optional<States> states_;
};

static_assert(std::is_trivially_destructible_v<HmacKey>,
              "Keys are kept in an arena, which runs no destructors.");

/// One MAC in the making. After `finish` it is spent.
/// Borrows: nothing; the key may go away.
class Hmac {
 public:
  explicit Hmac(const HmacKey& key) : inner_(key.states().inner), outer_(key.states().outer) {}

  void update(Bytes input) { inner_.update(input); }

  /// `finish` fills the first `digest_bytes` of `room` and returns them; less room traps. Compare
  /// the result with `equal_constant_time` only. Borrows: the result is a view of `room`.
  [[nodiscard]] MutableBytes finish(MutableBytes room);

 private:
  Hash inner_;
  Hash outer_;
};

}  // namespace postern::crypto
