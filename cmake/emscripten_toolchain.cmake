# Builds with the Emscripten of EMSDK when that is set, else with the one that `./dev` has laid into
# build/emsdk (scripts/emscripten), which runs with Debian's clang-22 and npm's binaryen.

if(DEFINED ENV{EMSDK})
  set(EMSCRIPTEN_ROOT_PATH "$ENV{EMSDK}/upstream/emscripten")
else()
  set(EMSCRIPTEN_ROOT_PATH "${CMAKE_CURRENT_LIST_DIR}/../build/emsdk/emscripten")
  # It would rather have the clang that came out with it.
  set(CMAKE_C_FLAGS_INIT "-Wno-version-check")
  set(CMAKE_CXX_FLAGS_INIT "-Wno-version-check")
endif()
if(NOT EXISTS "${EMSCRIPTEN_ROOT_PATH}/em++")
  message(FATAL_ERROR "There is no em++ in ${EMSCRIPTEN_ROOT_PATH}. Set EMSDK to an emsdk with 6.0.5 "
    "installed, or run scripts/emscripten, which lays one into build/emsdk.")
endif()

include("${EMSCRIPTEN_ROOT_PATH}/cmake/Modules/Platform/Emscripten.cmake")
