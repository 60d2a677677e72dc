#include <gtest/gtest.h>

#include <string>

#include "postern/http/url.h"

namespace postern::http {
namespace {

TEST(ParseUrl, TakesAUrlApart) {
  const auto url = parse_url("https://user:pw@host.example:8443/a/b?x=1?y");
  ASSERT_TRUE(url.has_value());
  EXPECT_EQ(url->scheme, "https");
  EXPECT_EQ(url->user, "user:pw");
  EXPECT_EQ(url->host, "host.example");
  EXPECT_EQ(url->port, "8443");
  EXPECT_EQ(url->path, "/a/b");
  EXPECT_EQ(url->query, "x=1?y");
}

TEST(ParseUrl, KnowsTheLastAtSignAsTheEndOfTheUser) {
  const auto url = parse_url("https://api.paypal.com@evil.example@host.example/");
  ASSERT_TRUE(url.has_value());
  EXPECT_EQ(url->user, "api.paypal.com@evil.example");
  EXPECT_EQ(url->host, "host.example");
}

TEST(ParseUrl, DoesNotTakeAnAtSignBehindTheAuthority) {
  for (const std::string text :
       {"https://host.example/@evil.example", "https://host.example?@evil"}) {
    const auto url = parse_url(text);
    ASSERT_TRUE(url.has_value()) << text;
    EXPECT_EQ(url->user, "");
    EXPECT_EQ(url->host, "host.example");
  }
}

TEST(ParseUrl, ReadsAnAddressInBrackets) {
  const auto url = parse_url("http://[2001:db8::1]:80/x");
  ASSERT_TRUE(url.has_value());
  EXPECT_EQ(url->host, "[2001:db8::1]");
  EXPECT_EQ(url->port, "80");
}

TEST(ParseUrl, RefusesWhatIsNoPlainHttpUrl) {
  for (const std::string text : {
           "",
           "https",
           "https:",
           "https://",
           "https:///path",
           "https://?x",
           "//host.example/",
           "HTTPS://host.example",
           "Https://host.example",
           "httpss://host.example",
           "https:/host.example",
           "https:\\\\host.example",
           "https://host.example\\@evil.example",
           "ftp://host.example",
           "file:///etc/passwd",
           "gopher://host.example",
           "javascript:1",
           "https://host.example#fragment",
           "https://host.example/#",
           "https://host .example",
           " https://host.example",
           "https://host.example ",
           "https://host.example/\n",
           "https://host.example/\t",
           "https://host.example/\x7f",
           "https://h\xc3\xb6st.example",
           "https://host.example:",
           "https://host.example:80a",
           "https://host.example:123456",
           "https://@host.example",
           "https://:80",
           "https://[::1",
           "https://[::1]x",
           "https://host.example/<",
           "https://host.example/\"",
       }) {
    EXPECT_FALSE(parse_url(text).has_value()) << text;
  }
  EXPECT_FALSE(parse_url(std::string("https://host.example/\0", 22)).has_value());
}

TEST(IsHostName, TakesDnsNamesInLowerCase) {
  for (const std::string host : {"a.bc", "hooks.example.com", "xn--bcher-kva.example", "1.2.3.com",
                                 "a-b.example", "127.0.0.1.nip.io"}) {
    EXPECT_TRUE(is_host_name(host)) << host;
  }
  EXPECT_TRUE(is_host_name(std::string(63, 'a') + ".example"));
}

TEST(IsHostName, RefusesAddressesInEverySpelling) {
  for (const std::string host : {"",
                                 "localhost",
                                 "origin",
                                 "127.0.0.1",
                                 "127.1",
                                 "0",
                                 "0.0.0.0",
                                 "2130706433",
                                 "0x7f.1",
                                 "0x7f000001",
                                 "0177.0.0.1",
                                 "017700000001",
                                 "1.2130706433",
                                 "[::1]",
                                 "::1",
                                 "[fc00::1]",
                                 "[::ffff:127.0.0.1]",
                                 "Host.example",
                                 "host.example.",
                                 ".host.example",
                                 "host..example",
                                 "-host.example",
                                 "host-.example",
                                 "host_.example",
                                 "host.example/",
                                 "host.ex%61mple"}) {
    EXPECT_FALSE(is_host_name(host)) << host;
  }
  EXPECT_FALSE(is_host_name(std::string(64, 'a') + ".example"));
  std::string long_name;
  while (long_name.size() <= 253) {
    long_name += "abcdefg.";
  }
  EXPECT_FALSE(is_host_name(long_name + "example"));
}

// Attack catalogue K02 and K03.
TEST(IsDestination, RefusesWhatIsNotAPublicHttpsName) {
  for (const std::string url : {
           "http://host.example/",
           "HTTPS://host.example/",
           "file:///x",
           "gopher://host.example/",
           "https://user@host.example/",
           "https://user:pw@host.example/",
           "https://host.example/#f",
           "https://127.0.0.1/",
           "https://127.1/",
           "https://10.0.0.1/",
           "https://172.16.0.1/",
           "https://192.168.0.1/",
           "https://169.254.169.254/latest/",
           "https://100.64.0.1/",
           "https://[::1]/",
           "https://[fc00::1]/",
           "https://[fe80::1]/",
           "https://[::ffff:127.0.0.1]/",
           "https://[64:ff9b::7f00:1]/",
           "https://0.0.0.0/",
           "https://2130706433/",
           "https://0x7f.1/",
           "https://0x7f000001/",
           "https://0177.0.0.1/",
           "https://localhost/",
           "https://localhost:8080/",
           "https://a.localhost/",
           "https://printer.local/",
           "https://metadata.google.internal/",
           "https://nas.home.arpa/",
           "https://host/",
           "https://host.example./",
           "https://LOCALHOST/",
           "https://host.example\\.evil.example/",
           "https://8.8.8.8/",
           "https:host.example/",
           "https://{host}.example/",
           "https://host.example:99999999/",
       }) {
    EXPECT_FALSE(is_destination(url, PrivateOrigins::refused)) << url;
  }
}

TEST(IsDestination, TakesAPublicHttpsName) {
  for (const std::string url :
       {"https://host.example", "https://host.example/", "https://host.example:8443/a?b=c",
        "https://localhost.example/", "https://local.example/"}) {
    EXPECT_TRUE(is_destination(url, PrivateOrigins::refused)) << url;
  }
}

TEST(IsDestination, LetsPrivateOriginsInOnlyWhereTheyAreAllowed) {
  for (const std::string url : {"http://localhost:8080/", "http://127.0.0.1/", "http://[::1]:9/",
                                "https://origin.internal/"}) {
    EXPECT_TRUE(is_destination(url, PrivateOrigins::allowed)) << url;
    EXPECT_FALSE(is_destination(url, PrivateOrigins::refused)) << url;
  }
  for (const std::string url : {"http://user@127.0.0.1/", "ftp://127.0.0.1/", "http://127.0.0.1/#",
                                "http:///", "127.0.0.1"}) {
    EXPECT_FALSE(is_destination(url, PrivateOrigins::allowed)) << url;
  }
}

}  // namespace
}  // namespace postern::http
