#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "harness/host/frames.h"
#include "postern/scheme/signing_scheme.h"

// A delivery's values by their place. Lenient, as a sender is: what does not look like the place
// says is left alone.

namespace postern::harness {

/// What becomes of a value; nothing: it goes, with all that belongs to it.
using ValueEdit = std::function<std::optional<std::string>(const std::string& value)>;

/// `edit_values` puts what `edit` makes of each value at `place` in its stead: what stands around
/// it stays. A JSON body is written anew, without blanks. No value of a form's JSON is found.
void edit_values(const scheme::Locator& place, const ValueEdit& edit, Delivery& delivery);

/// `values_at` gives the values at `place`, in their order.
[[nodiscard]] std::vector<std::string> values_at(const scheme::Locator& place,
                                                 const Delivery& delivery);

/// `repeat_place` sends the header, parameter or field at `place` a second time. False for a place
/// in a JSON body.
[[nodiscard]] bool repeat_place(const scheme::Locator& place, Delivery& delivery);

}  // namespace postern::harness
