#include "postern/http/form.h"

#include <algorithm>

#include "postern/base/cut.h"
#include "postern/base/work.h"
#include "postern/http/percent.h"

namespace postern::http {
namespace {

/// Decodes into the room of the pair as it was received; the NUL takes the place of the `=`.
std::optional<FormField> parse_pair(std::string_view pair, Arena& arena) {
  const std::span<char> room = arena.make_chars(pair.size());
  const std::string_view raw_name = cut(pair, '=');
  if (raw_name.empty() || pair.data() == nullptr) {
    return std::nullopt;
  }
  const auto name = decode_form_component(raw_name, room);
  if (!name.has_value()) {
    return std::nullopt;
  }
  room[name->size()] = '\0';
  const auto value = decode_form_component(pair, room.subspan(name->size() + 1));
  if (!value.has_value()) {
    return std::nullopt;
  }
  return FormField{
      .name = *name, .value = *value, .pair = {room.data(), name->size() + 1 + value->size()}};
}

/// A field in its order, and how many bytes its pair has in common with the one before it.
struct Ordered {
  const FormField* field = nullptr;
  std::size_t shared = 0;
};

/// How many bytes `a` and `b` have in common, of which `known` are known already.
std::size_t shared_bytes(std::string_view a, std::string_view b, std::size_t known) {
  const std::size_t most = std::min(a.size(), b.size());
  const std::size_t from = known;
  while (known < most && a[known] == b[known]) {
    ++known;
  }
  POSTERN_WORK(known - from + 1);
  return known;
}

bool precedes(std::string_view a, std::string_view b, std::size_t shared) {
  return shared == a.size() || (shared < b.size() && static_cast<unsigned char>(a[shared]) <
                                                         static_cast<unsigned char>(b[shared]));
}

/// Puts `field` into its place among the first `count` of `order`; false when it is there already.
bool insert(const FormField& field, std::span<Ordered> order, std::size_t count) {
  std::size_t at = 0;
  std::size_t shared = 0;  // Of `field` and the one before `at`.
  for (; at < count && shared <= order[at].shared; ++at) {
    if (shared < order[at].shared) {
      continue;  // It comes behind this one where it came behind the one before.
    }
    const std::string_view other = order[at].field->pair;
    const std::size_t now_shared = shared_bytes(field.pair, other, shared);
    if (now_shared == other.size() && now_shared == field.pair.size()) {
      return false;
    }
    if (precedes(field.pair, other, now_shared)) {
      order[at].shared = now_shared;
      break;
    }
    shared = now_shared;
  }
  std::ranges::move_backward(order.subspan(at, count - at),
                             order.subspan(at, count - at + 1).end());
  order[at] = {.field = &field, .shared = shared};
  return true;
}

}  // namespace

Result<std::span<FormField>, FormFault> parse_form(std::string_view body, Arena& arena) {
  if (body.empty()) {
    return std::span<FormField>();
  }
  POSTERN_WORK(body.size());
  const auto count = static_cast<std::size_t>(std::ranges::count(body, '&')) + 1;
  if (count > form_fields_max) {
    return refuse(FormFault::too_many_fields);
  }
  const std::span<FormField> fields = arena.make_array<FormField>(count);
  for (FormField& field : fields) {
    const std::optional<FormField> parsed = parse_pair(cut(body, '&'), arena);
    if (!parsed.has_value()) {
      return refuse(FormFault::malformed);
    }
    field = *parsed;
  }
  return fields;
}

std::size_t count_fields(std::span<const FormField> fields, std::string_view name) {
  return static_cast<std::size_t>(std::ranges::count(fields, name, &FormField::name));
}

std::optional<std::string_view> only_field(std::span<const FormField> fields,
                                           std::string_view name) {
  if (count_fields(fields, name) != 1) {
    return std::nullopt;
  }
  return std::ranges::find(fields, name, &FormField::name)->value;
}

/// An insertion sort that remembers common prefixes, because a stranger chooses the fields: names
/// that differ in their last byte only would else be compared to their end some 30,000 times.
/// Source: Bingmann, Eberle, Sanders: Engineering Parallel String Sorting, section 2 (LCP insertion
/// sort). arXiv 1403.2056.
std::span<FormField> sort_for_signing(std::span<const FormField> fields, Arena& arena) {
  const std::span<Ordered> order = arena.make_array<Ordered>(fields.size());
  std::size_t count = 0;
  for (const FormField& field : fields) {
    count += insert(field, order, count) ? 1 : 0;
  }
  const std::span<FormField> sorted = arena.make_array<FormField>(count);
  for (std::size_t i = 0; i < count; ++i) {
    sorted[i] = *order[i].field;
  }
  return sorted;
}

}  // namespace postern::http
