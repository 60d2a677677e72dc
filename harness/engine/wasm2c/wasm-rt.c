#include "wasm-rt.h"

#include <stdlib.h>
#include <sys/mman.h>

__thread uint32_t wasm_rt_call_stack_depth;

/// Where a trap of this thread lands; null outside `wasm_rt_try`.
static __thread jmp_buf* landing;

wasm_rt_trap_t wasm_rt_try(void (*call)(void* context), void* context) {
  jmp_buf here;
  landing = &here;
  wasm_rt_call_stack_depth = 0;
  const int trap = setjmp(here);
  if (trap == 0) {
    call(context);
  }
  landing = NULL;
  return (wasm_rt_trap_t)trap;
}

void wasm_rt_trap(wasm_rt_trap_t trap) {
  if (landing == NULL) {
    abort();
  }
  longjmp(*landing, (int)trap);
}

const char* wasm_rt_trap_name(wasm_rt_trap_t trap) {
  switch (trap) {
    case WASM_RT_TRAP_NONE:
      return "no trap";
    case WASM_RT_TRAP_OOB:
      return "out of bounds";
    case WASM_RT_TRAP_INT_OVERFLOW:
      return "integer overflow";
    case WASM_RT_TRAP_DIV_BY_ZERO:
      return "division by zero";
    case WASM_RT_TRAP_INVALID_CONVERSION:
      return "invalid conversion";
    case WASM_RT_TRAP_UNREACHABLE:
      return "unreachable";
    case WASM_RT_TRAP_CALL_INDIRECT:
      return "wrong indirect call";
    case WASM_RT_TRAP_EXHAUSTION:
      return "call stack exhausted";
  }
  return "unknown trap";
}

void wasm_rt_allocate_memory(wasm_rt_memory_t* memory, uint64_t initial_pages, uint64_t max_pages,
                             bool is64, uint32_t page_size) {
  const uint64_t reserved = max_pages * page_size;
  void* data = mmap(NULL, reserved, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (data == MAP_FAILED) {
    abort();
  }
  *memory = (wasm_rt_memory_t){.data = data,
                               .pages = initial_pages,
                               .max_pages = max_pages,
                               .size = initial_pages * page_size,
                               .page_size = page_size,
                               .is64 = is64};
}

uint64_t wasm_rt_grow_memory(wasm_rt_memory_t* memory, uint64_t pages) {
  const uint64_t before = memory->pages;
  if (pages > memory->max_pages - before) {
    return UINT64_MAX;
  }
  memory->pages = before + pages;
  memory->size = memory->pages * memory->page_size;
  return before;
}

void wasm_rt_free_memory(wasm_rt_memory_t* memory) {
  munmap(memory->data, memory->max_pages * memory->page_size);
  memory->data = NULL;
}

void wasm_rt_allocate_funcref_table(wasm_rt_funcref_table_t* table, uint32_t elements,
                                    uint32_t max_elements) {
  table->data = calloc(elements, sizeof(wasm_rt_funcref_t));
  if (table->data == NULL && elements != 0) {
    abort();
  }
  table->size = elements;
  table->max_size = max_elements;
}

void wasm_rt_free_funcref_table(wasm_rt_funcref_table_t* table) {
  free(table->data);
  table->data = NULL;
}

bool wasm_rt_is_initialized(void) { return true; }
