# CMake 3.25 knows no platform named WASI; an executable there is a module.
set(WASI 1)
set(CMAKE_EXECUTABLE_SUFFIX ".wasm")
