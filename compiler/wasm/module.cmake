# `postern_compiler.wasm`: the compiler for hosts that run no native code, such as a browser. Built by
# `cmake --build --preset compiler`, never by the default target.

include(wasm/code.cmake)

# How modules are linked that may use the heap: the compiler's, and that of the harness.
add_library(postern_command_module INTERFACE)
target_link_options(postern_command_module INTERFACE
  # toml++ reads values in values by recursion, 256 deep, and takes them down by it.
  -Wl,-z,stack-size=1048576
  # 512 MiB: a text of 4 MiB that is all brackets becomes 100 times as much.
  -Wl,--max-memory=536870912)
target_link_libraries(postern_command_module INTERFACE
  postern_core postern_compiler_code postern_module_code postern_module_link)

# The compiler is compiled once for both.
add_library(postern_compiler_objects OBJECT EXCLUDE_FROM_ALL ${compiler_files})
target_precompile_headers(postern_compiler_objects PRIVATE ${compiler_headers})
compile_together(postern_compiler_objects)
target_link_libraries(postern_compiler_objects PRIVATE postern_command_module postern_warnings)

# What makes the gate's module need no imports does the same here.
set(runtime "${PROJECT_SOURCE_DIR}/wasm/postern/abi/runtime.cpp")
add_executable(postern_compiler_module EXCLUDE_FROM_ALL ${module_files} ${runtime})
set_target_properties(postern_compiler_module PROPERTIES OUTPUT_NAME postern_compiler)
target_link_libraries(postern_compiler_module PRIVATE
  postern_compiler_objects postern_command_module postern_warnings)
optimize_module(postern_compiler_module)
