# Compile options as interface targets, so that each target says which rules it lives under.

# Warnings for all code of this repository. Errors only where CI asks for it, so that a newer
# compiler's new warning does not stop a user's build.
add_library(postern_warnings INTERFACE)
target_compile_options(postern_warnings INTERFACE
  -Wall -Wextra -Wconversion -Wshadow
  $<$<BOOL:${POSTERN_WARNINGS_AS_ERRORS}>:-Werror>
  # Emscripten's own, which -Wall switches on again (cmake/emscripten_toolchain.cmake).
  $<$<PLATFORM_ID:Emscripten>:-Wno-version-check>)

# A precompiled header is taken for what its sources were when it was made; the build knows when they
# change. So equal sources give equal files, whenever and wherever they are compiled.
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:SHELL:-Xclang -fno-pch-timestamp>")
endif()

# The core lives without exceptions and run-time type information, in every build, so that what the
# unit tests see is what the module does.
add_library(postern_core_rules INTERFACE)
target_compile_options(postern_core_rules INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions>
  $<$<COMPILE_LANGUAGE:CXX>:-fno-rtti>
  # Nothing runs before the first call, and nothing is left to run after the last.
  $<$<COMPILE_LANG_AND_ID:CXX,Clang>:-Wglobal-constructors>
  $<$<COMPILE_LANG_AND_ID:CXX,Clang>:-Wexit-time-destructors>)
target_link_libraries(postern_core_rules INTERFACE postern_warnings)

# What links the core writes a profile at its end (tests/coverage/run.mjs). A linker keeps one copy of
# an inline function, no matter from which object: so all objects count, but only what the list names.
if(POSTERN_COVERAGE)
  add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:-fprofile-instr-generate;-fcoverage-mapping>"
    "$<$<COMPILE_LANGUAGE:CXX>:-fprofile-list=${PROJECT_SOURCE_DIR}/tests/coverage/counted.txt>")
  add_link_options(-fprofile-instr-generate)
endif()

if(POSTERN_SANITIZE)
  # Every finding ends the test: a sanitizer that only prints is not read. The core works in arenas
  # and views, where an index one too far is still inside of an allocation: the library's own
  # assertions see that. The coverage is for the fuzz targets, which link what is built here.
  add_compile_options(-fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all
    "-fsanitize-coverage-allowlist=${PROJECT_SOURCE_DIR}/tests/fuzz/coverage.txt"
    -fno-omit-frame-pointer -O1)
  add_compile_definitions(_GLIBCXX_ASSERTIONS)
  add_link_options(-fsanitize=address,undefined)
endif()
