# `postern_compiler.wasm`: the compiler for hosts that run no native code, such as a browser. Built by
# `cmake --build --preset compiler`, never by the default target.

# toml++ and fmt are headers here, which lie among those of the machine that builds. Only their own
# folders may be seen.
set(headers "${CMAKE_CURRENT_BINARY_DIR}/headers")
file(MAKE_DIRECTORY "${headers}")
foreach(library toml++ fmt)
  find_path(${library}_folder NAMES toml.h format.h PATH_SUFFIXES "${library}"
    PATHS /usr/include /usr/local/include NO_DEFAULT_PATH NO_CMAKE_FIND_ROOT_PATH)
  if(${library}_folder)
    file(CREATE_LINK "${${library}_folder}" "${headers}/${library}" SYMBOLIC)
  else()
    message(STATUS "Without ${library} the compiler's module cannot be built")
  endif()
endforeach()

# What makes the gate's module need no imports does the same here.
set(runtime ../wasm/postern/abi/runtime.cpp)
add_executable(postern_compiler_module EXCLUDE_FROM_ALL
  ${compiler_files} ${module_files} ${runtime})
set_target_properties(postern_compiler_module PROPERTIES OUTPUT_NAME postern_compiler)
target_include_directories(postern_compiler_module PRIVATE "${PROJECT_SOURCE_DIR}")
target_include_directories(postern_compiler_module SYSTEM PRIVATE "${headers}")
target_compile_definitions(postern_compiler_module PRIVATE
  TOML_ENABLE_FORMATTERS=0
  # fmt without its library, and without what nobody formats here: floats, locales.
  FMT_HEADER_ONLY FMT_EXCEPTIONS=0 FMT_USE_FLOAT=0 FMT_USE_DOUBLE=0 FMT_USE_LONG_DOUBLE=0
  FMT_STATIC_THOUSANDS_SEPARATOR=44)
target_compile_options(postern_compiler_module PRIVATE
  -fno-exceptions -fno-rtti
  "SHELL:-include ${CMAKE_CURRENT_SOURCE_DIR}/wasm/fmt_traps.h")
target_precompile_headers(postern_compiler_module PRIVATE ${compiler_headers})
target_compile_options(postern_compiler_module PRIVATE -Wno-deprecated-declarations)
set_source_files_properties(${runtime} PROPERTIES
  SKIP_PRECOMPILE_HEADERS ON SKIP_UNITY_BUILD_INCLUSION ON)
compile_together(postern_compiler_module)
target_link_options(postern_compiler_module PRIVATE
  # toml++ reads values in values by recursion, 256 deep, and takes them down by it.
  -Wl,-z,stack-size=1048576
  # 512 MiB: a text of 4 MiB that is all brackets becomes 100 times as much.
  -Wl,--max-memory=536870912)
target_link_libraries(postern_compiler_module PRIVATE
  postern_core postern_toml postern_module_code postern_module_link postern_warnings)
optimize_module(postern_compiler_module)
