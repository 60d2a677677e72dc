#include "compiler/destination.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

#include "postern/encoding/decimal.h"
#include "postern/http/address.h"

namespace postern::compiler {
namespace {

/// Longest destination; the core's forward effect carries it in a text of 64 KiB, proxies take 8
/// KiB.
constexpr std::size_t destination_bytes_max = 2048;

/// Longest name of a function: that of one which has none is made of its place in the policy.
constexpr std::size_t handler_bytes_max = 128;

struct Network {
  std::uint32_t address;
  int prefix;
};

/// IPv4 networks that are not on the public internet, and the broadcast and multicast ones.
constexpr std::array<Network, 15> private_networks = {{
    {0x00000000, 8},   // this host
    {0x0A000000, 8},   // private
    {0x64400000, 10},  // carrier-grade NAT
    {0x7F000000, 8},   // loopback
    {0xA9FE0000, 16},  // link-local, and the clouds' metadata service
    {0xAC100000, 12},  // private
    {0xC0000000, 24},  // protocol assignments
    {0xC0000200, 24},  // documentation
    {0xC0586300, 24},  // 6to4 relays
    {0xC0A80000, 16},  // private
    {0xC6120000, 15},  // benchmarks
    {0xC6336400, 24},  // documentation
    {0xCB007100, 24},  // documentation
    {0xE0000000, 4},   // multicast
    {0xF0000000, 4},   // reserved, broadcast
}};

bool is_private(std::uint32_t address) {
  return std::ranges::any_of(private_networks, [address](const Network& network) {
    return (address ^ network.address) >> (32 - network.prefix) == 0;
  });
}

/// Where IPv4 stands in an address that stands for it, and in one of a translator's.
constexpr std::size_t ipv4_offset = 12;

std::uint32_t ipv4_at(const http::Address& address, std::size_t offset) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    value = value << 8 | std::to_integer<std::uint32_t>(address[offset + i]);
  }
  return value;
}

bool begins_with(const http::Address& address, std::initializer_list<int> bytes) {
  return std::equal(bytes.begin(), bytes.end(), address.begin(), [](int expected, std::byte byte) {
    return expected == std::to_integer<int>(byte);
  });
}

/// Only 2000::/3 is handed out; what carries an IPv4 address is judged by that.
bool is_private(const http::Address& address) {
  if (begins_with(address, {0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0})) {
    return is_private(ipv4_at(address, ipv4_offset));
  }
  if (begins_with(address, {0x20, 0x02})) {
    return is_private(ipv4_at(address, 2));
  }
  const bool documentation = begins_with(address, {0x20, 0x01, 0x0D, 0xB8});
  const bool tunnel = begins_with(address, {0x20, 0x01, 0, 0});
  return (address[0] & std::byte{0xE0}) != std::byte{0x20} || documentation || tunnel;
}

bool is_private_name(std::string_view host) {
  constexpr std::array<std::string_view, 7> suffixes = {
      "localhost", "local", "internal", "intranet", "lan", "home.arpa", "corp"};
  return std::ranges::any_of(suffixes, [host](std::string_view suffix) {
    return host == suffix ||
           (host.ends_with(suffix) && host[host.size() - suffix.size() - 1] == '.');
  });
}

/// The last label decides, as in WHATWG URL: digits or `0x...` make the host an IPv4 address.
bool ends_in_number(std::string_view host) {
  const std::size_t dot = host.rfind('.');
  const std::string_view last = dot == std::string_view::npos ? host : host.substr(dot + 1);
  const bool hex = last.starts_with("0x") &&
                   last.substr(2).find_first_not_of("0123456789abcdef") == std::string_view::npos;
  return hex || (!last.empty() && last.find_first_not_of("0123456789") == std::string_view::npos);
}

DestinationFault private_fault() {
  return {"private-destination", "the destination is not on the public internet",
          "for a private origin set allow_private_origins = true under [gate]"};
}

DestinationFault bad(std::string message, std::string hint) {
  return {"bad-destination", std::move(message), std::move(hint)};
}

std::optional<DestinationFault> check_ipv6(std::string_view text, OriginRule rule) {
  const auto address = http::parse_address(text);
  if (!address.has_value() || !text.contains(':')) {
    return bad("the destination's IPv6 address is malformed", "");
  }
  if (http::is_ipv4(*address)) {
    return DestinationFault{"odd-address", "an IPv4 address is hidden in an IPv6 one",
                            "write it as an IPv4 address"};
  }
  if (rule == OriginRule::public_https && is_private(*address)) {
    return private_fault();
  }
  return std::nullopt;
}

