#include "http/header_rules.h"

#include <algorithm>
#include <array>

#include "base/characters.h"
#include "base/word_list.h"

namespace postern::http {
namespace {

using namespace std::string_view_literals;

constexpr std::array kept_back = {
    // Of one connection (RFC 9110, section 7.6.1).
    "connection"sv,
    "keep-alive"sv,
    "proxy-connection"sv,
    "te"sv,
    "trailer"sv,
    "transfer-encoding"sv,
    "upgrade"sv,
    "http2-settings"sv,
    // Stated anew by the forward.
    "host"sv,
    "content-length"sv,
    "expect"sv,
    "accept-encoding"sv,
    "content-encoding"sv,
    // Credentials.
    "cookie"sv,
    "authorization"sv,
    "proxy-authorization"sv,
    "proxy-authenticate"sv,
    // Claims about the way here.
    "forwarded"sv,
    "via"sv,
    "x-real-ip"sv,
    "true-client-ip"sv,
    "x-client-ip"sv,
    // Would change what the origin does with the body.
    "range"sv,
    "if-match"sv,
    "if-none-match"sv,
    "if-modified-since"sv,
    "if-unmodified-since"sv,
    "if-range"sv,
    "x-http-method-override"sv,
    "x-method-override"sv,
    "x-http-method"sv,
    // The gate's own signature on the forward.
    "webhook-id"sv,
    "webhook-timestamp"sv,
    "webhook-signature"sv,
};

constexpr std::array kept_back_prefixes = {"postern-"sv, "x-forwarded-"sv, "cf-"sv, "cdn-"sv};

constexpr auto kept_back_list = make_word_list<word_list_bytes(kept_back)>(kept_back);

}  // namespace

bool goes_to_origin(std::string_view name) {
  const auto is_prefix = [&](std::string_view prefix) { return name.starts_with(prefix); };
  return !WordList(kept_back_list).contains(name) &&
         std::ranges::none_of(kept_back_prefixes, is_prefix);
}

bool is_header_text(std::string_view text) { return consists_of(text, Characters::header); }

}  // namespace postern::http
