#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace postern::compiler {

/// All the state of a module that answers requests: the bytes of the request and of its answer. A
/// host calls `_initialize` once; then, for each request, it asks for room, writes the request
/// there, has it answered, and reads the answer. A trap is a defect, or memory that ran out: the
/// instance is thrown away.
class RequestBuffers {
 public:
  /// Room for a request of `length` bytes, as an address; 0 for more than `most`, and for none.
  [[nodiscard]] std::uint32_t make_room(std::uint32_t length, std::size_t most) {
    input_.assign(length <= most ? length : 0, std::byte{});
    return input_.empty() ? 0 : address_of(input_);
  }

  /// Answers the request that was written, and gives the answer's length; 0 when it was none. The
  /// request, which may hold secrets, is wiped.
  template <class Answer>
  [[nodiscard]] std::uint32_t run(const Answer& answer) {
    std::optional<std::vector<std::byte>> bytes = answer(input_);
    output_ = std::move(bytes).value_or(std::vector<std::byte>{});
    input_.assign(input_.size(), std::byte{});
    return static_cast<std::uint32_t>(output_.size());
  }

  /// Where the answer is.
  [[nodiscard]] std::uint32_t output() const { return address_of(output_); }

 private:
  [[nodiscard]] static std::uint32_t address_of(const std::vector<std::byte>& bytes) {
    return static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(bytes.data()));
  }

  std::vector<std::byte> input_;
  std::vector<std::byte> output_;
};

}  // namespace postern::compiler
