# The shipped modules: `postern.wasm`, and `postern_verify.wasm`, which only says whether a delivery
# is genuine; of each an edition with fewer features, `postern_small.wasm` and
# `postern_verify_shared.wasm`, which needs no host's cryptography and so answers at once. And
# `postern_trap.wasm`, which traps when a test tells it to.

# How code becomes a module's.
add_library(postern_module_code INTERFACE)
target_include_directories(postern_module_code INTERFACE
  "${CMAKE_CURRENT_SOURCE_DIR}" "${contract_headers}")
target_compile_options(postern_module_code INTERFACE
  -Oz             # Size is what an isolate pays for at each start; hot files say otherwise below.
  -mcpu=lime1     # The features every engine of the last years has: no exceptions, no threads.
  -msimd128       # SHA-256's message schedule gains about a quarter; every host we know has it.
  -ffunction-sections -fdata-sections -fvisibility=hidden
  -flto)

# And how modules are linked, whatever they hold.
add_library(postern_module_link INTERFACE)
target_link_options(postern_module_link INTERFACE
  -mexec-model=reactor
  -Oz -mcpu=lime1 -flto
  --no-wasm-opt                # Else clang runs whatever wasm-opt is on the PATH.
  -Wl,--gc-sections,--strip-all
  -Wl,--build-id=fast          # 8 bytes by which hosts tell whether they have the same module.
  # Engines find addresses for themselves; what LLVM prepares for them in loops is 0.6 % of the module.
  -Wl,-mllvm,-disable-lsr
  # Nor does a value that is computed on one way have to be kept for another: 0.3 % in gzip.
  -Wl,-mllvm,-enable-pre=false
  # A call takes fewer bytes here than clang supposes: inline only what is smaller by itself.
  -Wl,-mllvm,-inline-threshold=-15
  -Wl,--compress-relocations   # Addresses as short as they are, not padded: 6 % smaller.
  -Wl,--stack-first)           # An overflow of the stack traps instead of running into data.

add_library(postern_module_rules INTERFACE)
target_link_options(postern_module_rules INTERFACE
  -Wl,-z,stack-size=131072     # 128 KiB; the core does not recurse.
  -Wl,--max-memory=67108864)   # 64 MiB: half of what the smallest host gives to script and module.
target_link_libraries(postern_module_rules INTERFACE
  postern_module_code postern_module_link postern_core_rules)

# SHA-256, which nearly every sender signs with, is compiled for speed. For the rest, -Os or -O2
# would save no tenth of their time and cost a kilobyte.
set_source_files_properties(postern/crypto/sha256_compress.cpp PROPERTIES
  COMPILE_OPTIONS "-O2" SKIP_PRECOMPILE_HEADERS ON)

# clang leaves a tenth that binaryen's optimizer finds. Its version is pinned in package-lock.json,
# so that everyone who builds this module gets the same bytes.
set(wasm_opt "${PROJECT_SOURCE_DIR}/node_modules/binaryen/bin/wasm-opt")
if(NOT EXISTS "${wasm_opt}")
  message(FATAL_ERROR "${wasm_opt} is missing: run `npm ci` first.")
endif()
# Of modules in other folders too, which do not see what stands here.
function(optimize_module target)
  # The features of lime1, and vectors. No other may come in, whatever the optimizer would like.
  set(wasm_opt_features --mvp-features --enable-simd --enable-bulk-memory-opt --enable-sign-ext
    --enable-mutable-globals --enable-multivalue --enable-nontrapping-float-to-int
    --enable-extended-const --enable-call-indirect-overlong)
  set(wasm_opt "${PROJECT_SOURCE_DIR}/node_modules/binaryen/bin/wasm-opt")
  add_custom_command(TARGET ${target} POST_BUILD
    COMMAND "${POSTERN_NODE}" "${wasm_opt}" ${wasm_opt_features}
      --low-memory-unused  # Down there is the end of the stack, which no sum of addresses means.
      --flatten --rereloop -Oz -Oz
      "$<TARGET_FILE:${target}>" -o "$<TARGET_FILE:${target}>"
    COMMENT "Optimizing $<TARGET_FILE_NAME:${target}>"
    VERBATIM)
endfunction()

# All but the file that can be told to trap is compiled once for all modules, the compiler's too.
set(trapping_file postern/gate/machine.cpp)
set(shared_files ${core_files})
list(REMOVE_ITEM shared_files ${trapping_file} ${forwarding_files} ${asking_files})
add_library(postern_module_core OBJECT ${shared_files})
add_library(postern_module_forwarding OBJECT ${forwarding_files})
add_library(postern_module_asking OBJECT ${asking_files})
add_library(postern_module_abi OBJECT ${abi_files})
target_link_libraries(postern_module_core PRIVATE postern_module_rules)
target_precompile_headers(postern_module_core PRIVATE ${core_headers})
target_link_libraries(postern_module_forwarding PRIVATE postern_module_rules)
target_precompile_headers(postern_module_forwarding REUSE_FROM postern_module_core)
target_link_libraries(postern_module_asking PRIVATE postern_module_rules)
target_precompile_headers(postern_module_asking REUSE_FROM postern_module_core)
target_link_libraries(postern_module_abi PRIVATE postern_module_rules)
target_precompile_headers(postern_module_abi REUSE_FROM postern_module_core)

# A gate of this edition: `postern_module` and the like.
function(add_gate_module target name edition_file)
  add_executable(${target}
    ${trapping_file} ${ledger_export_file} ${resume_export_file} ${edition_file})
  set_target_properties(${target} PROPERTIES OUTPUT_NAME ${name})
  target_link_libraries(${target} PRIVATE
    postern_module_core postern_module_asking postern_module_forwarding postern_module_abi
    postern_module_rules)
  optimize_module(${target})
endfunction()

# One that only verifies.
function(add_verifying_module target name edition_file)
  add_executable(${target} ${trapping_file} ${verify_files} ${edition_file})
  set_target_properties(${target} PROPERTIES OUTPUT_NAME ${name})
  target_link_libraries(${target} PRIVATE
    postern_module_core postern_module_abi postern_module_rules)
  optimize_module(${target})
endfunction()

add_gate_module(postern_module postern ${full_edition_file})
add_gate_module(postern_small_module postern_small ${small_edition_file})
add_verifying_module(postern_verify_module postern_verify ${full_edition_file})
target_sources(postern_verify_module PRIVATE ${resume_export_file})
target_link_libraries(postern_verify_module PRIVATE postern_module_asking)
add_verifying_module(postern_verify_shared_module postern_verify_shared ${shared_edition_file})
target_sources(postern_verify_shared_module PRIVATE ${at_once_files})

# For the edge tests only: the same sources, with an export that arms a trap. Never shipped.
add_gate_module(postern_trap_module postern_trap ${full_edition_file})
target_compile_definitions(postern_trap_module PRIVATE POSTERN_TRAP_ON_DEMAND)

# The core for the compiler's module, which is no part of the default build.
add_library(postern_core STATIC EXCLUDE_FROM_ALL
  ${trapping_file} ${full_edition_file}
  $<TARGET_OBJECTS:postern_module_core> $<TARGET_OBJECTS:postern_module_asking>
  $<TARGET_OBJECTS:postern_module_forwarding>)
target_link_libraries(postern_core PUBLIC postern_module_code PRIVATE postern_core_rules)
