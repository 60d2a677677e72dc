#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

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

/// The text of a `text16`.
[[nodiscard]] inline std::string_view listed_text(const std::byte* at) {
  std::string_view text;
  std::memcpy(&text, at, sizeof(std::string_view));
  return text;
}

/// `walk_fields` goes through the fields of a record, and of all elements of its lists, in the
/// order of the wire, without recursion. `visit.value(field, at)` takes a field that is no list,
/// and says whether to go on; `visit.list(field, at)` takes a list and gives its elements.
template <class Visitor>
void walk_fields(std::span<const Field> fields, const void* record_at, Visitor& visit) {
  // One walk for both directions: only a reader, which was given a record to fill, writes to it.
  auto* const record = static_cast<std::byte*>(const_cast<void*>(record_at));
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
      std::uint16_t tag = 0;
      std::memcpy(&tag, at, field.limits.last > UINT8_MAX ? sizeof(tag) : 1);
      if (tag < field.limits.first || tag > field.limits.last) {
        level->next += field.size;
      }
    } else if (field.kind == Field::Kind::list8 || field.kind == Field::Kind::list16) {
      const ListedSpan elements = visit.list(field, at);
      const Field* const first = level->next;
      level->next += field.size;
      if (elements.count != 0) {
        POSTERN_CHECK(level != &levels.back());
        *++level = {first,          first,          first + field.size,
                    elements.first, elements.count, field.limits.first};
      }
    } else if (field.kind == Field::Kind::record) {
      POSTERN_CHECK(level != &levels.back());
      *++level = {field.list, field.list, field.list + field.size, at, 1, 0};
    } else if (!visit.value(field, at)) {
      return;
    }
  }
}

}  // namespace postern
