#pragma once

#include <toml++/toml.h>

#include <string_view>

#include "compiler/diagnostics.h"
#include "compiler/storage.h"
#include "postern/policy/policy.h"

namespace postern::compiler {

/// `is_media_type` says whether `text` is a type and a subtype in lower case, without parameters.
[[nodiscard]] bool is_media_type(std::string_view text);

/// `read_acknowledgement` reads a media type and a body, of a source or of a provider's file.
/// `what` names the table in messages.
[[nodiscard]] policy::Acknowledgement read_acknowledgement(const toml::table& table,
                                                           std::string_view what, Storage& storage,
                                                           Report& report);

}  // namespace postern::compiler
