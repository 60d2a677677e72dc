#pragma once

#include <toml++/toml.h>

#include <string>

#include "harness/host/frames.h"

namespace postern::harness {

/// `make_fresh_event` changes an unsigned delivery so that a ledger has not seen its event: `mark`
/// (hex) goes behind the identity's texts in the body, and, where the body itself or the signed
/// content is the identity, behind the body as white space or as one more form field. The same mark
/// gives the same event.
void make_fresh_event(const toml::table& scheme, const std::string& mark, Delivery& delivery);

}  // namespace postern::harness
