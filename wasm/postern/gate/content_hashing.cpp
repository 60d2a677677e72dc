#include "postern/gate/content_hashing.h"

#include <algorithm>

#include "postern/crypto/sha2.h"

namespace postern::gate {

bool are_small(std::span<const contract::Piece> pieces) {
  std::size_t bytes = 0;
  for (const contract::Piece& piece : pieces) {
    bytes += piece.bytes.size();
  }
  return bytes <= mac_literal_bytes_max;
}

bool host_hashes(const Call& call, std::span<const scheme::Piece> content) {
  const http::Delivery& delivery = call.arrival.delivery;
  const bool has_body = std::ranges::any_of(
      content, [](const scheme::Piece& piece) { return piece.kind == scheme::Piece::Kind::body; });
  return has_body && (!delivery.body_is_here ||
                      (delivery.body_bytes > mac_inline_bytes_max && are_small(content)));
}

std::optional<std::span<const Bytes>> read_digests(const Call& call, Reader& outcome,
                                                   std::size_t count) {
  bool are_whole = outcome.u16() == count;
  const std::span<Bytes> digests = call.arena.make_array<Bytes>(count);
  for (Bytes& digest : digests) {
    digest = bytes_of(outcome.text16());
    are_whole = are_whole && digest.size() == crypto::Sha256::digest_bytes;
  }
  return are_whole && outcome.finished() ? std::optional<std::span<const Bytes>>(digests)
                                         : std::nullopt;
}

}  // namespace postern::gate
