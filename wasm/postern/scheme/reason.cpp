#include "postern/scheme/reason.h"

#include <array>

#include "postern/base/check.h"
#include "postern/base/word_list.h"

namespace postern {
namespace {

struct Entry {
  std::string_view name;
  std::uint16_t status;
};

/// In the order of `Reason`. The module carries names and statuses apart.
constexpr std::array entries = {
    Entry{"", 200},
    Entry{"unknown_path", 404},
    Entry{"wrong_method", 405},
    Entry{"not_https", 403},
    Entry{"body_too_large", 413},
    Entry{"headers_too_large", 431},
    Entry{"encoded_body", 415},
    Entry{"unexpected_body", 400},
    Entry{"source_unavailable", 503},
    Entry{"address_refused", 403},
    Entry{"rate_limited", 429},
    Entry{"missing_signature", 401},
    Entry{"missing_timestamp", 401},
    Entry{"missing_id", 401},
    Entry{"malformed_signature", 401},
    Entry{"malformed_timestamp", 401},
    Entry{"malformed_id", 401},
    Entry{"malformed_content", 401},
    Entry{"body_hash_mismatch", 401},
    Entry{"untrusted_key_url", 401},
    Entry{"key_unavailable", 503},
    Entry{"untrusted_key", 401},
    Entry{"crypto_unavailable", 503},
    Entry{"unknown_tenant", 401},
    Entry{"bad_signature", 401},
    Entry{"stale", 401},
    Entry{"future", 401},
    Entry{"unexpected_form", 400},
    Entry{"malformed_body", 400},
    Entry{"missing_identity", 400},
    Entry{"malformed_identity", 400},
    Entry{"malformed_event_type", 400},
    Entry{"event_not_allowed", 400},
    Entry{"no_route", 200},
    Entry{"answered_by_route", 200},
    Entry{"unforwardable_query", 400},
    Entry{"lease_held", 503},
    Entry{"same_content", 409},
    Entry{"too_many_copies", 429},
    Entry{"ledger_unavailable", 503},
    Entry{"origin_refused", 502},
    Entry{"origin_timed_out", 504},
    Entry{"origin_reset", 504},
    Entry{"origin_error", 503},
    Entry{"origin_declined", 400},
    Entry{"origin_redirected", 502},
    Entry{"attempts_over", 503},
};

static_assert(entries.size() == static_cast<std::size_t>(reason_last) + 1);

/// One column of `entries`.
template <class Column>
consteval auto column(Column Entry::* member) {
  std::array<Column, entries.size()> values{};
  for (std::size_t i = 0; i < entries.size(); ++i) {
    values[i] = entries[i].*member;
  }
  return values;
}

constexpr auto statuses = column(&Entry::status);
constexpr auto names = make_word_list<word_list_bytes(column(&Entry::name))>(column(&Entry::name));

std::size_t index_of(Reason reason) {
  POSTERN_CHECK(reason <= reason_last);
  return static_cast<std::size_t>(reason);
}

}  // namespace

std::string_view name_of(Reason reason) { return WordList(names).at(index_of(reason)); }

std::uint16_t status_of(Reason reason) { return statuses[index_of(reason)]; }

}  // namespace postern
