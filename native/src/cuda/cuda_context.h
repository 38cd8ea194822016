// The CUDA backend's context: a stream, staging memory for copies, scratch memory for kernels.
#pragma once
#include <vector>

#include "cuda/runtime.h"

namespace fovea::cuda {

// The backend's kernel table.
const Kernels& kernels();

class CudaContext final : public fov_context {
 public:
  // Throws std::bad_alloc.
  explicit CudaContext(std::unique_ptr<Stream> stream);
  ~CudaContext() override;

  int32_t threads() const override { return 1; }
  fov_status synchronize() override { return stream_->synchronize(); }
  void* allocate(int64_t bytes) override;
  fov_status free(void* memory, int64_t bytes) override;
  fov_status upload(void* device_memory, const void* host, int64_t bytes) override;
  fov_status download(void* host, const void* device_memory, int64_t bytes) override;
  fov_status memory(int64_t& free_bytes, int64_t& total_bytes) override {
    return stream_->memory(free_bytes, total_bytes);
  }

  fov_status graph_begin() override;
  fov_graph* graph_end() override;
  fov_status graph_launch(fov_graph& graph) override;

  fov_status mark_set(int32_t mark) override { return stream_->mark_set(mark); }
  double mark_elapsed(int32_t from, int32_t to) override { return stream_->mark_elapsed(from, to); }
  void range_begin(const char* name) override { stream_->range_begin(name); }
  void range_end() override { stream_->range_end(); }

  // Device memory of at least `bytes`, aligned to 256, that is this op's until its last kernel has
  // run; contents undefined. The next op may be given the same. nullptr with the failure recorded.
  void* scratch(int64_t bytes);

  // Queues kernel(argument). Kernel: a function of one const argument struct.
  template <typename Argument>
  fov_status launch(void (*kernel)(Argument), const Launch& shape, const Argument& argument) {
    return stream_->launch(
        reinterpret_cast<const void*>(kernel),
        [](const void* entry, const void* a) {
          reinterpret_cast<void (*)(Argument)>(const_cast<void*>(entry))(
              *static_cast<const Argument*>(a));
        },
        shape, &argument, sizeof argument);
  }

  // Brings bytes of host memory, of any address, to device memory: pieces pass through pinned
  // memory, so that the host fills one while another is under way. Returns once `host` may be
  // reused.
  fov_status stage(void* device_memory, const void* host, int64_t bytes);
  // The same for rows of row_bytes that are `stride` bytes apart on the host, to packed rows.
  fov_status stage_rows(void* device_memory, const void* host, int64_t rows, int64_t row_bytes,
                        int64_t stride);

  int multiprocessors() const { return stream_->multiprocessors(); }

 private:
  fov_status refuse_while_recording(const char* what) const;
  // Pinned memory that no queued copy uses.
  fov_status staging(int64_t bytes, char*& memory);

  std::unique_ptr<Stream> stream_;
  bool recording_ = false;
  std::vector<void*> scratches_;  // each larger than the one before
  int64_t scratch_bytes_ = 0;     // of the last
  char* pinned_ = nullptr;
  int64_t pinned_used_ = 0;
};

// The context that this backend's kernels are always called with.
[[maybe_unused]] static inline CudaContext& cuda_context(fov_context& context) {
  return static_cast<CudaContext&>(context);
}

}  // namespace fovea::cuda
