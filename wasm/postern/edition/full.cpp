#include "postern/edition/edition.h"

namespace postern {

/// Whatever a policy may need.
constexpr Features edition_features = set_of(
    Feature::ed25519, Feature::public_key, Feature::fetched_key, Feature::sha1, Feature::wide_sha2,
    Feature::form, Feature::address, Feature::time_text, Feature::reply, Feature::plain_hash);

}  // namespace postern