std::optional<DestinationFault> check_ipv4(std::string_view host, OriginRule rule) {
  const auto address = http::parse_address(host);
  if (!address.has_value()) {
    return DestinationFault{
        "odd-address", "the destination's address is written in an odd way",
        "four decimal numbers, such as 203.0.113.7; no hex, octal or short form"};
  }
  if (rule == OriginRule::public_https && is_private(ipv4_at(*address, ipv4_offset))) {
    return private_fault();
  }
  return std::nullopt;
}

std::optional<DestinationFault> check_name(std::string_view host, OriginRule rule) {
  if (host.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-_") != std::string_view::npos) {
    return bad("the destination's host has a character that host names do not have",
               "lower-case letters, digits, dots and hyphens; international names as xn--...");
  }
  if (host.ends_with('.') || host.starts_with('.') || host.contains("..")) {
    return bad("the destination's host has a dot too many", "");
  }
  if (ends_in_number(host)) {
    return check_ipv4(host, rule);
  }
  if (rule == OriginRule::public_https && (is_private_name(host) || !host.contains('.'))) {
    return private_fault();
  }
  return std::nullopt;
}

bool is_port(std::string_view text) {
  constexpr std::uint64_t port_max = 65535;
  const auto port = encoding::decode_integer(text);
  return port.has_value() && *port >= 1 && *port <= port_max;
}

std::optional<DestinationFault> check_authority(std::string_view authority, OriginRule rule) {
  if (authority.contains('@')) {
    return DestinationFault{"destination-credentials", "the destination holds a user or password",
                            "the origin knows the gate by its signature; see sign_forwards"};
  }
  if (authority.starts_with('[')) {
    const std::size_t end = authority.find(']');
    const std::string_view rest = end == std::string_view::npos ? "?" : authority.substr(end + 1);
    if (!rest.empty() && !(rest.front() == ':' && is_port(rest.substr(1)))) {
      return bad("the destination's host is malformed", "");
    }
    return check_ipv6(authority.substr(1, end - 1), rule);
  }
  const std::size_t colon = authority.find(':');
  if (colon != std::string_view::npos && !is_port(authority.substr(colon + 1))) {
    return bad("the destination's port is malformed", "");
  }
  const std::string_view host = authority.substr(0, colon);
  if (host.empty()) {
    return bad("the destination has no host", "");
  }
  return check_name(host, rule);
}

}  // namespace

std::optional<DestinationFault> check_handler(std::string_view text) {
  const std::string_view name = text.substr(handler_mark.size());
  const bool is_name = !name.empty() && name.size() <= handler_bytes_max &&
                       std::ranges::all_of(name, [](char character) {
                         return (character >= 'a' && character <= 'z') ||
                                (character >= 'A' && character <= 'Z') ||
                                (character >= '0' && character <= '9') ||
                                std::string_view("_-.[]").contains(character);
                       });
  return is_name ? std::nullopt
                 : std::optional(DestinationFault{
                       "bad-handler", "this is not the name of a handler",
                       "handler:NAME, of up to 128 letters, digits and `_`, `-`, `.`"});
}

std::optional<DestinationFault> check_destination(std::string_view url, OriginRule rule) {
  constexpr std::string_view https = "https://";
  constexpr std::string_view http = "http://";
  if (url.find_first_of("{}$<>") != std::string_view::npos) {
    return DestinationFault{"destination-template",
                            "a destination is never built from request data",
                            "write one route for each destination"};
  }
  if (!url.starts_with(https) && !url.starts_with(http)) {
    return bad("a destination is an absolute https URL, with the scheme in lower case",
               "such as \"https://billing.example.com/webhooks\"");
  }
  const bool printable = std::ranges::all_of(
      url, [](char character) { return character > ' ' && character < '\x7f'; });
  if (!printable || url.contains('\\') || url.size() > destination_bytes_max) {
    return bad("the destination has a space, a backslash or a control character, or is too long",
               "");
  }
  if (url.contains('#')) {
    return DestinationFault{"destination-fragment", "the destination has a fragment",
                            "what stands behind `#` is never sent: leave it out"};
  }
  if (url.starts_with(http) && rule == OriginRule::public_https) {
    return DestinationFault{"insecure-destination", "the destination is plain http",
                            "use https; for a private origin set allow_private_origins = true"};
  }
  const std::string_view rest = url.substr(url.starts_with(https) ? https.size() : http.size());
  return check_authority(rest.substr(0, rest.find_first_of("/?")), rule);
}

}  // namespace postern::compiler
