// The runtime over cudart. Only the driver has to be on the host: cudart is linked statically.
#include <nvtx3/nvToolsExt.h>

#include <cmath>
#include <cstdio>
#include <unordered_map>
#include <vector>

#include "cuda/runtime.h"

namespace fovea::cuda {
namespace {

constexpr int kLeastCapability = 80;          // sm_80: cp.async, mma of bf16
constexpr int64_t kDefaultShared = 48 << 10;  // bytes a block may have without asking

fov_status check(const char* what, cudaError_t error) {
  if (error == cudaSuccess) return FOV_OK;
  cudaGetLastError();  // do not report it again
  return fail(error == cudaErrorMemoryAllocation ? FOV_OUT_OF_MEMORY : FOV_BACKEND_ERROR, "%s: %s",
              what, cudaGetErrorString(error));
}

struct DeviceGraph final : fov_graph {
  cudaGraphExec_t executable = nullptr;
  ~DeviceGraph() override {
    if (executable) cudaGraphExecDestroy(executable);
  }
};

class DeviceStream final : public Stream {
 public:
  static std::unique_ptr<Stream> open(int32_t ordinal) {
    std::unique_ptr<DeviceStream> stream(new DeviceStream(ordinal));
    if (check("context_create", cudaSetDevice(ordinal)) ||
        check("context_create",
              cudaStreamCreateWithFlags(&stream->stream_, cudaStreamNonBlocking)) ||
        check("context_create", cudaDeviceGetAttribute(&stream->multiprocessors_,
                                                       cudaDevAttrMultiProcessorCount, ordinal)))
      return nullptr;
    return stream;
  }
  ~DeviceStream() override {
    for (const auto& [mark, event] : marks_) cudaEventDestroy(event);
    if (stream_) cudaStreamDestroy(stream_);
  }

  fov_status synchronize() override {
    const fov_status status = enter("synchronize");
    return status ? status : check("synchronize", cudaStreamSynchronize(stream_));
  }

  void* allocate(int64_t bytes) override {
    if (enter("memory_allocate")) return nullptr;
    void* memory = nullptr;
    const cudaError_t error = cudaMalloc(&memory, size_t(bytes));
    if (error == cudaSuccess) return memory;
    cudaGetLastError();
    size_t free_bytes = 0, total_bytes = 0;
    cudaMemGetInfo(&free_bytes, &total_bytes);
    fail(error == cudaErrorMemoryAllocation ? FOV_OUT_OF_MEMORY : FOV_BACKEND_ERROR,
         "memory_allocate: no %lld bytes on the GPU (%lld of %lld are free): %s",
         static_cast<long long>(bytes), static_cast<long long>(free_bytes),
         static_cast<long long>(total_bytes), cudaGetErrorString(error));
    return nullptr;
  }
  fov_status free(void* memory) override {
    if (const fov_status status = enter("memory_free")) return status;
    if (const fov_status status = synchronize()) return status;
    return check("memory_free", cudaFree(memory));
  }
  fov_status memory(int64_t& free_bytes, int64_t& total_bytes) override {
    size_t free_now = 0, total = 0;
    if (const fov_status status = enter("context_memory")) return status;
    const fov_status status = check("context_memory", cudaMemGetInfo(&free_now, &total));
    free_bytes = int64_t(free_now);
    total_bytes = int64_t(total);
    return status;
  }
  void* allocate_pinned(int64_t bytes) override {
    void* memory = nullptr;
    if (enter("pinned memory")) return nullptr;
    return check("pinned memory", cudaMallocHost(&memory, size_t(bytes))) ? nullptr : memory;
  }
  void free_pinned(void* memory) override { cudaFreeHost(memory); }
  fov_status copy_to_device(void* to, const void* from, int64_t bytes) override {
    const fov_status status = enter("memory_upload");
    return status ? status
                  : check("memory_upload", cudaMemcpyAsync(to, from, size_t(bytes),
                                                           cudaMemcpyHostToDevice, stream_));
  }
  fov_status copy_to_host(void* to, const void* from, int64_t bytes) override {
    const fov_status status = enter("memory_download");
    return status ? status
                  : check("memory_download", cudaMemcpyAsync(to, from, size_t(bytes),
                                                             cudaMemcpyDeviceToHost, stream_));
  }

  fov_status launch(const void* kernel, void (*)(const void*, const void*), const Launch& shape,
                    const void* argument, size_t) override {
    if (const fov_status status = enter("launch")) return status;
    if (const fov_status status = allow_shared(kernel, shape.shared_bytes)) return status;
    void* arguments[] = {const_cast<void*>(argument)};
    return check(
        "launch",
        cudaLaunchKernel(
            kernel, dim3(unsigned(shape.grid.x), unsigned(shape.grid.y), unsigned(shape.grid.z)),
            dim3(unsigned(shape.threads)), arguments, size_t(shape.shared_bytes), stream_));
  }

