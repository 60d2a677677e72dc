#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>

#include "compiler/catalogue.h"
#include "harness/fixture/compiled_case.h"
#include "harness/host/frames.h"
#include "harness/sender/cannot_sign.h"

namespace postern::harness::derive {

/// A genuine delivery as its sender knows it. Borrows the compiled fixture and the catalogue.
struct Genuine {
  const CompiledCase* compiled = nullptr;
  const compiler::SchemeModel* model = nullptr;
  /// Which of the scheme's signatures it carries.
  std::size_t rule_number = 0;
  Delivery delivery;
  /// Where its clock stands: when it was signed, or, where no time is signed, the fixture's `at`.
  std::uint64_t at_ms = 0;
  std::string id;
  /// What signs, where the receiver has a public key. May be empty.
  std::string private_key;
  /// Why nobody here can sign as its sender does; empty: somebody can.
  std::string why_unsigned;

  [[nodiscard]] const scheme::SignatureRule& rule() const {
    return model->scheme.signatures[rule_number];
  }
  [[nodiscard]] bool is_timed() const {
    return model->scheme.timestamp.unit != scheme::TimeUnit::none;
  }
};

/// `read_genuine` reads the delivery of a fixture that says `genuine`. Reports, and gives nothing,
/// when it is not fit to derive anything from: the provider's file has `confidence` in a source
/// that the fixture's `origin` is not, its signature is not where the file says, or the signer,
/// given what the delivery says of its signing, does not make the same signature, byte for byte.
[[nodiscard]] std::optional<Genuine> read_genuine(const CompiledCase& compiled,
                                                  compiler::Catalogue& catalogue,
                                                  compiler::Report& report);

/// `sign_anew` signs `delivery` as the genuine one is signed, at `at_ms` and with `id`. It can,
/// where `why_unsigned` is empty, for bodies that the scheme reads nothing of.
[[nodiscard]] std::expected<void, CannotSign> sign_anew(const Genuine& genuine, std::uint64_t at_ms,
                                                        const std::string& id, Delivery& delivery);

}  // namespace postern::harness::derive
