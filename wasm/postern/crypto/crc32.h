#pragma once

#include <cstdint>

#include "postern/base/bytes.h"

namespace postern::crypto {

/// CRC-32 as zlib and gzip have it, and schemes that sign a checksum of the body. A checksum, no
/// hash: it proves nothing by itself. A value; `value` may be asked at any point. Source: ISO 3309,
/// RFC 1952 section 8. Read 2026-11-21.
class Crc32 {
 public:
  void update(Bytes input);
  [[nodiscard]] std::uint32_t value() const { return ~remainder_; }

 private:
  std::uint32_t remainder_ = 0xFFFF'FFFF;
};

/// `crc32` is the checksum of all of `input`.
[[nodiscard]] std::uint32_t crc32(Bytes input);

}  // namespace postern::crypto
