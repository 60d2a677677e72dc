# `postern_harness.wasm`: the harness for hosts that run no native code. Built by
# `cmake --build --preset harness`, never by the default target. What it imports is what
# wasm/cryptography.cpp, imported_host.cpp and imported_outside.cpp say.

find_path(nlohmann_folder NAMES json.hpp PATH_SUFFIXES nlohmann
  PATHS /usr/include /usr/local/include NO_DEFAULT_PATH NO_CMAKE_FIND_ROOT_PATH)
set(headers "${CMAKE_CURRENT_BINARY_DIR}/headers")
file(MAKE_DIRECTORY "${headers}")
if(nlohmann_folder)
  file(CREATE_LINK "${nlohmann_folder}" "${headers}/nlohmann" SYMBOLIC)
else()
  message(STATUS "Without nlohmann/json.hpp the harness's module cannot be built")
endif()

# The native command's files, without what opens something or asks somebody.
set(shared_files
  ${derive_files} ${fixture_files} ${host_files} ${portable_files} ${sender_files}
  host/gate_sources.cpp
  host/http_message.cpp
  host/running_gate.cpp
  report/replay_formats.cpp
  report/replay_report.cpp
  fixture/check.cpp
  sender/fresh_event.cpp
  sender/recognize.cpp)
list(REMOVE_ITEM shared_files
  host/catalogue_files.cpp host/cryptography.cpp host/defects.cpp host/disk_files.cpp
  host/read_file.cpp)

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