  fov_status capture_begin() override {
    const fov_status status = enter("graph_begin");
    return status ? status
                  : check("graph_begin",
                          cudaStreamBeginCapture(stream_, cudaStreamCaptureModeThreadLocal));
  }
  fov_graph* capture_end() override {
    cudaGraph_t graph = nullptr;
    if (check("graph_end", cudaStreamEndCapture(stream_, &graph))) return nullptr;
    auto recorded = std::make_unique<DeviceGraph>();
    const fov_status status =
        check("graph_end", cudaGraphInstantiate(&recorded->executable, graph, 0));
    cudaGraphDestroy(graph);
    return status ? nullptr : recorded.release();
  }
  fov_status capture_launch(fov_graph& graph) override {
    const fov_status status = enter("graph_launch");
    return status ? status
                  : check("graph_launch",
                          cudaGraphLaunch(static_cast<DeviceGraph&>(graph).executable, stream_));
  }

  fov_status mark_set(int32_t mark) override {
    return guarded("mark_set", [&] {
      cudaEvent_t& event = marks_[mark];
      if (!event)
        if (const fov_status status = check("mark_set", cudaEventCreate(&event))) return status;
      return check("mark_set", cudaEventRecord(event, stream_));
    });
  }
  double mark_elapsed(int32_t from, int32_t to) override {
    const auto begin = marks_.find(from), end = marks_.find(to);
    float milliseconds = NAN;
    if (begin == marks_.end() || end == marks_.end() ||
        check("mark_elapsed", cudaEventSynchronize(end->second)) ||
        check("mark_elapsed", cudaEventElapsedTime(&milliseconds, begin->second, end->second)))
      return NAN;
    return double(milliseconds);
  }
  void range_begin(const char* name) override { nvtxRangePushA(name); }
  void range_end() override { nvtxRangePop(); }

  int multiprocessors() const override { return multiprocessors_; }

 private:
  explicit DeviceStream(int32_t ordinal) : ordinal_(ordinal) {}

  // Makes the device current on the calling thread.
  fov_status enter(const char* what) { return check(what, cudaSetDevice(ordinal_)); }

  fov_status allow_shared(const void* kernel, int64_t bytes) {
    if (bytes <= kDefaultShared) return FOV_OK;
    int64_t& allowed = shared_[kernel];
    if (bytes <= allowed) return FOV_OK;
    const fov_status status = check(
        "launch",
        cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, int(bytes)));
    if (!status) allowed = bytes;
    return status;
  }

  int32_t ordinal_;
  int multiprocessors_ = 0;
  cudaStream_t stream_ = nullptr;
  std::unordered_map<int32_t, cudaEvent_t> marks_;
  std::unordered_map<const void*, int64_t> shared_;
};

// "13.0" of CUDA's 13000.
std::string version_text(int version) {
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

bool read_properties(int32_t ordinal, cudaDeviceProp& properties) {
  const int32_t count = device_count();
  if (count < 0) return false;
  if (ordinal < 0 || ordinal >= count) {
    fail(FOV_UNAVAILABLE, "there is no CUDA device %d: this host has %d", ordinal, count);
    return false;
  }
  if (check("device_description", cudaGetDeviceProperties(&properties, ordinal))) return false;
  if (properties.major * 10 + properties.minor < kLeastCapability) {
    fail(FOV_UNAVAILABLE, "CUDA device %d (%s) is sm_%d%d, the kernels need sm_%d or later",
         ordinal, properties.name, properties.major, properties.minor, kLeastCapability);
    return false;
  }
  return true;
}

}  // namespace

std::unique_ptr<Stream> open_stream(int32_t ordinal) {
  cudaDeviceProp properties;
  return read_properties(ordinal, properties) ? DeviceStream::open(ordinal) : nullptr;
}

int32_t device_count() {
  int count = 0, driver = 0;
  const cudaError_t error = cudaGetDeviceCount(&count);
  if (error == cudaSuccess && count > 0) return count;
  cudaGetLastError();
  cudaDriverGetVersion(&driver);
  if (driver == 0)
    fail(FOV_UNAVAILABLE, "there is no NVIDIA driver on this host");
  else if (error == cudaErrorInsufficientDriver)
    fail(FOV_UNAVAILABLE, "the NVIDIA driver serves CUDA %s, CUDA %s is needed: update the driver",
         version_text(driver).c_str(), version_text(CUDART_VERSION).c_str());
  else if (error == cudaSuccess || error == cudaErrorNoDevice)
    fail(FOV_UNAVAILABLE, "the NVIDIA driver sees no GPU");
  else
    fail(FOV_UNAVAILABLE, "the NVIDIA driver reports: %s", cudaGetErrorString(error));
  return -1;
}

bool describe_device(int32_t ordinal, std::string& text) {
  cudaDeviceProp p;
  if (!read_properties(ordinal, p)) return false;
  int driver = 0;
  cudaDriverGetVersion(&driver);
  char memory[32];
  std::snprintf(memory, sizeof memory, "%.1f GiB", double(p.totalGlobalMem) / double(1 << 30));
  text = std::string(p.name) + ", sm_" + std::to_string(p.major) + std::to_string(p.minor) + ", " +
         std::to_string(p.multiProcessorCount) + " multiprocessors, " + memory + ", driver " +
         version_text(driver) + ", runtime " + version_text(CUDART_VERSION);
  return true;
}

fov_device runtime_device() { return FOV_CUDA; }

}  // namespace fovea::cuda
