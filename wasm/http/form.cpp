#include "http/form.h"

#include <algorithm>

#include "base/cut.h"
#include "http/percent.h"

namespace postern::http {
namespace {

bool precedes(const FormField& left, const FormField& right) {
  const int by_name = left.name.compare(right.name);
  return by_name < 0 || (by_name == 0 && left.value < right.value);
}

std::optional<std::string_view> decode(std::string_view component, Arena& arena) {
  return decode_form_component(component, arena.make_array<char>(component.size()));
}

std::optional<FormField> parse_pair(std::string_view pair, Arena& arena) {
  const std::string_view raw_name = cut(pair, '=');
  if (raw_name.empty() || pair.data() == nullptr) {
    return std::nullopt;
  }
  const auto name = decode(raw_name, arena);
  const auto value = decode(pair, arena);
  if (!name.has_value() || !value.has_value()) {
    return std::nullopt;
  }
  return FormField{.name = *name, .value = *value};
}

}  // namespace

Result<std::span<FormField>, FormFault> parse_form(std::string_view body, Arena& arena) {
  if (body.empty()) {
    return std::span<FormField>();
  }
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

/// An insertion sort: at most `form_fields_max` fields, and small code. `std::sort` recurses.
std::span<FormField> sort_for_signing(std::span<const FormField> fields, Arena& arena) {
  const std::span<FormField> sorted = arena.make_array<FormField>(fields.size());
  std::size_t count = 0;
  for (const FormField& field : fields) {
    std::size_t at = count;
    while (at > 0 && precedes(field, sorted[at - 1])) {
      --at;
    }
    const bool is_repeated = at > 0 && !precedes(sorted[at - 1], field);
    if (!is_repeated) {
      for (std::size_t i = count; i > at; --i) {
        sorted[i] = sorted[i - 1];
      }
      sorted[at] = field;
      ++count;
    }
  }
  return sorted.first(count);
}

}  // namespace postern::http
