# `postern_harness.wasm`: the harness for hosts that run no native code. Built by
# `cmake --build --preset harness`, never by the default target. What it imports is the cryptography
# of wasm/cryptography.cpp.

find_path(nlohmann_folder NAMES json.hpp PATH_SUFFIXES nlohmann
  PATHS /usr/include /usr/local/include NO_DEFAULT_PATH NO_CMAKE_FIND_ROOT_PATH)
set(headers "${CMAKE_CURRENT_BINARY_DIR}/headers")
file(MAKE_DIRECTORY "${headers}")
if(nlohmann_folder)
  file(CREATE_LINK "${nlohmann_folder}" "${headers}/nlohmann" SYMBOLIC)
else()
  message(STATUS "Without nlohmann/json.hpp the harness's module cannot be built")
endif()

# Of the native command's files those that open nothing and ask nobody.
set(shared_files
  host/address.cpp
  host/frames_encode.cpp
  host/gate_sources.cpp
  host/text_forms.cpp
  portable/harness_request.cpp
  portable/ordered_delivery.cpp
  portable/refusal.cpp
  portable/secret_input.cpp
  portable/send_command.cpp
  portable/send_delivery.cpp
  portable/send_request.cpp
  portable/shown_delivery.cpp
  portable/sign_command.cpp
  sender/fresh_event.cpp
  ${sender_files})

set(runtime "${PROJECT_SOURCE_DIR}/wasm/postern/abi/runtime.cpp")
add_executable(postern_harness_module EXCLUDE_FROM_ALL ${shared_files} ${module_files} ${runtime})
set_target_properties(postern_harness_module PROPERTIES OUTPUT_NAME postern_harness)
target_include_directories(postern_harness_module SYSTEM PRIVATE "${headers}")
# nlohmann's JSON without streams and file names.
target_compile_definitions(postern_harness_module PRIVATE JSON_NO_IO JSON_HAS_FILESYSTEM=0
  JSON_HAS_EXPERIMENTAL_FILESYSTEM=0)
target_precompile_headers(postern_harness_module PRIVATE ${large_headers})
compile_together(postern_harness_module)
set_source_files_properties(${runtime} wasm/snprintf.cpp PROPERTIES
  SKIP_PRECOMPILE_HEADERS ON SKIP_UNITY_BUILD_INCLUSION ON)
target_link_libraries(postern_harness_module PRIVATE
  postern_compiler_objects postern_command_module postern_warnings)
optimize_module(postern_harness_module)
