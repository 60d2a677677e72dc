#include "compiler/scheme_check.h"

#include "compiler/coverage.h"
#include "postern/scheme/locators.h"

namespace postern::compiler {
namespace {

using scheme::BodyFormat;
using scheme::PartKind;
using scheme::Place;

/// A timestamp that is not signed, an id or a time in a template that nothing gives.
void check_template_words(TableReader& reader, const scheme::Scheme& scheme) {
  Report& report = reader.report();
  const bool has_time = scheme.timestamp.unit != scheme::TimeUnit::none;
  if (uses(scheme, PartKind::timestamp) && !has_time) {
    reader.error("signature", "missing-timestamp",
                 "`{timestamp}` is signed, but no [timestamp] says where it stands", "");
  }
  if (uses(scheme, PartKind::id) && scheme.id.place == Place::none) {
    reader.error("signature", "missing-id", "`{id}` is signed, but no [id] says where it stands",
                 "");
  }
  if (has_time && !is_covered(scheme, scheme.timestamp.from, BodyFormat::any)) {
    report.error(reader.place("timestamp"), "unsigned-timestamp",
                 "the timestamp is not signed: an old delivery could be given a new one",
                 "put {timestamp} into `content`, or leave [timestamp] out");
  }
  if (scheme.id.place != Place::none && !is_covered(scheme, scheme.id, BodyFormat::any)) {
    report.error(reader.place("id"), "unsigned-id", "the id is not signed",
                 "put {id} into `content`, or leave [id] out");
  }
}

/// A list with a comma and a blank between its items looks like two headers of one name: only what
/// may be there once tells them apart.
void check_blank_lists(TableReader& reader, const scheme::Scheme& scheme) {
  const auto is_held = [](const scheme::Locator& list, const scheme::Locator& once) {
    return once.place == Place::header && once.name == list.name && once.separator == ',' &&
           once.take == 0;
  };
  const bool is_open = any_locator(scheme, [&](const scheme::Locator& at) {
    return at.has_blanks && at.separator == ',' && !is_held(at, scheme.timestamp.from) &&
           !is_held(at, scheme.id);
  });
  if (is_open) {
    reader.error("signature", "joined-list",
                 "with `blanks`, nothing tells one header from two of that name",
                 "read the time or the id from the same list, by its `item`: there it may come "
                 "once; or leave `blanks` out");
  }
}

}  // namespace

void check_scheme(TableReader& reader, const scheme::Scheme& scheme) {
  check_template_words(reader, scheme);
  check_blank_lists(reader, scheme);
}

}  // namespace postern::compiler
