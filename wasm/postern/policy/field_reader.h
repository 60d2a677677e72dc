#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

#include "postern/base/arena.h"
#include "postern/base/wire.h"
#include "postern/policy/policy.h"

namespace postern::policy {

/// Reads the kinds of fields that a policy is made of. As in `Reader`, the first field that does
/// not fit latches, so that a decoder reads straight on and asks once. Each function fills an
/// element that stands in its list already: a rule has hundreds of bytes, and handing them back
/// would copy them.
class FieldReader {
 public:
  FieldReader(Bytes file, Arena& arena) : reader_(file), arena_(arena) {}

  [[nodiscard]] bool finished() const { return reader_.finished(); }
  [[nodiscard]] bool ran_out_of_room() const { return ran_out_of_room_; }

 protected:
  /// One kind of list: how its elements are made, and how each is read.
  struct ListRule {
    const void* prototype;
    std::size_t element_bytes;
    std::size_t alignment;
    void (*read)(FieldReader& fields, void* element);
  };

  /// Reads a list by its rule and gives its length. It asks for room only after it is sure that
  /// there is some: a policy is not trusted, and the arena traps when it runs out. One function for
  /// all kinds of lists: a copy for each would be half of the decoder.
  [[nodiscard]] std::size_t read_list(const ListRule& rule, std::size_t most, void*& first) {
    const std::size_t count = reader_.count16(most);
    const std::size_t room = arena_.bytes_left();
    if (room < rule.alignment || count > (room - rule.alignment) / rule.element_bytes) {
      ran_out_of_room_ = true;
      reader_.fail();
      return 0;
    }
    first = arena_.make_copies(count, rule.prototype, rule.element_bytes, rule.alignment);
    for (std::size_t i = 0; i < count && !reader_.failed(); ++i) {
      rule.read(*this, static_cast<std::byte*>(first) + i * rule.element_bytes);
    }
    return reader_.failed() ? 0 : count;
  }

  /// `list` reads every element by the member function `read` of the class that reads.
  template <auto read, class Self, class Element>
  void list(this Self& self, std::span<const Element>& to, std::size_t most) {
    static_assert(std::is_trivially_copyable_v<Element>);
    static constexpr Element prototype{};
    static constexpr ListRule rule = {
        .prototype = &prototype,
        .element_bytes = sizeof(Element),
        .alignment = alignof(Element),
        .read = [](FieldReader& fields, void* element) {
          (static_cast<Self&>(fields).*read)(*static_cast<Element*>(element));
        }};
    void* first = nullptr;
    const std::size_t count = self.read_list(rule, most, first);
    to = {static_cast<const Element*>(first), count};
  }

  void text(std::string_view& to) {
    to = reader_.text16();
    require(to.size() <= text_bytes_max);
  }

  void texts(std::span<const std::string_view>& to, std::size_t most) {
    list<&FieldReader::text>(to, most);
  }

  /// The enumerators from `first` to `last` are those that mean something.
  template <class Enumerator>
  void enumerator(Enumerator& to, Enumerator first, Enumerator last) {
    to = static_cast<Enumerator>(
        u8_between(static_cast<std::uint8_t>(first), static_cast<std::uint8_t>(last)));
  }

  [[nodiscard]] std::uint8_t u8_between(std::uint8_t first, std::uint8_t last) {
    const std::uint8_t value = reader_.u8();
    require(first <= value && value <= last);
    return reader_.failed() ? first : value;
  }

  void require(bool condition) {
    if (!condition) {
      reader_.fail();
    }
  }

  void truth(bool& to) { to = u8_between(0, 1) == 1; }

  void slot(std::uint16_t& to) {
    to = reader_.u16();
    require(to < settings_);
  }

  void slot_or_none(std::uint16_t& to) {
    to = reader_.u16();
    require(to == Setting::no_slot || to < settings_);
  }

  Reader reader_;
  Arena& arena_;
  std::size_t settings_ = 0;
  bool ran_out_of_room_ = false;
};

}  // namespace postern::policy
