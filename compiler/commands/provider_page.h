#pragma once

#include <string>

#include "compiler/scheme_reader.h"

namespace postern::compiler {

/// `provider_page` is all that is known of a provider, as people read it.
[[nodiscard]] std::string provider_page(const SchemeModel& model);

/// `show_identity` says by what `rule` tells events apart.
[[nodiscard]] std::string show_identity(const scheme::EventRule& rule);

/// `show_retries` says how often and for how long a sender tries, such as "7 in 28h".
[[nodiscard]] std::string show_retries(const SenderFacts& sender);

/// `algorithms_of` gives the grammar's words, each once.
[[nodiscard]] std::vector<std::string_view> algorithms_of(const scheme::Scheme& scheme);

}  // namespace postern::compiler
