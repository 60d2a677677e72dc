#include <gtest/gtest.h>

#include <string>

#include "http/header_rules.h"

namespace postern::http {
namespace {

// Attack catalogue G08, G09, G12, G15; RFC 9110 section 7.6.1.
TEST(GoesToOrigin, KeepsBackWhatTheSenderMustNotTellTheOrigin) {
  for (const std::string name : {"connection",
                                 "keep-alive",
                                 "proxy-connection",
                                 "te",
                                 "trailer",
                                 "transfer-encoding",
                                 "upgrade",
                                 "host",
                                 "content-length",
                                 "expect",
                                 "accept-encoding",
                                 "content-encoding",
                                 "cookie",
                                 "authorization",
                                 "proxy-authorization",
                                 "forwarded",
                                 "via",
                                 "x-forwarded-for",
                                 "x-forwarded-host",
                                 "x-forwarded-proto",
                                 "x-real-ip",
                                 "true-client-ip",
                                 "cf-connecting-ip",
                                 "cf-ray",
                                 "cdn-loop",
                                 "range",
                                 "if-none-match",
                                 "if-modified-since",
                                 "x-http-method-override",
                                 "postern-source",
                                 "postern-key",
                                 "postern-attempt",
                                 "postern-maybe-duplicate",
                                 "postern-anything",
                                 "webhook-id",
                                 "webhook-timestamp",
                                 "webhook-signature"}) {
    EXPECT_FALSE(goes_to_origin(name)) << name;
  }
}

TEST(GoesToOrigin, LetsContentHeadersAndTheSendersOwnThrough) {
  for (const std::string name :
       {"content-type", "user-agent", "accept", "x-github-event", "stripe-signature", "svix-id",
        "x-postern", "cfx", "traceparent"}) {
    EXPECT_TRUE(goes_to_origin(name)) << name;
  }
}

TEST(IsHeaderText, TakesVisibleAsciiWithBlanksOnly) {
  EXPECT_TRUE(is_header_text(""));
  EXPECT_TRUE(is_header_text("a \t~!"));
  for (int byte = 0; byte < 256; ++byte) {
    const std::string text = "a" + std::string(1, static_cast<char>(byte));
    EXPECT_EQ(is_header_text(text), byte == '\t' || (byte >= 0x20 && byte < 0x7F)) << byte;
  }
}

}  // namespace
}  // namespace postern::http
