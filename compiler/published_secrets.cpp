#include "compiler/published_secrets.h"

#include <algorithm>
#include <array>

namespace postern::compiler {
namespace {

using namespace std::string_view_literals;

/// Each with where it stands; tests/lint/value-published.toml names one sender. Read 2026-11-29.
constexpr std::array published = {
    "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"sv,  // Standard Webhooks: specification and libraries.
    "C2FVsBQIhrscChlQIMV+b5sSYspob7oD"sv,  // A sender's API reference.
    "plJ3nmyCDGBKInavdOK15jsl"sv,          // A sender's manual: how to verify by hand.
    "RdvaYFYUXuIFuEbvZHwMfYFhUf7aMYjYcmM24+Aj40c="sv,  // A sender's libraries: tests.
    "It's a Secret to Everybody"sv,                    // A manual, and two senders' tests.
    "8f742231b10e8888abcd99yyyzzz85a5"sv,              // A manual: verifying requests.
    "a published secret, which signs nothing but rehearsals"sv,  // Postern: rehearsals.
    // RFC 8032, section 7.1, whose private keys stand beside them: in base64 and in hex.
    "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="sv,
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"sv,
    "PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw="sv,
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"sv,
    "/FHNjmIYoaONpH7QAjDwWAgW7RO6MwOsXeuRFUiQgCU="sv,
    "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025"sv,
    "J4EX/BRMcjQPZ9DyMW6Dhs7/vyskKMnFH+98WX8dQm4="sv,
    "278117fc144c72340f67d0f2316e8386ceffbf2b2428c9c51fef7c597f1d426e"sv,
    "7Bcrk61eVjv0kyxw4SRcNUNUZ8Lv1NZOv4GWg0Z+K/8="sv,
    "ec172b93ad5e563bf4932c70e1245c35435467c2efd4d64ebf819683467e2bff"sv,
};

}  // namespace

bool is_published(std::string_view secret) {
  for (const std::string_view prefix : {"whsec_"sv, "whpk_"sv}) {
    if (secret.starts_with(prefix)) {
      secret.remove_prefix(prefix.size());
      break;
    }
  }
  return std::ranges::find(published, secret) != published.end();
}

}  // namespace postern::compiler
