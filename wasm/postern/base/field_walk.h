#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <span>

#include "postern/base/bytes.h"
#include "postern/base/check.h"
#include "postern/base/fields.h"

namespace postern {

/// A span of any type as it lies in memory: where its elements begin, and how many there are.
struct ListedSpan {
  std::byte* first = nullptr;
  std::size_t count = 0;
};
static_assert(sizeof(ListedSpan) == sizeof(Bytes));

[[nodiscard]] inline ListedSpan span_at(const std::byte* at) {
  ListedSpan span;
  std::memcpy(&span, at, sizeof(span));
  return span;
}

/// `walk_fields` goes through the fields of a record, and of all elements of its lists, in the
/// order of the wire, without recursion. `visit.value(field, at)` takes a field that is no list,
/// and says whether to go on; `visit.list(field, at)` takes a list and gives its elements.
template <class Visitor>
void walk_fields(std::span<const Field> fields, std::byte* record, Visitor& visit) {
  struct Level {
    const Field* next;
    const Field* first;
    const Field* end;
    std::byte* record;
    std::size_t left;  // Elements, this one too.
    std::size_t element_bytes;
  };
  std::array<Level, field_depth_max + 1> levels;
  Level* level = levels.data();
  *level = {fields.data(), fields.data(), fields.data() + fields.size(), record, 1, 0};
  for (;;) {
    if (level->next == level->end) {
      if (--level->left != 0) {
        level->record += level->element_bytes;
        level->next = level->first;
      } else if (level == levels.data()) {
        return;
      } else {
        --level;
      }
      continue;
    }
    const Field& field = *level->next++;
    std::byte* const at = level->record + field.offset;
    if (field.kind == Field::Kind::when) {
      const auto tag = std::to_integer<std::uint16_t>(*at);
      if (tag < field.first || tag > field.last) {
        level->next += field.size;
      }
    } else if (field.kind == Field::Kind::list8 || field.kind == Field::Kind::list16) {
      const ListedSpan elements = visit.list(field, at);
      const Field* const first = level->next;
      level->next += field.size;
      if (elements.count != 0) {
        POSTERN_CHECK(level != &levels.back());
        *++level = {first, first, first + field.size, elements.first, elements.count, field.first};
      }
    } else if (!visit.value(field, at)) {
      return;
    }
  }
}

}  // namespace postern
