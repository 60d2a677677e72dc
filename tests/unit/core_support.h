#pragma once

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "postern/base/arena.h"
#include "postern/base/bytes.h"
#include "postern/http/delivery.h"
#include "postern/scheme/signing_scheme.h"
#include "postern/scheme/verify.h"

// What the tests of scheme/ and gate/ share: room, OpenSSL's digests, and locators by hand.

namespace postern::testing_support {

/// An arena with its own storage, which holds anything: to fill a mebibyte for each of thousands of
/// rooms takes longer than all else that the tests do under the sanitizers.
class Room {
  static constexpr std::size_t bytes = std::size_t{1} << 20;
  std::unique_ptr<std::byte[]> storage_ = std::make_unique_for_overwrite<std::byte[]>(bytes);

 public:
  Arena arena{{storage_.get(), bytes}};
};

/// The set of these characters.
[[nodiscard]] inline CharacterSet characters(std::string_view text) {
  CharacterSet set;
  for (const char c : text) {
    set.add(c);
  }
  return set;
}

[[nodiscard]] inline std::string owned(Bytes bytes) { return std::string(text_of(bytes)); }

[[nodiscard]] inline std::string from_hex(std::string_view text) {
  EXPECT_EQ(text.size() % 2, 0U);
  std::string bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

[[nodiscard]] inline std::string to_hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    text.push_back(digits[static_cast<unsigned char>(c) >> 4]);
    text.push_back(digits[static_cast<unsigned char>(c) & 15]);
  }
  return text;
}

/// SHA-256 by OpenSSL.
[[nodiscard]] inline std::string sha256(std::string_view message) {
  std::string digest(32, '\0');
  EVP_Digest(message.data(), message.size(), reinterpret_cast<unsigned char*>(digest.data()),
             nullptr, EVP_sha256(), nullptr);
  return digest;
}

/// In the standard alphabet, with padding.
[[nodiscard]] inline std::string to_base64(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  text.resize(static_cast<std::size_t>(EVP_EncodeBlock(
      reinterpret_cast<unsigned char*>(text.data()),
      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()))));
  return text;
}

/// HMAC by OpenSSL.
[[nodiscard]] inline std::string hmac(const EVP_MD* hash, std::string_view key,
                                      std::string_view message) {
  std::string mac(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  HMAC(hash, key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(message.data()), message.size(),
       reinterpret_cast<unsigned char*>(mac.data()), &size);
  mac.resize(size);
  return mac;
}

/// A file of vectors below POSTERN_ORACLES.
[[nodiscard]] inline nlohmann::json oracle(const std::string& path) {
  const char* folder = std::getenv("POSTERN_ORACLES");
  const std::string file = (folder == nullptr ? "../shared/oracles" : std::string(folder)) + path;
  std::ifstream stream(file);
  EXPECT_TRUE(stream.good()) << file;
  return nlohmann::json::parse(stream, nullptr, false);
}

[[nodiscard]] inline scheme::Locator at_header(std::string_view name) {
  scheme::Locator locator;
  locator.place = scheme::Place::header;
  locator.name = name;
  return locator;
}

/// A place in the JSON body; the tokens must outlive it.
[[nodiscard]] inline scheme::Locator at_body(std::span<const std::string_view> tokens) {
  scheme::Locator locator;
  locator.place = scheme::Place::body;
  locator.pointer = {tokens};
  locator.has_pointer = true;
  return locator;
}

[[nodiscard]] inline http::Delivery delivery_with(std::string_view body,
                                                  std::span<const http::Header> headers) {
  http::Delivery delivery;
  delivery.transport = http::Transport::https;
  delivery.method = "POST";
  delivery.path = "/hook";
  delivery.headers = headers;
  delivery.body_bytes = body.size();
  delivery.body_is_here = true;
  delivery.body_form = http::body_form_of(bytes_of(body), body.size());
  delivery.body = bytes_of(body);
  return delivery;
}

/// The proof of a delivery that carries the right token: nobody but `conclude` makes one.
[[nodiscard]] inline scheme::Authentic authentic_by_token(const http::Delivery& delivery) {
  const std::string_view token = "token of the sample";
  scheme::SignatureRule by_token;
  by_token.algorithm = scheme::Algorithm::token;
  const std::array rules = {by_token};
  scheme::Scheme by_tokens;
  by_tokens.signatures = rules;
  scheme::Key key;
  key.bytes = bytes_of(token);
  const std::array trials = {scheme::Trial{.key = &key, .rule = rules.data(), .content = {}}};
  const std::array candidates = {scheme::Candidate{.rule = 0, .bytes = bytes_of(token)}};
  scheme::Claims claims;
  claims.candidates = candidates;
  const auto authentic = scheme::conclude(by_tokens, claims, trials, {}, {}, delivery);
  EXPECT_TRUE(authentic.has_value());
  return *authentic;
}

}  // namespace postern::testing_support
