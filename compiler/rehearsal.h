#pragma once

#include <cstddef>
#include <vector>

namespace postern::compiler {

/// `encode_rehearsal` gives what `postern compile` puts into a policy file for hosts to play when
/// they start, before anybody waits: a delivery under a policy and a secret of its own, which opens
/// nothing. The first delivery of a sender then finds all code compiled. docs/ABI.md has the form.
/// The same bytes each time.
[[nodiscard]] std::vector<std::byte> encode_rehearsal();

}  // namespace postern::compiler
