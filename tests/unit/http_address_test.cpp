#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>

#include "postern/http/address.h"

namespace postern::http {
namespace {

/// What the C library makes of `text`, IPv4 in its place in IPv6.
std::optional<Address> by_inet_pton(const std::string& text) {
  Address address{};
  if (inet_pton(AF_INET6, text.c_str(), address.data()) == 1) {
    return address;
  }
  address[10] = address[11] = std::byte{0xFF};
  if (inet_pton(AF_INET, text.c_str(), address.data() + 12) == 1) {
    return address;
  }
  return std::nullopt;
}

std::optional<Address> parsed(const std::string& text) { return parse_address(text); }

TEST(ParseAddress, ReadsEveryFormOfTheStandard) {
  // RFC 4291, section 2.2, and RFC 5952, section 4.
  for (const std::string text :
       {"ABCD:EF01:2345:6789:ABCD:EF01:2345:6789", "2001:DB8:0:0:8:800:200C:417A",
        "2001:DB8::8:800:200C:417A", "FF01::101", "::1", "::", "0:0:0:0:0:0:13.1.68.3",
        "0:0:0:0:0:FFFF:129.144.52.38", "::13.1.68.3", "::FFFF:129.144.52.38", "2001:db8::", "1::8",
        "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "1:2:3:4:5:6:1.2.3.4", "0.0.0.0", "255.255.255.255",
        "10.20.30.40"}) {
    ASSERT_TRUE(parsed(text).has_value()) << text;
    EXPECT_EQ(parsed(text), by_inet_pton(text)) << text;
  }
}

TEST(ParseAddress, RefusesEverythingElse) {
  for (const std::string text : {"",
                                 ":",
                                 ":::",
                                 "1",
                                 "1:",
                                 ":1",
                                 "1:2:3:4:5:6:7",
                                 "1:2:3:4:5:6:7:8:9",
                                 "1:2:3:4:5:6:7:8::",
                                 "1:2:3:4::5:6:7:8",
                                 "1::2::3",
                                 "1:::2",
                                 "1:::",
                                 ":1::2",
                                 "::1:",
                                 "12345::",
                                 "g::",
                                 "::1%0",
                                 "[::1]",
                                 "1.2.3",
                                 "1.2.3.4.5",
                                 "1.2.3.",
                                 ".1.2.3",
                                 "1..2.3",
                                 "1.2.3.256",
                                 "1.2.3.04",
                                 "1.2.3.4 ",
                                 " 1.2.3.4",
                                 "::1.2.3.4:5",
                                 "1:2:3:4:5:6:7:1.2.3.4",
                                 "::1.2.3",
                                 "1.2.3.4::",
                                 "+1.2.3.4",
                                 "0x1.2.3.4",
                                 "1.2.3.99999999999999999999"}) {
    EXPECT_FALSE(by_inet_pton(text).has_value()) << text << ": the oracle takes it";
    EXPECT_FALSE(parsed(text).has_value()) << text;
  }
}

TEST(ParseAddress, AgreesWithTheCLibraryOnTextsOfTheRightCharacters) {
  constexpr std::string_view characters = "::::....0012f";
  std::mt19937 random(1);
  std::size_t accepted = 0;
  for (int i = 0; i < 300'000; ++i) {
    std::string text;
    for (std::size_t left = random() % 24; left > 0; --left) {
      text += characters[random() % characters.size()];
    }
    const auto expected = by_inet_pton(text);
    accepted += expected.has_value() ? 1 : 0;
    ASSERT_EQ(parsed(text), expected) << text;
  }
  EXPECT_GT(accepted, 100U);
}

TEST(ParseAddress, AgreesWithTheCLibraryOnAddressesThatWereDamaged) {
  constexpr std::string_view characters = ":.0123456789abcdefABCDEFgx% ";
  std::mt19937 random(2);
  std::size_t accepted = 0;
  std::size_t refused = 0;
  for (int i = 0; i < 100'000; ++i) {
    std::array<unsigned char, 16> bytes{};
    for (unsigned char& byte : bytes) {
      byte = static_cast<unsigned char>(random() % 4 == 0 ? random() : 0);
    }
    const bool is_ipv4 = random() % 2 == 0;
    std::array<char, INET6_ADDRSTRLEN> room{};
    std::string text = inet_ntop(is_ipv4 ? AF_INET : AF_INET6, bytes.data(), room.data(),
                                 static_cast<socklen_t>(room.size()));
    for (std::size_t left = random() % 3; left > 0; --left) {
      const std::size_t at = random() % (text.size() + 1);
      const std::string one(1, characters[random() % characters.size()]);
      text = text.substr(0, at) + one + text.substr(std::min(at + random() % 2, text.size()));
    }
    const auto expected = by_inet_pton(text);
    (expected.has_value() ? accepted : refused) += 1;
    ASSERT_EQ(parsed(text), expected) << text;
  }
  EXPECT_GT(accepted, 30'000U);
  EXPECT_GT(refused, 20'000U);
}

TEST(ParseAddress, RefusesLeadingZerosThatSomeReadAsOctal) {
  for (const std::string text : {"010.0.0.1", "1.2.3.00", "::ffff:01.2.3.4"}) {
    EXPECT_FALSE(parsed(text).has_value()) << text;
  }
  EXPECT_EQ(parsed("0001:02::003"), parsed("1:2::3"));
}

TEST(SharesPrefix, IsExactAtEveryEdge) {
  struct Case {
    std::string left;
    std::string right;
    unsigned shared;  // The longest prefix that they share.
  };
  for (const auto& [left, right, shared] :
       {Case{"8000::", "::", 0}, Case{"4000::", "::", 1}, Case{"::1", "::", 127},
        Case{"::2", "::", 126}, Case{"::1", "::1", 128}, Case{"0:1::", "::", 31},
        Case{"0:0:8000::", "::", 32}, Case{"::1:0:0", "::", 95}, Case{"128.0.0.0", "0.0.0.0", 96},
        Case{"64.0.0.0", "0.0.0.0", 97}, Case{"10.0.0.1", "10.0.0.0", 127}}) {
    for (const unsigned bits : {0U, 1U, 31U, 32U, 95U, 96U, 127U, 128U}) {
      EXPECT_EQ(shares_prefix(parsed(left).value(), parsed(right).value(), bits), bits <= shared)
          << left << " " << right << " " << bits;
    }
  }
}

TEST(SharesPrefix, ComparesBitByBit) {
  const Address base = parsed("2001:db8:80:f0::").value();
  for (unsigned changed = 0; changed < 128; ++changed) {
    Address other = base;
    other[changed / 8] ^= static_cast<std::byte>(0x80U >> (changed % 8));
    for (unsigned bits = 0; bits <= 128; ++bits) {
      EXPECT_EQ(shares_prefix(base, other, bits), bits <= changed) << changed << " " << bits;
    }
  }
}

TEST(IsIpv4, KnowsTheMappedOnesOnly) {
  EXPECT_TRUE(is_ipv4(parsed("1.2.3.4").value()));
  EXPECT_TRUE(is_ipv4(parsed("::ffff:1.2.3.4").value()));
  EXPECT_FALSE(is_ipv4(parsed("::1.2.3.4").value()));
  EXPECT_FALSE(is_ipv4(parsed("2001:db8::1").value()));
}

}  // namespace
}  // namespace postern::http
