#include "compiler/scheme_check.h"

#include <algorithm>

#include "compiler/coverage.h"
#include "postern/scheme/locators.h"
#include "postern/scheme/proof.h"

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

/// A date with a comma and a blank in it is all of a header: nothing could be cut out of it.
void check_date(TableReader& reader, const scheme::Scheme& scheme) {
  const scheme::Locator& at = scheme.timestamp.from;
  if (scheme.timestamp.unit == scheme::TimeUnit::http_date &&
      (at.place != Place::header || at.separator != '\0' || at.pair != '\0' ||
       !at.prefix.empty())) {
    reader.error("timestamp", "bad-locator", "a date of HTTP is all that stands in its header",
                 "from = { header = \"date\" }");
  }
}

/// Behind what is signed stand bytes of the forger: in JSON they are a mistake, in other bodies
/// not.
void check_lengthened(TableReader& reader, const scheme::Scheme& scheme) {
  const bool lengthens = std::ranges::any_of(scheme.signatures, scheme::may_be_lengthened);
  if (lengthens && scheme.sends != http::set_of(http::BodyForm::json)) {
    reader.error("signature", "length-extension",
                 "what is put behind a body is told from it only where the body is JSON",
                 "sends = [\"json\"], if that is all that the sender sends");
  }
  const auto is_digest = [](const scheme::IdentityPart& part) {
    return part.kind != scheme::IdentityKind::locator;
  };
  const auto is_read = [](const scheme::IdentityPart& part) { return scheme::is_in_body(part.at); };
  if (lengthens && std::ranges::any_of(scheme.events, [&](const scheme::EventRule& rule) {
        return std::ranges::any_of(rule.identity, is_digest) ||
               std::ranges::none_of(rule.identity, is_read);
      })) {
    reader.error("signature", "length-extension", "a lengthened copy would be another event",
                 "identity = { body = \"/id\" } in [event]: a value that is read out of the JSON");
  }
}

/// A hash goes on behind bytes that no visible text has: a value that may hold any could hold them.
void check_lengthened_values(TableReader& reader, const scheme::Scheme& scheme) {
  const auto is_open = [](const scheme::Part& part) {
    return part.alphabet.is_empty() &&
           (part.kind == PartKind::field || part.kind == PartKind::parameter ||
            part.kind == PartKind::form_field || part.kind == PartKind::form_sorted);
  };
  if (std::ranges::any_of(scheme.signatures, [&](const scheme::SignatureRule& rule) {
        return scheme::may_be_lengthened(rule) && std::ranges::any_of(rule.content, is_open);
      })) {
    reader.error("signature", "length-extension",
                 "what is put behind a content could be the rest of a value that may hold anything",
                 "say what the value is made of: `{query:NAME [A-Za-z0-9-]}`");
  }
}

/// A list with a comma and a blank between its items looks like two headers of one name: only what
/// may be there once, wherever it stands, tells them apart.
void check_blank_lists(TableReader& reader, const scheme::Scheme& scheme) {
  const auto is_held = [](const scheme::Locator& list, const scheme::Locator& once) {
    return once.place == Place::header && once.name == list.name && once.separator == ',' &&
           once.skip == 0 && once.take == 0;
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
  check_lengthened(reader, scheme);
  check_lengthened_values(reader, scheme);
  check_date(reader, scheme);
}

}  // namespace postern::compiler
