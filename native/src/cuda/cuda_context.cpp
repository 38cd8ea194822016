#include "cuda/cuda_context.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace fovea::cuda {
namespace {

constexpr int64_t kPinnedBytes = int64_t{16} << 20;
constexpr int64_t kAlignment = 256;

}  // namespace

CudaContext::CudaContext(std::unique_ptr<Stream> stream)
    : fov_context(runtime_device(), cuda::kernels()), stream_(std::move(stream)) {
  pinned_ = static_cast<char*>(stream_->allocate_pinned(kPinnedBytes));
  if (!pinned_) throw std::bad_alloc();
}

CudaContext::~CudaContext() {
  stream_->synchronize();
  for (void* memory : scratches_) stream_->free(memory);
  stream_->free_pinned(pinned_);
}

fov_status CudaContext::refuse_while_recording(const char* what) const {
  return recording_ ? fail(FOV_INVALID_ARGUMENT, "%s: not while a graph is recorded", what)
                    : FOV_OK;
}

void* CudaContext::allocate(int64_t bytes) {
  return refuse_while_recording("memory_allocate") ? nullptr : stream_->allocate(bytes);
}

fov_status CudaContext::free(void* memory, int64_t) {
  const fov_status status = refuse_while_recording("memory_free");
  return status ? status : stream_->free(memory);
}

fov_status CudaContext::staging(int64_t bytes, char*& memory) {
  bytes = ceil_div(bytes, kAlignment) * kAlignment;
  if (pinned_used_ + bytes > kPinnedBytes) {
    if (const fov_status status = stream_->synchronize()) return status;
    pinned_used_ = 0;
  }
  memory = pinned_ + pinned_used_;
  pinned_used_ += bytes;
  return FOV_OK;
}

fov_status CudaContext::stage(void* device_memory, const void* host, int64_t bytes) {
  return stage_rows(device_memory, host, 1, bytes, bytes);
}

fov_status CudaContext::stage_rows(void* device_memory, const void* host, int64_t rows,
                                   int64_t row_bytes, int64_t stride) {
  if (const fov_status status = refuse_while_recording("memory_upload")) return status;
  char* to = static_cast<char*>(device_memory);
  const char* from = static_cast<const char*>(host);
  if (row_bytes == stride) {  // one long row
    row_bytes *= rows;
    rows = 1;
  }
  constexpr int64_t kPiece = kPinnedBytes / 4;
  const int64_t rows_at_once = std::max<int64_t>(1, kPiece / std::max<int64_t>(1, row_bytes));
  for (int64_t row = 0; row < rows; row += rows_at_once) {
    const int64_t count = std::min(rows_at_once, rows - row);
    for (int64_t done = 0; done < row_bytes; done += kPiece) {  // once, unless the row is long
      const int64_t bytes = std::min(kPiece, row_bytes - done);
      char* pinned;
      if (const fov_status status = staging(count * bytes, pinned)) return status;
      for (int64_t r = 0; r < count; ++r)
        std::memcpy(pinned + r * bytes, from + (row + r) * stride + done, size_t(bytes));
      const fov_status status =
          stream_->copy_to_device(to + row * row_bytes + done, pinned, count * bytes);
      if (status) return status;
    }
  }
  return FOV_OK;
}

fov_status CudaContext::upload(void* device_memory, const void* host, int64_t bytes) {
  return stage(device_memory, host, bytes);
}

fov_status CudaContext::download(void* host, const void* device_memory, int64_t bytes) {
  if (const fov_status status = refuse_while_recording("memory_download")) return status;
  char* to = static_cast<char*>(host);
  const char* from = static_cast<const char*>(device_memory);
  for (int64_t done = 0; done < bytes;) {
    const int64_t piece = std::min(kPinnedBytes / 2, bytes - done);
    char* pinned;
    if (const fov_status status = staging(piece, pinned)) return status;
    if (const fov_status status = stream_->copy_to_host(pinned, from + done, piece)) return status;
    if (const fov_status status = stream_->synchronize()) return status;
    pinned_used_ = 0;
    std::memcpy(to + done, pinned, size_t(piece));
    done += piece;
  }
  return FOV_OK;
}

void* CudaContext::scratch(int64_t bytes) {
  if (bytes <= scratch_bytes_) return scratches_.back();
  if (recording_) {
    fail(FOV_INVALID_ARGUMENT,
         "graph: an op wants %lld bytes of scratch memory, more than any call before the recording",
         static_cast<long long>(bytes));
    return nullptr;
  }
  bytes = std::max(bytes, 2 * scratch_bytes_);
  void* memory = stream_->allocate(bytes);
  if (!memory) return nullptr;
  scratches_.push_back(memory);  // smaller ones stay: graphs may use them
  scratch_bytes_ = bytes;
  return memory;
}

fov_status CudaContext::graph_begin() {
  if (const fov_status status = refuse_while_recording("graph_begin")) return status;
  const fov_status status = stream_->capture_begin();
  recording_ = status == FOV_OK;
  return status;
}

fov_graph* CudaContext::graph_end() {
  if (!recording_) {
    fail(FOV_INVALID_ARGUMENT, "graph_end: no graph is recorded");
    return nullptr;
  }
  recording_ = false;
  return stream_->capture_end();
}

fov_status CudaContext::graph_launch(fov_graph& graph) {
  const fov_status status = refuse_while_recording("graph_launch");
  return status ? status : stream_->capture_launch(graph);
}

}  // namespace fovea::cuda
