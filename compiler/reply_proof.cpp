#include "compiler/reply_proof.h"

#include <algorithm>

#include "compiler/part_language.h"
#include "postern/base/characters.h"

namespace postern::compiler {
namespace {

using scheme::Scheme;
using scheme::SignatureRule;

ByteSet token_bytes() {
  ByteSet bytes;
  for (unsigned byte = 0; byte < 128; ++byte) {
    const auto character = static_cast<char>(byte);
    bytes[byte] = consists_of({&character, 1}, Characters::token);
  }
  return bytes;
}

/// A part is a token where each of its bytes can be a character of one: which of them is all the
/// same, since a token may have them in any order.
enum class TokenUse { none, empty, some };

TokenUse token_use(const Language& language, const ByteSet& token) {
  if (!language.row.empty()) {
    return std::ranges::all_of(language.row,
                               [&](const ByteSet& each) { return (each & token).any(); })
               ? TokenUse::some
               : TokenUse::none;
  }
  if ((language.first & token).any()) {
    return TokenUse::some;
  }
  return language.may_be_empty ? TokenUse::empty : TokenUse::none;
}

/// Of the texts that a rule signs where it leaves those stretches out.
std::optional<std::string> signs_token(const Scheme& scheme, const SignatureRule& rule,
                                       unsigned left_out) {
  const ByteSet token = token_bytes();
  std::optional<std::string> last;
  for (const ProvedPart& part : proved_parts(scheme, rule, left_out)) {
    const TokenUse use = token_use(part.language, token);
    if (use == TokenUse::none) {
      return std::nullopt;
    }
    if (use == TokenUse::some) {
      last = show_part(rule.content[part.index]);
    }
  }
  return last;
}

}  // namespace

std::optional<std::string> signs_token(const Scheme& scheme) {
  for (const SignatureRule& rule : scheme.signatures) {
    for (unsigned left_out = 0; left_out < 1U << scheme::optionals_max; ++left_out) {
      if (auto found = signs_token(scheme, rule, left_out); found.has_value()) {
        return found;
      }
    }
  }
  return std::nullopt;
}

bool computes_reply(const scheme::Challenge& challenge) {
  return std::ranges::any_of(
      challenge.reply, [](const scheme::ReplyPart& part) { return scheme::is_hmac(part.kind); });
}

}  // namespace postern::compiler
