#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "postern/edition/edition.h"

namespace postern::scheme {

/// Where in a delivery a value may stand. `Reading` knows how to read each, and
/// `harness/sender` how to write it.
enum class Place : std::uint8_t { none = 0, header = 1, body = 2, form = 3, query = 4 };

/// Whether a locator has a pointer into JSON.
enum class PointerRule : std::uint8_t { never, may, must };

struct PlaceRow {
  Place place;
  std::string_view key;  // In the files of providers.
  bool has_name;         // The name of a header, a field or a parameter.
  PointerRule pointer;
  bool is_in_body;  // It can be read only where the body is.
  /// What a module needs to read it besides what every one has.
  Features needs = 0;
};

inline constexpr std::array place_rows = {
    PlaceRow{Place::none, "", false, PointerRule::never, false},
    PlaceRow{Place::header, "header", true, PointerRule::never, false},
    PlaceRow{Place::body, "body", false, PointerRule::must, true},
    PlaceRow{Place::form, "form", true, PointerRule::may, true, set_of(Feature::form)},
    PlaceRow{Place::query, "query", true, PointerRule::never, false, set_of(Feature::address)},
};

inline constexpr Place place_last = place_rows.back().place;

/// One column of the table, by the place's number: what the module does not use is not in it.
template <auto member>
inline constexpr auto place_column = [] {
  using Value = std::remove_cvref_t<decltype(place_rows[0].*member)>;
  std::array<Value, place_rows.size()> column{};
  for (std::size_t i = 0; i < column.size(); ++i) {
    column[i] = place_rows[i].*member;
  }
  return column;
}();

/// `fact_of` gives one fact of a place, such as `fact_of<&PlaceRow::is_in_body>(place)`.
template <auto member>
[[nodiscard]] constexpr auto fact_of(Place place) {
  return place_column<member>[static_cast<std::size_t>(place)];
}

static_assert(
    [] {
      for (const PlaceRow& row : place_rows) {
        if (fact_of<&PlaceRow::place>(row.place) != row.place) {
          return false;
        }
      }
      return true;
    }(),
    "A row stands where its number says.");

}  // namespace postern::scheme
