# add_wasm_library(TARGET MODULE file.wasm NAME name RUNTIME files...) compiles a module back to a
# native static library with wasm2c. The generated header is `NAME.h`.
#
# wasm2c comes from the npm package `wabt` (a build of the tools that runs in Node): the
# distribution's 1.0.32 aborts on SIMD instructions. The SIMD of the generated C is SIMDe's.

set(POSTERN_MODULE "${PROJECT_SOURCE_DIR}/build/wasm/wasm/postern.wasm" CACHE FILEPATH
  "The module that the harness links; built by the preset `wasm`.")
set(POSTERN_NODE "${PROJECT_SOURCE_DIR}/node_modules/.bin/node" CACHE FILEPATH
  "The Node that runs wasm2c.")
set(POSTERN_WASM2C "${PROJECT_SOURCE_DIR}/node_modules/wabt/bin/wasm2c" CACHE FILEPATH
  "wasm2c of the npm package wabt.")

function(add_wasm_library target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "MODULE;NAME" "RUNTIME")
  foreach(needed "${arg_MODULE}" "${POSTERN_NODE}" "${POSTERN_WASM2C}")
    if(NOT EXISTS "${needed}")
      message(STATUS "Not there yet: ${needed} (`./dev build` does npm ci, the module, then this)")
    endif()
  endforeach()

  set(folder "${CMAKE_CURRENT_BINARY_DIR}/${target}")
  file(MAKE_DIRECTORY "${folder}")
  set(source "${folder}/${arg_NAME}.c")
  set(header "${folder}/${arg_NAME}.h")

  add_custom_command(
    OUTPUT "${source}" "${header}"
    COMMAND "${POSTERN_NODE}" "${POSTERN_WASM2C}"
      "--module-name=${arg_NAME}" "${arg_MODULE}" -o "${source}"
    DEPENDS "${arg_MODULE}"
    COMMENT "Compiling ${arg_NAME}.wasm back to C"
    VERBATIM)

  add_library(${target} STATIC "${source}" "${header}" ${arg_RUNTIME})
  set(runtime_header ${arg_RUNTIME})
  list(FILTER runtime_header INCLUDE REGEX "wasm-rt\\.h$")
  cmake_path(GET runtime_header PARENT_PATH runtime_folder)
  target_include_directories(${target} SYSTEM PUBLIC
    "${folder}" "${CMAKE_CURRENT_SOURCE_DIR}/${runtime_folder}")
  # Not our code, so not under our warnings; always optimised, since replays run through it.
  target_compile_options(${target} PRIVATE -O2 -w)
endfunction()
