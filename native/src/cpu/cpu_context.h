// The CPU backend's context: worker threads and their scratch memory.
#pragma once
#include <cstddef>
#include <memory>
#include <vector>

#include "common/context.h"
#include "common/thread_pool.h"

namespace fovea::cpu {

class CpuContext final : public fov_context {
 public:
  CpuContext(const Kernels& kernels, int32_t threads);
  ~CpuContext() override;

  int32_t threads() const override { return pool.threads(); }
  fov_status synchronize() override { return FOV_OK; }
  void* allocate(int64_t bytes) override;
  fov_status free(void* memory, int64_t bytes) override;
  fov_status upload(void* device_memory, const void* host, int64_t bytes) override;
  fov_status download(void* host, const void* device_memory, int64_t bytes) override;
  fov_status memory(int64_t& free_bytes, int64_t& total_bytes) override;

  fov_status graph_begin() override;
  fov_graph* graph_end() override;
  fov_status graph_launch(fov_graph& graph) override;

  fov_status mark_set(int32_t mark) override;
  double mark_elapsed(int32_t from, int32_t to) override;

  // `bytes` of memory aligned to 64 that stays this worker's until its next call; contents
  // undefined. Grows and is kept; throws std::bad_alloc, so an op asks before its parallel_for
  // (reserve) where it can.
  void* scratch(int worker, size_t bytes);
  void reserve(size_t bytes);  // for every worker

  // The same, one for all workers: for the thread that calls the op.
  void* shared_scratch(size_t bytes) { return scratch(threads(), bytes); }

  ThreadPool pool;

 private:
  struct Scratch {
    void* memory = nullptr;
    size_t bytes = 0;
  };
  std::vector<Scratch> scratch_;  // [threads], then the shared one
  std::vector<double> marks_;     // milliseconds; NaN where never set
};

// The context that the CPU backend's kernels are always called with.
[[maybe_unused]] static inline CpuContext& cpu_context(fov_context& context) {
  return static_cast<CpuContext&>(context);
}

}  // namespace fovea::cpu
