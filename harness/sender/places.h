#pragma once

#include <cstdint>
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

/// What becomes of a place when a sender signs: what stands there gives way, the value goes behind
/// it, or somebody else writes it, who writes the body.
enum class Writing : std::uint8_t { replaces, appends, never };

[[nodiscard]] Writing writing_of(scheme::Place place);

/// Values on their way into one delivery. What stood in a header or a parameter gives way to the
/// first of them, and the others join it: as HTTP joins values, where the locator has no list.
class Placement {
 public:
  /// Nothing happens at a place that is never written.
  void put(const scheme::Locator& locator, const std::string& value, Delivery& delivery);

 private:
  void put_header(const scheme::Locator& locator, const std::string& text,
                  const std::string& separator, Delivery& delivery);
  void put_parameter(const std::string& name, const std::string& text, Delivery& delivery);

  /// Names of headers, and of parameters behind a `?`.
  std::vector<std::string> written_;
};

/// `values_at` gives the values at `place`, in their order.
[[nodiscard]] std::vector<std::string> values_at(const scheme::Locator& place,
                                                 const Delivery& delivery);

/// `repeat_place` sends the header, parameter or field at `place` a second time. False for a place
/// in a JSON body.
[[nodiscard]] bool repeat_place(const scheme::Locator& place, Delivery& delivery);

}  // namespace postern::harness
