#pragma once

#include "postern/base/check.h"

// What fmt does when it is used wrongly: a defect of ours, so it traps. Its own way would print
// first, which would make the module import a file system. Included before fmt in every file.

#define FMT_THROW(fault) ::postern::trap()
#define FMT_ASSERT(condition, message) ((condition) ? static_cast<void>(0) : ::postern::trap())
