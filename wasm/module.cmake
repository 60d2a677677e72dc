# The shipped module `postern.wasm`, and `postern_trap.wasm`, which traps when a test tells it to.

add_library(postern_module_rules INTERFACE)
target_include_directories(postern_module_rules INTERFACE "${CMAKE_CURRENT_SOURCE_DIR}")
target_compile_options(postern_module_rules INTERFACE
  -Oz             # Size is what an isolate pays for at each start; hot files say otherwise below.
  -mcpu=lime1     # The features every engine of the last years has: no exceptions, no threads.
  -msimd128       # SHA-256's message schedule gains about a quarter; every host we know has it.
  -ffunction-sections -fdata-sections -fvisibility=hidden
  -flto)
target_link_options(postern_module_rules INTERFACE
  -mexec-model=reactor
  -Oz -mcpu=lime1 -flto
  --no-wasm-opt                # Else clang runs whatever wasm-opt is on the PATH.
  -Wl,--gc-sections,--strip-all
  -Wl,--compress-relocations   # Addresses as short as they are, not padded: 6 % smaller.
  -Wl,--stack-first            # An overflow of the stack traps instead of running into data.
  -Wl,-z,stack-size=131072     # 128 KiB; the core does not recurse.
  -Wl,--max-memory=67108864)   # 64 MiB: half of what the smallest host gives to script and module.
target_link_libraries(postern_module_rules INTERFACE postern_core_rules)

# What runs over whole bodies is compiled for speed.
set(hot_files crypto/sha1.cpp crypto/sha256_compress.cpp json/extract.cpp)
set_source_files_properties(${hot_files} PROPERTIES COMPILE_OPTIONS "-O2")

add_executable(postern_module ${core_files} ${abi_files})
set_target_properties(postern_module PROPERTIES OUTPUT_NAME postern)
target_link_libraries(postern_module PRIVATE postern_module_rules)

# For the edge tests only: the same sources, with an export that arms a trap. Never shipped.
add_executable(postern_trap_module ${core_files} ${abi_files})
set_target_properties(postern_trap_module PROPERTIES OUTPUT_NAME postern_trap)
target_compile_definitions(postern_trap_module PRIVATE POSTERN_TRAP_ON_DEMAND)
target_link_libraries(postern_trap_module PRIVATE postern_module_rules)
