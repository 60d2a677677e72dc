#include "postern/gate/forward_fields.h"

#include "postern/base/word_list.h"
#include "postern/encoding/hex.h"
#include "postern/gate/ledger_rows.h"
#include "postern/http/header_rules.h"

namespace postern::gate {
namespace {

using namespace std::string_view_literals;

/// By the numbers of the fields.
constexpr std::array names = {"postern-source"sv,
                              "postern-event"sv,
                              "postern-id"sv,
                              "postern-key"sv,
                              "postern-content-key"sv,
                              "postern-attempt"sv,
                              "postern-maybe-duplicate"sv,
                              "postern-proof"sv,
                              "postern-verdict"sv,
                              "postern-reason"sv,
                              "postern-tenant"sv};
static_assert(names.size() == forward_fields_count);
static_assert(static_cast<std::size_t>(ForwardField::tenant) + 1 == forward_fields_count);
constexpr auto name_list = make_word_list<word_list_bytes(names)>(names);

}  // namespace

void ForwardFields::set(ForwardField field, std::string_view value) {
  // Space around a value is lost on the way.
  const bool is_kept =
      http::is_header_text(value) && !value.empty() && value.front() > ' ' && value.back() > ' ';
  values_[static_cast<std::size_t>(field)] = is_kept ? value : std::string_view{};
}

std::size_t ForwardFields::write_headers(std::span<http::Header> room) const {
  WordList words(name_list);
  std::size_t count = 0;
  for (const std::string_view value : values_) {
    const std::string_view name = words.next();
    if (!value.empty()) {
      room[count++] = {.name = name, .value = value};
    }
  }
  return count;
}

void tell_event(const Call& call, ForwardFields& fields) {
  const Facts& facts = call.facts;
  fields.set(ForwardField::source, call.source->policy->name);
  fields.set(ForwardField::event, facts.event.type);
  fields.set(ForwardField::id, facts.sender_id);
  fields.set(ForwardField::tenant, call.arrival.tenant);
  fields.set(ForwardField::proof, scheme::name_of(facts.seal.proof));
}

void tell_keys(const Call& call, ForwardFields& fields) {
  const Facts& facts = call.facts;
  fields.set(ForwardField::key,
             encoding::encode_hex(own_key(facts.event, facts.grant.is_copy), call.arena));
  if (scheme::has_hint(facts.event)) {
    fields.set(ForwardField::content_key, encoding::encode_hex(facts.event.key, call.arena));
  }
}

}  // namespace postern::gate
