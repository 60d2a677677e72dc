#pragma once

#include "compiler/scheme_reader.h"

namespace postern::compiler {

/// `read_sends` reads which forms of body a sender sends, `sends` and `key_signs_more`, into
/// `model`, whose other rules have been read. The catalogue must say it; a scheme of a source that
/// does not say it gets a warning, since whatever else its key signs passes as a delivery.
///
/// Reports besides: a signed rule for a form that is not sent, and a form that cannot be told from
/// what else the key signs.
void read_sends(TableReader& reader, SchemeUse use, SchemeModel& model);

/// `show_forms` lists the grammar's words, such as "json, form".
[[nodiscard]] std::string show_forms(http::BodyForms forms);

}  // namespace postern::compiler
