#pragma once

#include <cstdint>
#include <string>

#include "harness/host/frames.h"
#include "postern/scheme/signing_scheme.h"

namespace postern::harness {

enum class Freshness : std::uint8_t {
  fresh,
  unchanged,  // The identity is elsewhere, or not written in a way that can be marked.
};

/// Texts longer than this get the mark in place of their end, so that their length stays.
inline constexpr std::size_t marked_characters_kept = 40;

/// `make_fresh_event` changes an unsigned delivery so that a ledger has not seen its event: `mark`
/// (hex) goes behind the identity's texts in the body, and, where the body itself or the signed
/// content is the identity, behind the body as white space or as one more form field. The same mark
/// gives the same event.
[[nodiscard]] Freshness make_fresh_event(const scheme::Scheme& scheme, const std::string& mark,
                                         Delivery& delivery);

/// `name_event` makes an unsigned JSON body say that its event is of `type`, where the scheme has
/// the type in the body. Nothing is changed where it says so already, and where a header has it:
/// `sign_delivery` puts it there. False when the scheme has no place for it, or the body is no
/// JSON.
[[nodiscard]] bool name_event(const scheme::Scheme& scheme, const std::string& type,
                              std::string& body);

}  // namespace postern::harness
