#pragma once

#include <stdexcept>
#include <string_view>

// Our own faults, which end what is under way. A native command throws them; where there are no
// exceptions, in the harness's module, whoever runs it is told the words and the instance is gone.

namespace postern::harness {

/// The module gave a frame that its ABI does not allow: a defect of ours.
class MalformedAnswer : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Throws `MalformedAnswer`.
[[noreturn]] void malformed_answer(std::string_view what);

}  // namespace postern::harness
