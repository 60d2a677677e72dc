#include "postern/edition/edition.h"

namespace postern {

/// What most policies need: HMAC with SHA-256 and shared texts, over JSON and forms.
constexpr Features edition_features = set_of(Feature::form);

}  // namespace postern
