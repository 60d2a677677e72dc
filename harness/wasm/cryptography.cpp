#include "harness/host/cryptography.h"

#include <array>
#include <cstddef>

#include "postern/base/check.h"

// Cryptography of whoever runs the module: what it imports, all of it. Each function reads texts at
// their addresses and lengths, and writes what it makes to `output`, where it has `output_bytes`.

namespace postern::harness {
namespace {

using Address = const char*;

#define POSTERN_IMPORT(name) __attribute__((import_module("cryptography"), import_name(name)))

extern "C" {

/// Gives the length of the digest; 0 for a hash that does not exist. The numbers of hashes,
/// algorithms and forms of keys are those of contract/contract.mjs.
POSTERN_IMPORT("digest")
std::uint32_t import_digest(std::uint32_t hash, Address message, std::size_t message_bytes,
                            char* output, std::size_t output_bytes);

/// The same of an HMAC.
POSTERN_IMPORT("hmac")
std::uint32_t import_hmac(std::uint32_t hash, Address key, std::size_t key_bytes, Address message,
                          std::size_t message_bytes, char* output, std::size_t output_bytes);

/// Gives `Verified`.
POSTERN_IMPORT("verify")
std::uint32_t import_verify(std::uint32_t algorithm, std::uint32_t format, Address key,
                            std::size_t key_bytes, Address message, std::size_t message_bytes,
                            Address signature, std::size_t signature_bytes);

/// `key` is in the form that `form` says: `PrivateKey`. Gives the length of the signature, or a
/// `KeyFault` below zero.
POSTERN_IMPORT("sign")
std::int32_t import_sign(std::uint32_t algorithm, std::uint32_t form, Address key,
                         std::size_t key_bytes, Address message, std::size_t message_bytes,
                         char* output, std::size_t output_bytes);

/// Fills all of `output`.
POSTERN_IMPORT("random")
void import_random(char* output, std::size_t output_bytes);

}  // extern "C"

/// SHA-512's, the longest.
constexpr std::size_t digest_bytes_max = 64;

/// That of an RSA key of 16,384 bits, the longest that OpenSSL takes.
constexpr std::size_t signature_bytes_max = 2048;

using Digest = std::array<char, digest_bytes_max>;

std::optional<std::string> text_of(const Digest& output, std::uint32_t length) {
  POSTERN_CHECK(length <= output.size());
  return length == 0 ? std::nullopt : std::optional(std::string(output.data(), length));
}

std::string joined(std::span<const std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) {
    text += part;
  }
  return text;
}

enum class PrivateKey : std::uint8_t { pem = 0, seed = 1 };

std::expected<std::string, KeyFault> sign(Algorithm algorithm, PrivateKey form,
                                          std::string_view key, std::string_view message) {
  std::string output(signature_bytes_max, '\0');
  const std::int32_t length = import_sign(
      static_cast<std::uint32_t>(algorithm), static_cast<std::uint32_t>(form), key.data(),
      key.size(), message.data(), message.size(), output.data(), output.size());
  if (length < 0) {
    return std::unexpected(static_cast<KeyFault>(-length));
  }
  POSTERN_CHECK(static_cast<std::size_t>(length) <= output.size());
  output.resize(static_cast<std::size_t>(length));
  return output;
}

}  // namespace

std::optional<std::string> digest(Hash hash, std::string_view message) {
  Digest output{};
  return text_of(output, import_digest(static_cast<std::uint32_t>(hash), message.data(),
                                       message.size(), output.data(), output.size()));
}

std::optional<std::string> digest(Hash hash, std::span<const std::string_view> parts) {
  return parts.size() == 1 ? digest(hash, parts.front()) : digest(hash, joined(parts));
}

std::optional<std::string> hmac(Hash hash, std::string_view key, std::string_view message) {
  Digest output{};
  return text_of(output, import_hmac(static_cast<std::uint32_t>(hash), key.data(), key.size(),
                                     message.data(), message.size(), output.data(), output.size()));
}

struct Hmac::Prepared {
  Hash hash;
  std::string key;
};

void Hmac::Free::operator()(Prepared* prepared) const {
  const std::unique_ptr<Prepared> owned(prepared);
}

std::optional<Hmac> Hmac::under(Hash hash, std::string_view key) {
  return hmac(hash, key, "").has_value()
             ? std::optional(Hmac(std::make_unique<Prepared>(hash, std::string(key)).release()))
             : std::nullopt;
}

std::string Hmac::of(std::span<const std::string_view> parts) {
  return hmac(prepared_->hash, prepared_->key, joined(parts)).value();
}

Verified verify_signature(Algorithm algorithm, KeyFormat format, std::string_view key,
                          std::string_view message, std::string_view signature) {
  const std::uint32_t verified = import_verify(
      static_cast<std::uint32_t>(algorithm), static_cast<std::uint32_t>(format), key.data(),
      key.size(), message.data(), message.size(), signature.data(), signature.size());
  POSTERN_CHECK(verified <= static_cast<std::uint32_t>(Verified::invalid));
  return static_cast<Verified>(verified);
}

std::expected<std::string, KeyFault> sign_with_pem(Algorithm algorithm, std::string_view pem,
                                                   std::string_view message) {
  return sign(algorithm, PrivateKey::pem, pem, message);
}

std::expected<std::string, KeyFault> sign_with_seed(std::string_view seed,
                                                    std::string_view message) {
  return sign(Algorithm::ed25519, PrivateKey::seed, seed, message);
}

std::string random_bytes(std::size_t count) {
  std::string random(count, '\0');
  import_random(random.data(), random.size());
  return random;
}

}  // namespace postern::harness
