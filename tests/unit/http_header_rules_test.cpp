#include <gtest/gtest.h>

#include <string>

#include "postern/http/header_rules.h"

namespace postern::http {
namespace {

// Attack catalogue G06, G08, G09, G12, G15; RFC 9110 section 7.6.1.
TEST(IsKeptBack, HoldsWhatTheSenderMustNotTellTheOrigin) {
  for (const std::string name : {"connection",
                                 "keep-alive",
                                 "proxy-connection",
                                 "te",
                                 "trailer",
                                 "transfer-encoding",
                                 "upgrade",
                                 "http2-settings",
                                 "host",
                                 "content-length",
                                 "expect",
                                 "accept-encoding",
                                 "content-encoding",
                                 "cookie",
                                 "set-cookie",
                                 "authorization",
                                 "proxy-authorization",
                                 "proxy-authenticate",
                                 "forwarded",
                                 "via",
                                 "x-forwarded-for",
                                 "x-forwarded-host",
                                 "x-forwarded-proto",
                                 "x-forwarded-anything",
                                 "x-real-ip",
                                 "true-client-ip",
                                 "x-client-ip",
                                 "client-ip",
                                 "x-cluster-client-ip",
                                 "cf-connecting-ip",
                                 "cf-ray",
                                 "cdn-loop",
                                 "fastly-client-ip",
                                 "x-original-url",
                                 "x-rewrite-url",
                                 "x-middleware-subrequest",
                                 "proxy",
                                 "remote-user",
                                 "x-remote-user",
                                 "remote-addr",
                                 "x-envoy-original-path",
                                 "x-envoy-external-address",
                                 "x-ms-client-principal",
                                 "x-amzn-oidc-data",
                                 "ssl-client-verify",
                                 "x-ssl-client-cert",
                                 "x-forwarded",
                                 "x-forward-for",
                                 "x-forwardedfor",
                                 "x-original",
                                 "x-originalurl",
                                 "x-originating-ip",
                                 "x-rewrite",
                                 "x-realip",
                                 "x-clientip",
                                 "x-proxy-user",
                                 "x-proxyuser-ip",
                                 "x-azure-clientip",
                                 "x-arr-clientcert",
                                 "x-waws-unencoded-url",
                                 "x-appengine-user-ip",
                                 "x-goog-authenticated-user-email",
                                 "x-authenticated-user",
                                 "x-tls-client-cert",
                                 "x-scheme",
                                 "x-url-scheme",
                                 "x-https",
                                 "https",
                                 "http-host",
                                 "front-end-https",
                                 "wl-proxy-client-ip",
                                 "x-invoke-path",
                                 "range",
                                 "if-none-match",
                                 "if-modified-since",
                                 "x-http-method-override",
                                 "x-http-method",
                                 "x-method-override",
                                 "postern-source",
                                 "postern-key",
                                 "postern-attempt",
                                 "postern-maybe-duplicate",
                                 "postern-signature",
                                 "postern-anything",
                                 "webhook-id",
                                 "webhook-timestamp",
                                 "webhook-signature",
                                 "webhook-anything"}) {
    EXPECT_TRUE(is_kept_back(name)) << name;
  }
}

TEST(IsKeptBack, HoldsCredentialsByAnyWordForThem) {
  for (const std::string name :
       {"x-gitlab-token", "x-datadog-token", "x-shopify-access-token", "x-access-tokens",
        "x-api-key", "x-apikey", "x-webhook-secret", "x-client-secret", "x-hook-password",
        "x-authorization", "x-amz-credential", "x-session-id", "x-jwt-assertion", "x-cookie-2",
        "www-authenticate", "authentication-info", "x-bearer", "dpop", "x-private-key"}) {
    EXPECT_TRUE(is_kept_back(name)) << name;
  }
  EXPECT_FALSE(is_kept_back("i-twilio-idempotency-token"));
}

// Python's WSGI, PHP and Apache's CGI make one variable of `x-forwarded-for` and of each of these.
TEST(IsKeptBack, HoldsEveryNameThatIsAnotherOneBehindCgi) {
  for (const std::string name :
       {"postern_key", "x_forwarded_for", "webhook_id", "x_custom", "x-custom_name", "x.custom",
        "x+custom", "x~custom", "X-Custom", "", "x custom", "x-custom:", "x-caf\xC3\xA9"}) {
    EXPECT_TRUE(is_kept_back(name)) << name;
  }
  for (int byte = 0; byte < 256; ++byte) {
    const char character = static_cast<char>(byte);
    const bool is_plain = (character >= 'a' && character <= 'z') ||
                          (character >= '0' && character <= '9') || character == '-';
    EXPECT_EQ(is_kept_back("x-" + std::string(1, character) + "shop"), !is_plain) << byte;
  }
}

TEST(IsKeptBack, LeavesTheSendersOwnToTheLists) {
  for (const std::string name :
       {"content-type", "user-agent", "accept", "x-github-event", "x-github-delivery",
        "stripe-signature", "svix-id", "x-webhook-id", "paypal-auth-algo", "x-shopify-topic",
        "x-postern", "cfx", "traceparent", "baggage", "x-event-key", "idempotency-key"}) {
    EXPECT_FALSE(is_kept_back(name)) << name;
  }
}

TEST(IsContentHeader, KnowsWhatDescribesTheBody) {
  EXPECT_TRUE(is_content_header("content-type"));
  EXPECT_TRUE(is_content_header("content-language"));
  EXPECT_FALSE(is_content_header("content-encoding"));
  EXPECT_FALSE(is_content_header("content-length"));
  EXPECT_FALSE(is_content_header("content-location"));
  EXPECT_FALSE(is_content_header("Content-Type"));
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
