// What the backend needs of a CUDA runtime: memory, a stream, graphs, launches. Two
// implementations: runtime_device.cu over cudart, runtime_emulated.cpp on the host.
#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "common/context.h"
#include "cuda/simt/simt.h"

namespace fovea::cuda {

// The shape of a launch.
struct Launch {
  Dim3 grid;
  int threads;               // of a block
  int64_t shared_bytes = 0;  // of a block
};

// A stream of work on one device. Calls on device memory are queued in order; failures are
// recorded through fail() and returned.
class Stream {
 public:
  virtual ~Stream() = default;

  // Waits for everything queued.
  virtual fov_status synchronize() = 0;

  // Device memory; nullptr with the failure recorded.
  virtual void* allocate(int64_t bytes) = 0;
  virtual fov_status free(void* memory) = 0;
  virtual fov_status memory(int64_t& free_bytes, int64_t& total_bytes) = 0;
  // Host memory that copies may run from and to while the host goes on.
  virtual void* allocate_pinned(int64_t bytes) = 0;
  virtual void free_pinned(void* memory) = 0;
  // Queues a copy; the host memory must be pinned, and stay until the copy is done.
  virtual fov_status copy_to_device(void* to, const void* from, int64_t bytes) = 0;
  virtual fov_status copy_to_host(void* to, const void* from, int64_t bytes) = 0;

  // kernel: its entry, as the implementation's launch() takes it; the argument is copied.
  virtual fov_status launch(const void* kernel,
                            void (*call)(const void* kernel, const void* argument),
                            const Launch& shape, const void* argument, size_t argument_bytes) = 0;

  virtual fov_status capture_begin() = 0;
  virtual fov_graph* capture_end() = 0;  // nullptr with the failure recorded
  virtual fov_status capture_launch(fov_graph& graph) = 0;

  virtual fov_status mark_set(int32_t mark) = 0;
  virtual double mark_elapsed(int32_t from, int32_t to) = 0;
  virtual void range_begin(const char* name) = 0;
  virtual void range_end() = 0;

  virtual int multiprocessors() const = 0;
};

// nullptr with the failure recorded.
std::unique_ptr<Stream> open_stream(int32_t ordinal);
// Devices that the runtime sees; -1 with the failure recorded.
int32_t device_count();
// One line; false with the failure recorded.
bool describe_device(int32_t ordinal, std::string& text);
fov_device runtime_device();  // FOV_CUDA or FOV_CUDA_EMULATED

}  // namespace fovea::cuda
