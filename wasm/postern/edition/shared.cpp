#include "postern/edition/edition.h"

namespace postern {

/// What is verified by a secret that both sides have, for which no host's cryptography is needed;
/// without what few senders use, so that it stays small in a bundle.
constexpr Features edition_features = set_of(Feature::sha1, Feature::form, Feature::address);

}  // namespace postern
