# `postern_compiler.wasm`: the compiler for hosts that run no native code, such as a browser. Built by
# `cmake --build --preset compiler`, never by the default target.

include(wasm/code.cmake)

# What makes the gate's module need no imports does the same here.
set(runtime ../wasm/postern/abi/runtime.cpp)
add_executable(postern_compiler_module EXCLUDE_FROM_ALL
  ${compiler_files} ${module_files} ${runtime})
set_target_properties(postern_compiler_module PROPERTIES OUTPUT_NAME postern_compiler)
target_precompile_headers(postern_compiler_module PRIVATE ${compiler_headers})
set_source_files_properties(${runtime} PROPERTIES
  SKIP_PRECOMPILE_HEADERS ON SKIP_UNITY_BUILD_INCLUSION ON)
compile_together(postern_compiler_module)
target_link_options(postern_compiler_module PRIVATE
  # toml++ reads values in values by recursion, 256 deep, and takes them down by it.
  -Wl,-z,stack-size=1048576
  # 512 MiB: a text of 4 MiB that is all brackets becomes 100 times as much.
  -Wl,--max-memory=536870912)
target_link_libraries(postern_compiler_module PRIVATE
  postern_core postern_compiler_code postern_module_code postern_module_link postern_warnings)
optimize_module(postern_compiler_module)
