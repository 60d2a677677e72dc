#include "postern/edition/edition.h"

namespace postern {

/// Whatever is verified by a secret that both sides have: no host's cryptography is needed for it.
constexpr Features edition_features =
    set_of(Feature::sha1, Feature::wide_sha2, Feature::form, Feature::address, Feature::time_text);

}  // namespace postern
