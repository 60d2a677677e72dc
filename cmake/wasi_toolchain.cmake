# Builds for WebAssembly with the official wasi-sdk when WASI_SDK_PATH is set, else with the same
# parts as the distribution packages them: clang-22, lld-22, wasi-libc, libc++ and compiler-rt for
# wasm32.

set(CMAKE_SYSTEM_NAME WASI)
set(CMAKE_SYSTEM_PROCESSOR wasm32)
list(APPEND CMAKE_MODULE_PATH "${CMAKE_CURRENT_LIST_DIR}")

if(DEFINED ENV{WASI_SDK_PATH})
  set(POSTERN_WASI_SDK "$ENV{WASI_SDK_PATH}")
  set(CMAKE_C_COMPILER "${POSTERN_WASI_SDK}/bin/clang")
  set(CMAKE_CXX_COMPILER "${POSTERN_WASI_SDK}/bin/clang++")
  set(CMAKE_AR "${POSTERN_WASI_SDK}/bin/llvm-ar")
  set(CMAKE_RANLIB "${POSTERN_WASI_SDK}/bin/llvm-ranlib")
  set(CMAKE_SYSROOT "${POSTERN_WASI_SDK}/share/wasi-sysroot")
  set(POSTERN_WASI_INCLUDE "${CMAKE_SYSROOT}/include")
else()
  set(CMAKE_C_COMPILER clang-22)
  set(CMAKE_CXX_COMPILER clang++-22)
  set(CMAKE_AR llvm-ar-22)
  set(CMAKE_RANLIB llvm-ranlib-22)
  set(POSTERN_WASI_INCLUDE /usr/include)
endif()

# The sysroot says which name of the target it was built for: newer ones dropped `wasm32-wasi`, and
# Debian's has only that.
if(IS_DIRECTORY "${POSTERN_WASI_INCLUDE}/wasm32-wasip1")
  set(POSTERN_WASI_TRIPLE wasm32-wasip1)
elseif(IS_DIRECTORY "${POSTERN_WASI_INCLUDE}/wasm32-wasi")
  set(POSTERN_WASI_TRIPLE wasm32-wasi)
  # clang 22 calls this name deprecated, and the sysroot knows no other.
  set(CMAKE_C_FLAGS_INIT "-Wno-deprecated")
  set(CMAKE_CXX_FLAGS_INIT "-Wno-deprecated")
else()
  message(FATAL_ERROR "No WASI sysroot under ${POSTERN_WASI_INCLUDE}. Set WASI_SDK_PATH to an "
    "unpacked wasi-sdk, or install: wasi-libc libc++-22-dev-wasm32 libc++abi-22-dev-wasm32 "
    "libclang-rt-22-dev-wasm32 clang-22 lld-22 llvm-22.")
endif()

set(CMAKE_C_COMPILER_TARGET "${POSTERN_WASI_TRIPLE}")
set(CMAKE_CXX_COMPILER_TARGET "${POSTERN_WASI_TRIPLE}")

# A reactor has no main, so a trial program of CMake's cannot be linked.
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)

set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
