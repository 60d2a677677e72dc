#include <cstddef>
#include <expected>  // For the declaration of std::__libcpp_verbose_abort.

#include "postern/base/check.h"

// Mostly what the C and C++ libraries call when they give up. Their own versions print first, which
// would make the module import a file system; ours trap at once, which is all a host needs to know.
// Each of these replaces a library symbol, so that the linker never takes the library's object.

extern "C" {

[[noreturn]] void abort() { postern::trap(); }

[[noreturn]] void abort_message(const char* /*format*/, ...) { postern::trap(); }

/// `__abort_message` is `abort_message` under its newer name.
[[noreturn]] void __abort_message(const char* /*format*/, ...) { postern::trap(); }

/// `__stack_chk_guard` and `__stack_chk_fail`: Debian's compiler-rt for wasm32 was built with the
/// stack protector, and its 64-bit and 128-bit division asks for both. A fixed guard is enough:
/// WebAssembly keeps return addresses where no overflow reaches them.
unsigned long __stack_chk_guard = 0x00d0'a0ffUL;

[[noreturn]] void __stack_chk_fail() { postern::trap(); }

/// `memchr` without the library's steps of whole words: 0.3 KB less, and the texts that the core
/// searches are names and values of a few dozen bytes.
void* memchr(const void* begin, int wanted, std::size_t size) {
  const auto* bytes = static_cast<const unsigned char*>(begin);
  for (std::size_t i = 0; i < size; ++i) {
    if (bytes[i] == static_cast<unsigned char>(wanted)) {
      return const_cast<unsigned char*>(bytes + i);
    }
  }
  return nullptr;
}

}  // extern "C"

/// `std::__libcpp_verbose_abort` ends the hardened checks of libc++, which declares it for programs
/// to replace; since its version 20 as one that does not throw.
[[noreturn]] void std::__libcpp_verbose_abort(const char* /*format*/,
                                              ...) noexcept(_LIBCPP_VERSION >= 200000) {
  postern::trap();
}
