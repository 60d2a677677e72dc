#include "compiler/address_range.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>

#include "compiler/address_text.h"
#include "postern/http/address.h"

namespace postern::compiler {
namespace {

using http::Address;

constexpr unsigned ipv6_bits = 128;
/// Bits in front of an IPv4 address that stands in IPv6, and the bytes that they are.
constexpr unsigned mapped_bits = 96;
constexpr Address mapped_network = {std::byte{0}, std::byte{0}, std::byte{0},    std::byte{0},
                                    std::byte{0}, std::byte{0}, std::byte{0},    std::byte{0},
                                    std::byte{0}, std::byte{0}, std::byte{0xFF}, std::byte{0xFF}};

std::unexpected<AddressFault> fault(std::string message, std::string hint) {
  return refuse(AddressFault{.message = std::move(message), .hint = std::move(hint)});
}

/// An address, and how many bits stand before its own.
struct ReadAddress {
  Address address{};
  unsigned offset_bits = 0;
};

bool is_ipv4(const ReadAddress& read) { return read.offset_bits == mapped_bits; }

std::optional<ReadAddress> read_address(std::string_view text) {
  const auto address = http::parse_address(text);
  if (!address.has_value()) {
    return std::nullopt;
  }
  // IPv4 stands in IPv6 either way; a colon says that it was written so.
  return ReadAddress{.address = *address, .offset_bits = text.contains(':') ? 0 : mapped_bits};
}

/// `address` with the bits behind the first `bits` cleared.
Address network_of(const Address& address, unsigned bits) {
  Address network = address;
  for (unsigned i = 0; i < network.size(); ++i) {
    const unsigned kept = std::min(8U, bits - std::min(bits, 8 * i));
    network[i] &= static_cast<std::byte>(0xFF00U >> kept);
  }
  return network;
}

/// Decimal, without leading zeros, at most `most`.
std::optional<unsigned> read_prefix(std::string_view text, unsigned most) {
  unsigned prefix = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), prefix);
  if (failed != std::errc{} || end != text.data() + text.size() || prefix > most ||
      text != std::to_string(prefix)) {
    return std::nullopt;
  }
  return prefix;
}

bool is_mapped(const ReadAddress& read) {
  return !is_ipv4(read) && network_of(read.address, mapped_bits) == mapped_network;
}

/// Refuses what is an address, but not written as it is usually written.
std::optional<AddressFault> check_spelling(const ReadAddress& read, std::string_view text) {
  if (is_mapped(read)) {
    return AddressFault{"this is an IPv4 address inside an IPv6 one",
                        fmt::format("write the IPv4 address itself, {}, and its own prefix",
                                    show_address(read.address))};
  }
  const std::string usual = show_address(read.address);
  if (usual != text) {
    return AddressFault{"this address is written in an unusual way",
                        fmt::format("write {}", usual)};
  }
  return std::nullopt;
}

}  // namespace

Result<policy::AddressRange, AddressFault> parse_address_range(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string_view address_text = text.substr(0, slash);
  const auto read = read_address(address_text);
  if (!read.has_value()) {
    return fault("this is not an address or a range of addresses",
                 address_text.contains('%')
                     ? "a zone means something on one machine only: leave it out"
                     : "such as 203.0.113.7, 10.0.0.0/8 or 2001:db8::/32; no leading zeros");
  }
  if (const auto odd = check_spelling(*read, address_text); odd.has_value()) {
    return refuse(*odd);
  }
  const unsigned most = ipv6_bits - read->offset_bits;
  const auto prefix =
      slash == std::string_view::npos ? most : read_prefix(text.substr(slash + 1), most);
  if (!prefix.has_value()) {
    return fault("behind the `/` stands no number of bits of this address",
                 fmt::format("a whole number from 1 to {}", most));
  }
  if (*prefix == 0) {
    return fault("this range holds every address", "leave it out: it admits everybody");
  }
  const unsigned bits = *prefix + read->offset_bits;
  const Address network = network_of(read->address, bits);
  if (network != read->address) {
    return fault(fmt::format("this address is not the first of a range of {} bits", *prefix),
                 fmt::format("{0}/{1} is that range, {2} alone is one address",
                             show_address(network), *prefix, address_text));
  }
  if (!is_ipv4(*read) && network_of(mapped_network, bits) == network) {
    return fault("this range holds all IPv4 addresses too, which the gate compares as IPv6 ones",
                 "2000::/3 is all of the public IPv6 addresses");
  }
  return policy::AddressRange{.address = network, .prefix_bits = static_cast<std::uint8_t>(bits)};
}

bool covers(const policy::AddressRange& outer, const policy::AddressRange& inner) {
  return outer.prefix_bits <= inner.prefix_bits &&
         network_of(inner.address, outer.prefix_bits) == outer.address;
}

}  // namespace postern::compiler
