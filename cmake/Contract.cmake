# What contract/contract.mjs says of the module's boundary, as C++ headers below `contract_headers` and,
# beside the module, as the script that the JavaScript hosts import. Made when CMake configures, and
# again when the table or its generator has changed: so that whatever reads sources (a compiler, an
# editor, clang-tidy) finds them without a build. Nothing of it is in git.

set(POSTERN_NODE "${PROJECT_SOURCE_DIR}/node_modules/.bin/node" CACHE FILEPATH
  "The Node that runs wasm-opt and contract/generate.mjs.")
set(contract_headers "${CMAKE_BINARY_DIR}/contract")

set(contract_arguments --headers "${contract_headers}")
if(CMAKE_SYSTEM_NAME STREQUAL "WASI")
  list(APPEND contract_arguments --scripts "${PROJECT_SOURCE_DIR}/build/contract")
endif()

file(GLOB contract_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/contract/*.mjs")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${contract_sources})
if(NOT EXISTS "${POSTERN_NODE}")
  message(FATAL_ERROR "${POSTERN_NODE} is missing: run `npm ci` first.")
endif()
execute_process(
  COMMAND "${POSTERN_NODE}" "${PROJECT_SOURCE_DIR}/contract/generate.mjs" ${contract_arguments}
  COMMAND_ERROR_IS_FATAL ANY)
