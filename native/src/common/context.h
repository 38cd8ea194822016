// What a backend is: a context class that owns a device's memory, and a table of kernels.
#pragma once
#include <atomic>

#include "common/kernels.h"
#include "common/status.h"
#include "fovea/fovea.h"

// Recorded work of a context.
struct fov_graph {
  virtual ~fov_graph() = default;
};

struct fov_context {
  fov_context(int32_t device, const fovea::Kernels& kernels) : device(device), kernels(kernels) {}
  virtual ~fov_context() = default;
  fov_context(const fov_context&) = delete;
  fov_context& operator=(const fov_context&) = delete;

  virtual int32_t threads() const = 0;
  virtual fov_status synchronize() = 0;
  // bytes > 0; nullptr where there is no memory, with the failure recorded.
  virtual void* allocate(int64_t bytes) = 0;
  virtual fov_status free(void* memory, int64_t bytes) = 0;
  virtual fov_status upload(void* device_memory, const void* host, int64_t bytes) = 0;
  virtual fov_status download(void* host, const void* device_memory, int64_t bytes) = 0;
  virtual fov_status memory(int64_t& free_bytes, int64_t& total_bytes) = 0;

  virtual fov_status graph_begin() = 0;
  virtual fov_graph* graph_end() = 0;  // nullptr with the failure recorded
  virtual fov_status graph_launch(fov_graph& graph) = 0;

  virtual fov_status mark_set(int32_t mark) = 0;  // mark in 0..65535
  virtual double mark_elapsed(int32_t from, int32_t to) = 0;
  virtual void range_begin(const char*) {}
  virtual void range_end() {}

  const int32_t device;           // fov_device
  const fovea::Kernels& kernels;  // of this backend and instruction set
  std::atomic<int64_t> allocated_bytes{0};
};

namespace fovea {

// nullptr with the failure recorded.
fov_context* create_cpu_context(int32_t ordinal, int32_t threads);

}  // namespace fovea
