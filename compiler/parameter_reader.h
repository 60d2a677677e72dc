#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/table_reader.h"

// Values that a scheme leaves to the source, such as a token that an operator makes up and types in
// at the sender, who then asks with it. The scheme says what they are, `[parameters]`; the source
// what they are worth, `[sources.NAME.parameters]`.

namespace postern::compiler {

struct PolicyReading;
struct SourceModel;

/// One parameter of a scheme.
struct ParameterModel {
  std::string name;
  /// What an operator has to know of it, in a sentence.
  std::string meaning;
  toml::source_region place;
  /// A condition compares it, so it is a secret; a reply tells it, so it is none.
  bool is_compared = false;
  bool is_told = false;
};

using Parameters = std::vector<ParameterModel>;

/// `read_parameters` reads the table `parameters` of a scheme, in the order of their names.
[[nodiscard]] Parameters read_parameters(TableReader& parent);

/// `find_parameter` gives the number of the one called `name`; nothing, and a report at `place`,
/// where there is none.
[[nodiscard]] std::optional<std::uint8_t> find_parameter(const Parameters& parameters,
                                                         std::string_view name,
                                                         const toml::source_region& place,
                                                         Report& report);

/// `check_parameters` reports parameters that nothing uses, and secrets that a reply would tell.
void check_parameters(const Parameters& parameters, Report& report);

/// `read_source_parameters` reads what a source, whose scheme is read, says that they are worth.
void read_source_parameters(TableReader& parent, SourceModel& source, PolicyReading& reading);

}  // namespace postern::compiler
