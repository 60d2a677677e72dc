#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "compiler/request_reader.h"
#include "harness/portable/secret_input.h"
#include "postern/base/wire.h"

// What requests of several kinds have in them: harness_request.h.

namespace postern::harness {

[[nodiscard]] inline std::string read_text(Reader& reader) {
  return std::string(text_of(reader.bytes32()));
}

[[nodiscard]] inline std::int64_t read_time(Reader& reader) {
  return static_cast<std::int64_t>(reader.u64());
}

template <class Read>
[[nodiscard]] auto read_optional(Reader& reader, const Read& read) {
  return compiler::read_choice(reader) ? std::optional(read(reader)) : std::nullopt;
}

[[nodiscard]] SecretInput read_secret_input(Reader& reader);

}  // namespace postern::harness
