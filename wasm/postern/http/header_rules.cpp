#include "postern/http/header_rules.h"

#include <algorithm>
#include <array>

#include "postern/base/characters.h"
#include "postern/base/word_list.h"

namespace postern::http {
namespace {

using namespace std::string_view_literals;

constexpr std::array names = {
    // Of one connection (RFC 9110, section 7.6.1).
    "connection"sv, "keep-alive"sv, "te"sv, "trailer"sv, "transfer-encoding"sv, "upgrade"sv,
    // Stated anew by the forward.
    "host"sv, "content-length"sv, "expect"sv, "accept-encoding"sv, "content-encoding"sv,
    // Claims about the way here; `proxy` becomes HTTP_PROXY behind CGI.
    "forwarded"sv, "via"sv, "proxy"sv, "x-host"sv, "x-cluster-client-ip"sv, "x-scheme"sv,
    "x-url-scheme"sv, "x-realip"sv,
    // Would change what the origin does with the body.
    "range"sv, "x-method-override"sv, "x-matched-path"sv, "x-accel-redirect"sv};

/// Beginnings of names.
constexpr std::array prefixes = {
    // Of one connection; and what CGI would take for a variable of its own, such as HTTPS.
    "proxy-"sv, "http"sv,
    // Claims about the way here, and about who asks and for what.
    "x-forward"sv, "x-original"sv, "x-originating-"sv, "x-rewrite"sv, "x-middleware"sv, "x-envoy"sv,
    "x-real-"sv, "x-client"sv, "x-remote"sv, "x-ssl-"sv, "x-tls-"sv, "x-ms-client-"sv, "x-amzn-"sv,
    "x-auth"sv, "x-webauth-"sv, "x-vercel-"sv, "x-azure-"sv, "x-arr-"sv, "x-waws-"sv,
    "x-appengine-"sv, "x-proxy"sv, "x-invoke-"sv, "front-end-"sv, "wl-"sv, "true-client-"sv,
    "client-"sv, "remote-"sv, "ssl-"sv, "cf-"sv, "cdn-"sv, "fastly-"sv,
    // Conditions, and other methods.
    "if-"sv, "x-http"sv,
    // The gate's own.
    "postern-"sv, "webhook-"sv};

/// Words for a credential, anywhere in a name.
constexpr std::array credentials = {"token"sv,    "secret"sv,     "passw"sv,       "authori"sv,
                                    "authenti"sv, "cookie"sv,     "credential"sv,  "apikey"sv,
                                    "api-key"sv,  "access-key"sv, "private-key"sv, "bearer"sv,
                                    "dpop"sv,     "jwt"sv,        "session"sv};

constexpr auto name_list = make_word_list<word_list_bytes(names)>(names);
constexpr auto prefix_list = make_word_list<word_list_bytes(prefixes)>(prefixes);
constexpr auto credential_list = make_word_list<word_list_bytes(credentials)>(credentials);

bool begins_with_any(WordList words, std::string_view name) {
  while (!words.is_empty()) {
    if (name.starts_with(words.next())) {
      return true;
    }
  }
  return false;
}

bool holds_any(WordList words, std::string_view name) {
  while (!words.is_empty()) {
    if (name.contains(words.next())) {
      return true;
    }
  }
  return false;
}

}  // namespace

bool is_kept_back(std::string_view name) {
  // A token that names a request, so that it is done once, opens nothing.
  const bool is_credential =
      holds_any(WordList(credential_list), name) && !name.contains("idempotency"sv);
  return name.empty() || !consists_of(name, Characters::label) || is_credential ||
         WordList(name_list).contains(name) || begins_with_any(WordList(prefix_list), name);
}

bool is_content_header(std::string_view name) {
  return name == "content-type"sv || name == "content-language"sv;
}

bool is_header_text(std::string_view text) { return consists_of(text, Characters::header); }

}  // namespace postern::http
