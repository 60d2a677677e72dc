#include "compiler/address_range.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace postern::harness {
namespace {

using Address = std::array<std::byte, 16>;

constexpr unsigned ipv6_bits = 128;
/// Bits in front of an IPv4 address that stands in IPv6, and the bytes that they are.
constexpr unsigned mapped_bits = 96;
constexpr std::size_t mapped_bytes = mapped_bits / 8;
constexpr Address mapped_network = {std::byte{0}, std::byte{0}, std::byte{0},    std::byte{0},
                                    std::byte{0}, std::byte{0}, std::byte{0},    std::byte{0},
                                    std::byte{0}, std::byte{0}, std::byte{0xFF}, std::byte{0xFF}};

std::unexpected<AddressFault> fault(std::string message, std::string hint) {
  return refuse(AddressFault{.message = std::move(message), .hint = std::move(hint)});
}

/// An address as read, and how many bits stand before its own.
struct ReadAddress {
  Address address{};
  unsigned offset_bits = 0;
};

bool is_ipv4(const ReadAddress& read) { return read.offset_bits == mapped_bits; }

/// What `inet_pton` makes of `text`.
std::optional<ReadAddress> read_address(std::string_view text) {
  const std::string terminated(text);
  ReadAddress read{.address = mapped_network, .offset_bits = mapped_bits};
  if (inet_pton(AF_INET, terminated.c_str(), read.address.data() + mapped_bytes) == 1) {
    return read;
  }
  read.offset_bits = 0;
  if (inet_pton(AF_INET6, terminated.c_str(), read.address.data()) == 1) {
    return read;
  }
  return std::nullopt;
}

/// The one usual spelling.
std::string show(const Address& address, unsigned offset_bits) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const bool ipv4 = offset_bits == mapped_bits;
  inet_ntop(ipv4 ? AF_INET : AF_INET6, address.data() + (ipv4 ? mapped_bytes : 0), text.data(),
            text.size());
  return text.data();
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
                                    show(read.address, mapped_bits))};
  }
  const std::string usual = show(read.address, read.offset_bits);
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
                             show(network, read->offset_bits), *prefix, address_text));
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

}  // namespace postern::harness
