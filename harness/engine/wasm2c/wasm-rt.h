#ifndef POSTERN_WASM_RT_H
#define POSTERN_WASM_RT_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

// What the C that wasm2c (wabt 1.0.39) generates expects of its runtime, as far as a module without
// imports and with one memory and one table needs it. The name of this file is wasm2c's choice.
//
// Every access to memory is compared with the memory's size (no guard pages, no signal handlers),
// so a trap is an ordinary jump that works in any thread and under a debugger.

#ifdef __cplusplus
extern "C" {
#endif

#define LIKELY(condition) __builtin_expect(!!(condition), 1)
#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#define wasm_rt_memcpy memcpy
#define wasm_rt_unreachable __builtin_unreachable

#define WABT_BIG_ENDIAN 0
#define WASM_RT_USE_SEGUE 0
#define WASM_RT_SEGUE_FREE_SEGMENT 0
#define WASM_RT_SANITY_CHECKS 0
#define WASM_RT_MEMCHECK_GUARD_PAGES 0
#define WASM_RT_STACK_DEPTH_COUNT 1

/// Deepest nesting of calls in the module; the core does not recurse, so this is far away.
#define WASM_RT_MAX_CALL_STACK_DEPTH 500

/// Calls of the module that are open in this thread.
extern __thread uint32_t wasm_rt_call_stack_depth;

typedef enum {
  WASM_RT_TRAP_NONE,
  WASM_RT_TRAP_OOB,
  WASM_RT_TRAP_INT_OVERFLOW,
  WASM_RT_TRAP_DIV_BY_ZERO,
  WASM_RT_TRAP_INVALID_CONVERSION,
  WASM_RT_TRAP_UNREACHABLE,
  WASM_RT_TRAP_CALL_INDIRECT,
  WASM_RT_TRAP_EXHAUSTION,
} wasm_rt_trap_t;

/// `wasm_rt_trap` leaves the module for the `wasm_rt_try` that is open in this thread, and aborts
/// the program when there is none.
__attribute__((noreturn)) void wasm_rt_trap(wasm_rt_trap_t trap);

/// `wasm_rt_trap_name` says which trap, in words.
const char* wasm_rt_trap_name(wasm_rt_trap_t trap);

/// `wasm_rt_try` runs `call(context)` and returns the trap that ended it, or `WASM_RT_TRAP_NONE`.
/// It must not be nested. A C++ `call` must have no object with a destructor alive while it is in
/// the module: a trap jumps past it.
wasm_rt_trap_t wasm_rt_try(void (*call)(void* context), void* context);

typedef enum {
  WASM_RT_I32,
  WASM_RT_I64,
  WASM_RT_F32,
  WASM_RT_F64,
  WASM_RT_V128,
  WASM_RT_FUNCREF,
  WASM_RT_EXTERNREF,
} wasm_rt_type_t;

/// One linear memory. All of its maximum is reserved at once, so `data` never moves.
typedef struct {
  uint8_t* data;
  uint64_t pages;
  uint64_t max_pages;
  uint64_t size;  // Bytes: `pages` times `page_size`.
  uint32_t page_size;
  bool is64;
} wasm_rt_memory_t;

/// `wasm_rt_allocate_memory` reserves `max_pages` pages of zeroes and opens the first
/// `initial_pages`. Aborts when the system has no address space left.
void wasm_rt_allocate_memory(wasm_rt_memory_t* memory, uint64_t initial_pages, uint64_t max_pages,
                             bool is64, uint32_t page_size);
/// `wasm_rt_grow_memory` returns the number of pages before, or all bits set when the maximum is
/// reached.
uint64_t wasm_rt_grow_memory(wasm_rt_memory_t* memory, uint64_t pages);
void wasm_rt_free_memory(wasm_rt_memory_t* memory);

/// A function type is 32 bytes that name it; generated code compares them.
typedef const char* wasm_rt_func_type_t;
typedef void (*wasm_rt_function_ptr_t)(void);
typedef struct wasm_rt_tailcallee_t {
  void (*fn)(void** instance_ptr, void* tail_call_stack, struct wasm_rt_tailcallee_t* next);
} wasm_rt_tailcallee_t;

typedef struct {
  wasm_rt_func_type_t func_type;
  wasm_rt_function_ptr_t func;
  wasm_rt_tailcallee_t func_tailcallee;
  void* module_instance;
} wasm_rt_funcref_t;

static const wasm_rt_funcref_t wasm_rt_funcref_null_value = {NULL, NULL, {NULL}, NULL};

typedef struct {
  wasm_rt_funcref_t* data;
  uint32_t max_size;
  uint32_t size;
} wasm_rt_funcref_table_t;

void wasm_rt_allocate_funcref_table(wasm_rt_funcref_table_t* table, uint32_t elements,
                                    uint32_t max_elements);
void wasm_rt_free_funcref_table(wasm_rt_funcref_table_t* table);

typedef void* wasm_rt_externref_t;
#define wasm_rt_externref_null_value NULL
typedef struct {
  wasm_rt_externref_t* data;
  uint32_t max_size;
  uint32_t size;
} wasm_rt_externref_table_t;

/// `wasm_rt_is_initialized` is always true: this runtime has nothing to set up.
bool wasm_rt_is_initialized(void);

#ifdef __cplusplus
}
#endif

#endif  // POSTERN_WASM_RT_H
