#pragma once

#include "compiler/scheme_reader.h"

namespace postern::compiler {

/// `check_templates` reports every content of `model` that has two readings, where it stands in
/// `table`, and gives the scheme the alphabet of its id.
void check_templates(const toml::table& table, SchemeModel& model, Report& report);

}  // namespace postern::compiler
