// The device that the tests run on, contexts on it, and memory that the host sees through copies.
#pragma once
#include <algorithm>
#include <cstdlib>

#include "cases.h"

namespace fovea::test {

inline const char* device_name(int32_t device) {
  return device == FOV_CPU ? "cpu" : device == FOV_CUDA ? "cuda" : "cuda-emulated";
}

// What FOVEA_DEVICE names: cpu (where it is not set), cuda-emulated or cuda.
inline int32_t device() {
  static const int32_t wanted = [] {
    const char* name = std::getenv("FOVEA_DEVICE");
    if (!name) return int32_t{FOV_CPU};
    for (int32_t device : {FOV_CPU, FOV_CUDA, FOV_CUDA_EMULATED})
      if (std::strcmp(name, device_name(device)) == 0) return device;
    std::printf("FOVEA_DEVICE: wanted cpu, cuda-emulated or cuda, got %s\n", name);
    std::exit(2);
  }();
  return wanted;
}
// Values in device memory are checked there only: indices in range, different slots, means.
inline bool on_cpu() { return device() == FOV_CPU; }
// The emulation runs some 0.1 to 1 billion multiply-adds a second: large cases are made smaller.
inline bool emulated() { return device() == FOV_CUDA_EMULATED; }
// Worker threads with which contexts may differ.
inline std::vector<int32_t> thread_counts() {
  return on_cpu() ? std::vector<int32_t>{1, 2} : std::vector<int32_t>{1};
}
// One that no tensor of the test is on.
inline int32_t other_device() { return on_cpu() ? FOV_CUDA : FOV_CPU; }
// As error texts say it: " on cpu".
inline std::string on_device(int32_t device = test::device()) {
  return std::string(" on ") + device_name(device);
}

// Every context of the test, and calls made with them so far.
inline std::vector<fov_context*> live_contexts;
inline int64_t calls = 0;

inline void synchronize_all() {
  for (fov_context* context : live_contexts) CHECK_OK(fov_context_synchronize(context));
}

inline fov_context* open_context(int32_t threads) {
  fov_context* context = fov_context_create(device(), 0, threads);
  if (!context) {
    std::printf("no context: %s\n", fov_last_error());
    std::exit(1);
  }
  live_contexts.push_back(context);
  return context;
}

inline void close_context(fov_context* context) {
  live_contexts.erase(std::find(live_contexts.begin(), live_contexts.end(), context));
  fov_context_destroy(context);
}

// The context that owns the memory of all tensors, opened when it is first needed.
inline fov_context* owner_of_memory = nullptr;
inline fov_context* memory_context() {
  if (!owner_of_memory) owner_of_memory = open_context(1);
  return owner_of_memory;
}
// Closes it; false where a tensor's memory was not freed.
inline bool close_memory_context() {
  if (!owner_of_memory) return true;
  const bool all_freed = fov_context_allocated_bytes(owner_of_memory) == 0;
  close_context(owner_of_memory);
  owner_of_memory = nullptr;
  return all_freed;
}

// Bytes that tests write and read, and ops work on: the very same ones on the CPU (and where ops
// take host memory), elsewhere two copies that are made equal when a call or the test needs it.
// Filled with 0xff, which is NaN in f32 and bf16.
class Memory {
 public:
  Memory(size_t bytes, bool in_host_memory) : host_(bytes, 0xff) {
    if (!on_cpu() && !in_host_memory) allocate();
  }
  Memory(const Memory& other) : host_(other.read(), other.read() + other.bytes()) {
    if (other.device_) allocate();
  }
  Memory& operator=(const Memory&) = delete;
  ~Memory() {
    if (!device_) return;
    changed().erase(std::remove(changed().begin(), changed().end(), this), changed().end());
    synchronize_all();
    CHECK_OK(fov_memory_free(memory_context(), device_, int64_t(bytes())));
  }

  size_t bytes() const { return host_.size(); }
  bool on_host() const { return !device_; }
  void* address() const { return on_host() ? host_.data() : device_; }

  // Ops get the address: from now on calls see what was written, and the test what they wrote.
  void lend() const {
    if (!device_) return;
    lent_ = true;
    if (host_is_newer_) upload();
    copied_at_call_ = kUnknown;
  }
  const uint8_t* read() const {
    if (lent_ && !host_is_newer_ && copied_at_call_ != calls) download();
    return host_.data();
  }
  uint8_t* write() {
    read();
    if (lent_ && !host_is_newer_) {
      host_is_newer_ = true;
      changed().push_back(this);
    }
    return host_.data();
  }
  static void upload_changed() {
    while (!changed().empty()) changed().back()->upload();
  }

 private:
  static constexpr int64_t kUnknown = -1;

  // Those lent, then written.
  static std::vector<const Memory*>& changed() {
    static std::vector<const Memory*> all;
    return all;
  }

  void allocate() {
    device_ = fov_memory_allocate(memory_context(), int64_t(bytes()));
    if (!device_) {
      std::printf("no memory: %s\n", fov_last_error());
      std::exit(1);
    }
    host_is_newer_ = true;
  }
  void upload() const {
    synchronize_all();  // earlier calls may read what is overwritten
    CHECK_OK(fov_memory_upload(memory_context(), device_, host_.data(), int64_t(bytes())));
    changed().erase(std::remove(changed().begin(), changed().end(), this), changed().end());
    host_is_newer_ = false;
    copied_at_call_ = calls;
  }
  void download() const {
    synchronize_all();
    CHECK_OK(fov_memory_download(memory_context(), host_.data(), device_, int64_t(bytes())));
    copied_at_call_ = calls;
  }

  mutable std::vector<uint8_t> host_;
  void* device_ = nullptr;
  mutable bool lent_ = false;  // to ops in device memory
  mutable bool host_is_newer_ = false;
  mutable int64_t copied_at_call_ = kUnknown;  // number of the call before which both were equal
};

// A context on the device. Calls are made with it, so this is where copies are brought up to date.
class Context {
 public:
  explicit Context(int32_t threads = 1) : context_(open_context(threads)) {}
  ~Context() { close_context(context_); }
  Context(const Context&) = delete;
  operator fov_context*() const {
    Memory::upload_changed();
    ++calls;
    return context_;
  }

 private:
  fov_context* context_;
};

}  // namespace fovea::test
