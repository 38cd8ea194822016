#include "cuda/simt/fiber.h"

#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>
#include <new>

#ifndef __x86_64__
#error "the emulation of CUDA switches stacks by x86-64 instructions"
#endif

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#else
static void __sanitizer_start_switch_fiber(void**, const void*, size_t) {}
static void __sanitizer_finish_switch_fiber(void*, const void**, size_t*) {}
#endif

// Keeps the callee-saved registers on the old stack, its pointer in *save, and goes on where the
// stack `load` was left.
extern "C" void fovea_switch_stack(void** save, void* load);
asm(R"(
.text
.type fovea_switch_stack, @function
fovea_switch_stack:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size fovea_switch_stack, .-fovea_switch_stack
)");

// Where a new fiber starts: its address waits in r12.
extern "C" void fovea_fiber_start();
asm(R"(
.text
.type fovea_fiber_start, @function
fovea_fiber_start:
  movq %r12, %rdi
  callq *%r13
  ud2
.size fovea_fiber_start, .-fovea_fiber_start
)");

namespace fovea::cuda::emulation {

Fiber::Fiber() {
  void* memory = mmap(nullptr, kStackBytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  stack_ = static_cast<std::byte*>(memory);
}

Fiber::~Fiber() { munmap(stack_, kStackBytes); }

void Fiber::prepare(void (*entry)(void*), void* argument) {
#ifdef __SANITIZE_ADDRESS__
  __asan_unpoison_memory_region(stack_, kStackBytes);  // frames of a run that never returned
#endif
  entry_ = entry;
  argument_ = argument;
  void** top = reinterpret_cast<void**>(stack_ + kStackBytes) - 2;
  *--top = reinterpret_cast<void*>(&fovea_fiber_start);
  *--top = nullptr;                                 // rbp
  *--top = nullptr;                                 // rbx
  *--top = this;                                    // r12
  *--top = reinterpret_cast<void*>(&Fiber::begin);  // r13
  *--top = nullptr;                                 // r14
  *--top = nullptr;                                 // r15
  own_stack_pointer_ = top;
  fake_stack_ = nullptr;
}

void Fiber::begin(Fiber* fiber) {
  __sanitizer_finish_switch_fiber(nullptr, &fiber->caller_bottom_, &fiber->caller_size_);
  fiber->entry_(fiber->argument_);
  std::abort();  // entry must leave
}

void Fiber::resume() {
  void* fake_stack = nullptr;
  __sanitizer_start_switch_fiber(&fake_stack, stack_, kStackBytes);
  fovea_switch_stack(&caller_stack_pointer_, own_stack_pointer_);
  __sanitizer_finish_switch_fiber(fake_stack, nullptr, nullptr);
}

void Fiber::yield() {
  __sanitizer_start_switch_fiber(&fake_stack_, caller_bottom_, caller_size_);
  fovea_switch_stack(&own_stack_pointer_, caller_stack_pointer_);
  __sanitizer_finish_switch_fiber(fake_stack_, &caller_bottom_, &caller_size_);
}

void Fiber::leave() {
  __sanitizer_start_switch_fiber(nullptr, caller_bottom_, caller_size_);
  fovea_switch_stack(&own_stack_pointer_, caller_stack_pointer_);
  std::abort();  // nobody resumes a fiber that has left
}

}  // namespace fovea::cuda::emulation
