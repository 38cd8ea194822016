// A stack of its own to run on, entered and left by hand (x86-64, System V).
#pragma once
#include <cstddef>
#include <functional>
#include <memory>

namespace fovea::cuda::emulation {

class Fiber {
 public:
  static constexpr size_t kStackBytes = 256 << 10;  // touched only as far as it is used

  Fiber();
  ~Fiber();
  Fiber(const Fiber&) = delete;

  // Makes the next resume() call entry(argument) from its beginning. It must end in leave().
  void prepare(void (*entry)(void*), void* argument);
  // Runs the fiber until it yields. Not from within a fiber.
  void resume();
  // Of the fiber that runs: back to resume().
  void yield();
  [[noreturn]] void leave();

 private:
  static void begin(Fiber* fiber);

  std::byte* stack_;
  void* own_stack_pointer_ = nullptr;
  void* caller_stack_pointer_ = nullptr;
  void (*entry_)(void*) = nullptr;
  void* argument_ = nullptr;
  // What AddressSanitizer wants to know of stacks.
  void* fake_stack_ = nullptr;
  const void* caller_bottom_ = nullptr;
  size_t caller_size_ = 0;
};

}  // namespace fovea::cuda::emulation
