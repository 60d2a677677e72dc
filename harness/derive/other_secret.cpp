#include "harness/derive/other_secret.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "harness/host/text_forms.h"

namespace postern::harness::derive {
namespace {

/// SubjectPublicKeyInfo of keys that OpenSSL made for this purpose; their private halves were never
/// kept.
using Keys = std::array<std::string_view, other_secrets>;

constexpr Keys ed25519_keys = {"MCowBQYDK2VwAyEAGNUOFf1F8sk8EIIi3hkl9rP7aVMiuxxLAxvwtxkQuHw=",
                               "MCowBQYDK2VwAyEAbjHe0YEOf6pZpt/aV8m9e4W8+l9Xm2ItefZnXx64W2I="};

constexpr Keys p256_keys = {
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE+rygIqY7iM5Y+Go3c5qra5N6aFG8EeNef3yWwFZevrDcLNana4Cl"
    "ryO9LhvgHcQJVgxR9hQ/6tsXQlRh5juvfg==",
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAExFnMNWBzyJeXyp9/sqhF4t8ZUooLIVF0o4OjMMBpGpwYPZeYIFRo"
    "+wsqOElBVJGoPVzsBGPFTcrTredCu7iXdA=="};

constexpr Keys rsa_keys = {
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAy8gSG4ipOdN2SVasQOfz458thGGG91NLZhK88ZUgVlHr"
    "gaiF0YejQ8xVnuCYOrsedgB3wBPQMd+uIigp7B/yAnguPQI24opXWJfmC2JruFz0wQ5p6xU139y8JW5nw7tcnuGB"
    "CN3l4XE9RgZh9FXLWr0fwszFiJALp8iGUbU1K6xi5ActluChQTOV/pldkUiWpqb/PtKlJ27J76KQnx0X5Q5CDmKw"
    "NV2L/nmYRmJeTmgUEo4kxSZ9kwL2j61QiCTpKpeLM4QPgiTeCAJTErIUcCO5/MSAy0Js+u+ZkrnNklqFCNjFhAXy"
    "SpgyKe6A5hVtjYNp3smR7r8b6pnmikfzGwIDAQAB",
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAt9K8y9S1CIjmobAHm4j/WWZE6eWMy88jj9S1NEU4rAr/"
    "IKA3iw2+uCJ8N2qhI9ylLnP+Pa53GEea170jwIjhjnlzHH+0T1VjonzEEP29U7/589tiy+7UVLbnJs37EtGyOQ7p"
    "Pb9dGtik1BULwLjyeq/rnVAeOOcnj9ILCL6+0qUGVdxhRQr2JGFWjBCt1Rk+LqNsxwPJrRpSm2Sd29FOU1on8D4i"
    "27+KpDx+uwiXsOqXr6E6oKyMAUqTFn2O2Rha6NNQusnASybrOCf5z7mMumm/XbYgI5H8vo8tlHJbZ7CDsUp39xoe"
    "nC0SD8X18qlAQknw6iEAOiBbaotEB5bc0QIDAQAB"};

/// At the end of their SubjectPublicKeyInfo stand the bytes of an Ed25519 key, and of a point.
constexpr std::size_t ed25519_bytes = 32;
constexpr std::size_t p256_point_bytes = 65;
constexpr std::size_t pem_line_columns = 64;

std::string in_pem(std::string_view base64) {
  std::string pem = "-----BEGIN PUBLIC KEY-----\n";
  for (; !base64.empty(); base64.remove_prefix(std::min(pem_line_columns, base64.size()))) {
    pem += std::string(base64.substr(0, pem_line_columns)) + "\n";
  }
  return pem + "-----END PUBLIC KEY-----\n";
}

std::string other_public_key(const scheme::SignatureRule& rule, std::size_t number) {
  const bool is_ed25519 = rule.algorithm == scheme::Algorithm::ed25519;
  const bool is_p256 = rule.algorithm == scheme::Algorithm::ecdsa_p256_sha256;
  const std::string base64(is_ed25519 ? ed25519_keys[number]
                           : is_p256  ? p256_keys[number]
                                      : rsa_keys[number]);
  if (rule.key.form == scheme::KeyForm::pem) {
    return in_pem(base64);
  }
  if (rule.key.form == scheme::KeyForm::spki) {
    return base64;
  }
  const std::string der = from_base64(base64).value();
  const std::string raw = der.substr(der.size() - (is_ed25519 ? ed25519_bytes : p256_point_bytes));
  return rule.key.form == scheme::KeyForm::hex         ? to_hex(raw)
         : rule.key.form == scheme::KeyForm::base64url ? to_base64url(raw)
                                                       : to_base64(raw);
}

/// `character`, `shift` places further among the `count` that begin with `first`.
char shifted(char character, char first, int count, std::size_t shift) {
  return static_cast<char>(first + (character - first + static_cast<int>(shift)) % count);
}

/// Another digit for a digit and another letter for a letter, so that the text keeps its form.
std::string with_another_end(std::string text, std::size_t number) {
  if (text.empty()) {
    return text;
  }
  char& last = text.back();
  const bool is_digit = last >= '0' && last <= '9';
  const bool is_capital = last >= 'A' && last <= 'Z';
  const bool is_small = last >= 'a' && last <= 'z';
  last = is_digit     ? shifted(last, '0', 10, number + 1)
         : is_capital ? shifted(last, 'A', 26, number + 1)
         : is_small   ? shifted(last, 'a', 26, number + 1)
                      : static_cast<char>('a' + static_cast<int>(number));
  return text;
}

std::string with_another_byte(std::string bytes, std::size_t number) {
  if (!bytes.empty()) {
    bytes.front() = static_cast<char>(bytes.front() ^ static_cast<char>(number + 1));
  }
  return bytes;
}

}  // namespace

std::string other_secret(const scheme::SignatureRule& rule, const std::string& secret,
                         std::size_t number) {
  const std::string prefix(secret.starts_with(rule.key.prefix) ? rule.key.prefix : "");
  const std::string text = secret.substr(prefix.size());
  const bool is_fetched = rule.key.form == scheme::KeyForm::fetched;
  if (scheme::is_asymmetric(rule.algorithm) && !is_fetched) {
    return prefix + other_public_key(rule, number);
  }
  if (rule.key.form == scheme::KeyForm::hex) {
    return prefix + to_hex(with_another_byte(from_hex(text).value_or(""), number));
  }
  if (rule.key.form == scheme::KeyForm::base64url) {
    return prefix + to_base64url(with_another_byte(from_base64url(text).value_or(""), number));
  }
  if (rule.key.form == scheme::KeyForm::base64) {
    return prefix + to_base64(with_another_byte(from_base64(text).value_or(""), number));
  }
  return prefix + with_another_end(text, number);
}

}  // namespace postern::harness::derive
