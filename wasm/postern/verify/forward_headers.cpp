#include "postern/gate/forward_headers.h"

namespace postern::gate {

/// There is no origin that a header could go on to.
bool goes_on(const LiveSource&, std::string_view, Way) { return false; }

}  // namespace postern::gate
