#include "harness/host/defects.h"

#include <string>

namespace postern::harness {

void malformed_answer(std::string_view what) { throw MalformedAnswer(std::string(what)); }

}  // namespace postern::harness
