#pragma once

#include <span>

#include "compiler/table_reader.h"
#include "postern/scheme/signing_scheme.h"

namespace postern::compiler {

/// `check_key_kinds` refuses a scheme whose secret could be read as a key of two kinds: a public
/// key, which everybody has, must not become a shared secret, nor a token that travels in the open
/// become one that signs. Rules of different kinds need prefixes that are required, and none that
/// begins with the other.
///
/// It refuses a scheme with two fetched keys, too: what one rule's hosts vouch for is no key of
/// another rule, and the gate fetches one key for a delivery.
void check_key_kinds(TableReader& reader, std::span<const scheme::SignatureRule> rules);

}  // namespace postern::compiler
