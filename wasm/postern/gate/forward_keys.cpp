#include "postern/gate/forward_keys.h"

#include "postern/http/url.h"

namespace postern::gate {
namespace {

/// Null when `value` is no secret that signs forwards.
const scheme::Key* forward_key(std::string_view value, std::uint16_t& hmac_keys, Arena& arena) {
  const auto bytes =
      scheme::decode_secret(scheme::Algorithm::hmac_sha256, forward_key_rule, value, arena);
  if (!bytes.has_value()) {
    return nullptr;
  }
  scheme::Key& key = arena.make_array<scheme::Key>(1)[0];
  key.bytes = *bytes;
  key.hmac.assign(crypto::HashAlgorithm::sha256, *bytes);
  key.number = hmac_keys++;
  return &key;
}

/// One that is none is a problem: a forward that half of an origin's secrets verify would show it
/// too late.
std::span<const scheme::Key* const> read_signers(const policy::Destination& destination,
                                                 std::span<const scheme::Key* const> forward_keys,
                                                 SourceProblem& problem, Arena& arena) {
  const std::span<const scheme::Key*> signers =
      arena.make_array<const scheme::Key*>(destination.signers.size());
  for (std::size_t i = 0; i < signers.size(); ++i) {
    signers[i] = forward_keys[destination.signers[i]];
    if (signers[i] == nullptr && problem != SourceProblem::bad_destination) {
      problem = SourceProblem::bad_forward_secret;
    }
  }
  return signers;
}

}  // namespace

void read_forward_keys(const policy::Policy& policy, std::span<const std::string_view> values,
                       ForwardKeys keys, std::uint16_t& hmac_keys, std::size_t& described,
                       Arena& arena) {
  const std::span<bool> signs = arena.make_array<bool>(values.size());
  for (const policy::Source& source : policy.sources) {
    for (const policy::Route& route : source.routes) {
      for (const policy::Destination& destination : route.to) {
        for (const std::uint16_t slot : destination.signers) {
          signs[slot] = true;
        }
      }
    }
  }
  for (std::size_t slot = 0; slot < signs.size(); ++slot) {
    const std::size_t needed = sizeof(scheme::Key) + 2 * values[slot].size() + arena_spare_bytes +
                               described_key_bytes(scheme::Key{}) + values[slot].size();
    if (signs[slot] && described + needed <= arena.bytes_left()) {
      keys[slot] = forward_key(values[slot], hmac_keys, arena);
      described += keys[slot] == nullptr ? 0 : described_key_bytes(*keys[slot]);
    }
  }
}

void read_destinations(const policy::Gate& gate, const policy::Source& source,
                       std::span<const std::string_view> values,
                       std::span<const scheme::Key* const> forward_keys, LiveSource& live,
                       Arena& arena) {
  const auto private_origins =
      gate.allow_private_origins ? http::PrivateOrigins::allowed : http::PrivateOrigins::refused;
  const std::span<std::span<const LiveDestination>> destinations =
      arena.make_array<std::span<const LiveDestination>>(source.routes.size());
  for (std::size_t i = 0; i < source.routes.size(); ++i) {
    const std::span<const policy::Destination> to = source.routes[i].to;
    const std::span<LiveDestination> of_route = arena.make_array<LiveDestination>(to.size());
    for (std::size_t j = 0; j < to.size(); ++j) {
      of_route[j].url = value_of(to[j].to, values);
      of_route[j].signers = read_signers(to[j], forward_keys, live.problem, arena);
      if (!http::is_destination(of_route[j].url, private_origins)) {
        live.problem = SourceProblem::bad_destination;
      }
    }
    destinations[i] = of_route;
  }
  live.destinations = destinations;
}

}  // namespace postern::gate
