# How the compiler's files become code of WebAssembly, whoever links it.

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

add_library(postern_compiler_code INTERFACE)
target_include_directories(postern_compiler_code INTERFACE "${PROJECT_SOURCE_DIR}")
target_include_directories(postern_compiler_code SYSTEM INTERFACE "${headers}")
target_compile_definitions(postern_compiler_code INTERFACE
  TOML_ENABLE_FORMATTERS=0
  # fmt without its library, and without what nobody formats here: floats, locales.
  FMT_HEADER_ONLY FMT_EXCEPTIONS=0 FMT_USE_FLOAT=0 FMT_USE_DOUBLE=0 FMT_USE_LONG_DOUBLE=0
  FMT_STATIC_THOUSANDS_SEPARATOR=44)
target_compile_options(postern_compiler_code INTERFACE
  -fno-exceptions -fno-rtti -Wno-deprecated-declarations
  "SHELL:-include ${CMAKE_CURRENT_SOURCE_DIR}/wasm/fmt_traps.h")
target_link_libraries(postern_compiler_code INTERFACE postern_toml)
if(EMSCRIPTEN)
  # toml++ takes streams for whole numbers there, which bring the library's locales.
  target_compile_definitions(postern_compiler_code INTERFACE TOML_INT_CHARCONV=1)
endif()
