#include "postern/scheme/sound_key.h"

#include <algorithm>
#include <array>
#include <bit>

#include "postern/base/check.h"
#include "postern/base/word_list.h"
#include "postern/crypto/curve_point.h"
#include "postern/scheme/der.h"

namespace postern::scheme {
namespace {

using namespace std::string_view_literals;
using crypto::PointJudgement;

/// All of a SubjectPublicKeyInfo before the key's own bytes.
constexpr std::string_view ed25519_head = "\x30\x2A\x30\x05\x06\x03\x2B\x65\x70\x03\x21\x00"sv;
constexpr std::string_view p256_head =
    "\x30\x59\x30\x13\x06\x07\x2A\x86\x48\xCE\x3D\x02\x01\x06\x08\x2A\x86\x48\xCE\x3D\x03\x01\x07"
    "\x03\x42\x00\x04"sv;
/// Of a point that is written out, x and y.
constexpr std::string_view uncompressed = p256_head.substr(p256_head.size() - 1);

/// AlgorithmIdentifier of rsaEncryption.
constexpr std::string_view rsa_algorithm =
    "\x30\x0D\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01\x01\x05\x00"sv;

/// What stands in the text of a key that is public: armour, a prefix, JWK; in base64 the algorithm
/// of a SubjectPublicKeyInfo (RSA; curves by name, in both ways to align them; RFC 8410), and the
/// head of an OpenSSH key.
constexpr std::array public_marks = {
    "-----BEGIN "sv,        "whpk_"sv,        "pk_live_"sv,     "pk_test_"sv, "\"kty\""sv,
    "ANBgkqhkiG9w0BAQEF"sv, "YHKoZIzj0CAQ"sv, "ByqGSM49AgEG"sv, "wBQYDK2V"sv, "AAAAB3NzaC1"sv,
    "AAAAC3NzaC1"sv,        "AAAAE2VjZHNh"sv,
};
constexpr auto public_mark_list = make_word_list<word_list_bytes(public_marks)>(public_marks);

std::optional<KeyFault> fault_of(PointJudgement judgement) {
  if (judgement == PointJudgement::sound) {
    return std::nullopt;
  }
  return judgement == PointJudgement::forgeable ? KeyFault::forgeable : KeyFault::off_curve;
}

/// The key's own bytes behind `head`: `size` of them, or none.
Bytes behind(Bytes key, std::string_view head, std::size_t size) {
  const bool fits = key.size() == head.size() + size && text_of(key).starts_with(head);
  return fits ? key.subspan(head.size()) : Bytes{};
}

bool is_even(Bytes number) { return (std::to_integer<unsigned>(number.back()) & 1) == 0; }

std::size_t bits_of(Bytes number) {
  const auto first = std::to_integer<unsigned>(number.front());
  return (number.size() - 1) * 8 + static_cast<std::size_t>(std::bit_width(first));
}

std::optional<KeyFault> rsa_fault(Bytes info) {
  DerReader outer(info);
  DerReader fields = outer.enter(der_sequence);
  fields.next();
  const bool is_rsa = text_of(fields.whole()) == rsa_algorithm;
  fields.expect(der_bit_string);
  const Bytes bits = fields.content();
  if (!is_rsa || bits.empty() || bits.front() != std::byte{} || !fields.is_at_end() ||
      !outer.is_at_end()) {
    return KeyFault::other_kind;
  }
  DerReader key(bits.subspan(1));
  DerReader numbers = key.enter(der_sequence);
  const Bytes modulus = next_unsigned(numbers);
  const Bytes exponent = next_unsigned(numbers);
  if (modulus.empty() || exponent.empty() || !numbers.is_at_end() || !key.is_at_end()) {
    return KeyFault::other_kind;
  }
  const std::size_t size = bits_of(modulus);
  if (size < rsa_bits_min || size > rsa_bits_max) {
    return KeyFault::rsa_size;
  }
  if (exponent.size() > rsa_exponent_bytes_max || is_even(exponent) || bits_of(exponent) < 2) {
    return KeyFault::rsa_exponent;
  }
  return is_even(modulus) ? std::optional(KeyFault::rsa_modulus) : std::nullopt;
}

}  // namespace

bool is_repeated(Bytes secret) {
  const std::size_t size = secret.size();
  while (!secret.empty() && secret.back() == std::byte{}) {
    secret = secret.first(secret.size() - 1);
  }
  for (std::size_t period = 1; period <= repeated_bytes_max && 2 * period <= size; ++period) {
    std::size_t run = period;  // Bytes up to here that repeat, and the first ones that they repeat.
    std::size_t longest = std::min(period, secret.size());
    for (std::size_t i = period; i < secret.size(); ++i) {
      run = secret[i] == secret[i - period] ? run + 1 : period;
      longest = std::max(longest, run);
    }
    if (longest == secret.size() || 2 * longest >= secret.size() + 4 * period) {
      return true;
    }
  }
  return secret.size() <= 1;
}

bool is_public_text(std::string_view text) {
  WordList marks(public_mark_list);
  while (!marks.is_empty()) {
    if (text.contains(marks.next())) {
      return true;
    }
  }
  return false;
}

std::optional<KeyFault> public_key_fault(Algorithm algorithm, KeyForm form, Bytes key) {
  const bool is_raw = form == KeyForm::hex || form == KeyForm::base64;
  if (has_feature(Feature::ed25519) && algorithm == Algorithm::ed25519) {
    const Bytes point = behind(key, is_raw ? ""sv : ed25519_head, crypto::coordinate_bytes);
    return point.empty() ? KeyFault::other_kind : fault_of(crypto::judge_ed25519(point));
  }
  POSTERN_CHECK(has_feature(Feature::public_key));
  if (algorithm == Algorithm::ecdsa_p256_sha256) {
    const Bytes point =
        behind(key, is_raw ? uncompressed : p256_head, 2 * crypto::coordinate_bytes);
    return point.empty() ? KeyFault::other_kind : fault_of(crypto::judge_p256(point));
  }
  return rsa_fault(key);
}

}  // namespace postern::scheme
