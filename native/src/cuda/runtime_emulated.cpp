// The runtime on the host: work runs at once, or is kept where a graph is recorded.
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <vector>

#include "cuda/runtime.h"

namespace fovea::cuda {
namespace {

struct RecordedWork final : fov_graph {
  std::vector<std::function<void()>> steps;
};

class EmulatedStream final : public Stream {
 public:
  fov_status synchronize() override { return FOV_OK; }

  void* allocate(int64_t bytes) override {
    void* memory = bytes < int64_t{1} << 46
                       ? std::aligned_alloc(256, size_t(ceil_div(bytes, 256)) * 256)
                       : nullptr;
    if (!memory) {
      fail(FOV_OUT_OF_MEMORY, "memory_allocate: no %lld bytes for the emulated device",
           static_cast<long long>(bytes));
      return nullptr;
    }
    if (bytes < int64_t{1} << 28) std::memset(memory, 0xff, size_t(bytes));  // NaN until written
    return memory;
  }
  fov_status free(void* memory) override {
    std::free(memory);
    return FOV_OK;
  }
  fov_status memory(int64_t& free_bytes, int64_t& total_bytes) override {
    const int64_t page = sysconf(_SC_PAGESIZE);
    free_bytes = page * sysconf(_SC_AVPHYS_PAGES);
    total_bytes = page * sysconf(_SC_PHYS_PAGES);
    return FOV_OK;
  }
  void* allocate_pinned(int64_t bytes) override { return std::malloc(size_t(bytes)); }
  void free_pinned(void* memory) override { std::free(memory); }
  fov_status copy_to_device(void* to, const void* from, int64_t bytes) override {
    std::memcpy(to, from, size_t(bytes));
    return FOV_OK;
  }
  fov_status copy_to_host(void* to, const void* from, int64_t bytes) override {
    std::memcpy(to, from, size_t(bytes));
    return FOV_OK;
  }

  fov_status launch(const void* kernel, void (*call)(const void*, const void*), const Launch& shape,
                    const void* argument, size_t argument_bytes) override {
    return guarded("kernel", [&] {
      const char* bytes = static_cast<const char*>(argument);
      const std::vector<char> copy(bytes, bytes + argument_bytes);
      const auto work = [=] {
        emulation::run(shape.grid, shape.threads, shape.shared_bytes,
                       [&] { call(kernel, copy.data()); });
      };
      if (recording_)
        recording_->steps.push_back(work);
      else
        work();
      return FOV_OK;
    });
  }

  fov_status capture_begin() override {
    return guarded("graph_begin", [&] {
      recording_ = std::make_unique<RecordedWork>();
      return FOV_OK;
    });
  }
  fov_graph* capture_end() override { return recording_.release(); }
  fov_status capture_launch(fov_graph& graph) override {
    return guarded("graph_launch", [&] {
      for (const auto& step : static_cast<RecordedWork&>(graph).steps) step();
      return FOV_OK;
    });
  }

  fov_status mark_set(int32_t mark) override {
    return guarded("mark_set", [&] {
      if (size_t(mark) >= marks_.size()) marks_.resize(size_t(mark) + 1, NAN);
      const auto now = std::chrono::steady_clock::now().time_since_epoch();
      marks_[size_t(mark)] = std::chrono::duration<double, std::milli>(now).count();
      return FOV_OK;
    });
  }
  double mark_elapsed(int32_t from, int32_t to) override {
    if (size_t(std::max(from, to)) >= marks_.size()) return NAN;
    return marks_[size_t(to)] - marks_[size_t(from)];
  }
  void range_begin(const char*) override {}
  void range_end() override {}

  int multiprocessors() const override { return 4; }

 private:
  std::unique_ptr<RecordedWork> recording_;
  std::vector<double> marks_;
};

}  // namespace

std::unique_ptr<Stream> open_stream(int32_t ordinal) {
  if (ordinal != 0) {
    fail(FOV_UNAVAILABLE, "context_create: wanted ordinal 0 of the emulated device, got %d",
         ordinal);
    return nullptr;
  }
  return std::make_unique<EmulatedStream>();
}

int32_t device_count() { return 1; }

bool describe_device(int32_t ordinal, std::string& text) {
  text = "CUDA kernels emulated by the processor";
  if (ordinal != 0) fail(FOV_UNAVAILABLE, "device_description: there is one emulated device, 0");
  return ordinal == 0;
}

fov_device runtime_device() { return FOV_CUDA_EMULATED; }

}  // namespace fovea::cuda
