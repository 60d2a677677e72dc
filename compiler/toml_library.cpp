// toml++'s own code, compiled once for all that include its header.

#if defined(__wasi__)
#include "compiler/wasm/no_files.h"
#endif

// What toml++ asserts of a key is not so for `[=]`: with assertions it would abort, and without
// them assume it, where the code below would give the error. So nothing is asserted and nothing
// assumed.
#undef NDEBUG
#define TOML_ASSERT(condition) static_assert(true)
#define TOML_IMPLEMENTATION
#include <toml++/toml.h>
