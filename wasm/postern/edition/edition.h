#pragma once

#include <cstdint>

#include "postern/contract/numbers.h"

// A module is linked as one of several editions: the same code, with all features or with fewer.
// Which ones is a constant in a file of `edition/`, which the linker knows, so that nothing of what
// stands behind a feature that is not there stays in the module.

namespace postern {

using contract::Feature;

/// A set of features: a bit for each, by its number.
using Features = std::uint32_t;

template <class... Feature>
[[nodiscard]] constexpr Features set_of(Feature... features) {
  return ((Features{1} << static_cast<unsigned>(features)) | ... | Features{0});
}

/// What is in this edition.
extern const Features edition_features;

/// `has_feature` is false for good where the edition is without: then no policy that needs the
/// feature was let in.
[[nodiscard]] inline bool has_feature(Feature feature) {
  return (edition_features & set_of(feature)) != 0;
}

}  // namespace postern
