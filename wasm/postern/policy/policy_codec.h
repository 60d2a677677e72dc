#pragma once

#include <cstddef>
#include <cstdint>

#include "postern/base/arena.h"
#include "postern/base/bytes.h"
#include "postern/base/result.h"
#include "postern/contract/numbers.h"
#include "postern/policy/policy.h"

// The policy file: what `postern compile` writes and `configure` reads. Fields follow each other in
// the order of the lists in `policy_fields.h`, behind a head that hosts read too:
//
//   8 bytes "POSTERN5" | u32 features | u16 n | n x text16 setting names
//   | bytes32 rehearsal | gate | u16 schemes | u16 sources
//
// There is one spelling for a policy: optional parts stand behind a byte that says whether they are
// there, and nothing is padded or skipped.

namespace postern::policy {

using contract::policy_magic;

/// `policy_arena_bytes` is enough room to decode a file of that size: lists take up to five times
/// their bytes on a 64-bit machine (measured on the sample policy), and small files some more.
/// `postern compile` refuses a policy that needs more, so a module with this room reads all others.
[[nodiscard]] constexpr std::size_t policy_arena_bytes(std::size_t file_bytes) {
  return (std::size_t{64} << 10) + 8 * file_bytes;
}

enum class PolicyFault : std::uint8_t {
  not_a_policy,  // Another file, or a policy of another version.
  malformed,  // Cut off, trailing bytes, an unknown enumerator, a count or reference out of bounds.
  other_edition,  // It needs a feature that is not in this module.
  too_large,      // Over `policy_bytes_max`, or more than the arena holds.
};

/// `encoded_bytes` is the exact size of what `encode` writes.
[[nodiscard]] std::size_t encoded_bytes(const Policy& policy);

/// `longest_text` is the size of the longest text in it: over `text_bytes_max`, there is no policy
/// file of it.
[[nodiscard]] std::size_t longest_text(const Policy& policy);

/// `encode` writes `policy` to the start of `room`. A list or a text longer than its field, or less
/// room than `encoded_bytes`, is our fault and traps. It does not check limits; `decode` does. The
/// features in the head are what `features_of` gives, whatever `policy` says.
/// Borrows: the result is a view of `room`.
[[nodiscard]] Bytes encode(const Policy& policy, MutableBytes room);

/// `decode` reads a whole policy file and checks all that later code relies on: every list is
/// within its limit, every enumerator is known, every slot and scheme number leads somewhere, every
/// source has a secret and a scheme that can verify, and what this version cannot do is not asked
/// for.
///
/// Refuses: `not_a_policy`, `too_large`, `other_edition`, `malformed`, in this order of checks.
/// Borrows: all text from `file`, all lists from `arena`; both must outlive the result.
[[nodiscard]] Result<Policy, PolicyFault> decode(Bytes file, Arena& arena);

}  // namespace postern::policy
