#include "common/context.h"

#include <cmath>

#include "common/plugin.h"

namespace {

constexpr int32_t kMarks = 65536;

bool has_context(const fov_context* context, const char* name) {
  if (context) return true;
  fovea::fail(FOV_INVALID_ARGUMENT, "%s: wanted a context, got NULL", name);
  return false;
}

bool is_mark(const char* name, int32_t mark) {
  if (mark >= 0 && mark < kMarks) return true;
  fovea::fail(FOV_INVALID_ARGUMENT, "%s: wanted a mark in 0..%d, got %d", name, kMarks - 1, mark);
  return false;
}

bool is_device(const char* name, int32_t device) {
  if (device >= FOV_CPU && device <= FOV_CUDA_EMULATED) return true;
  fovea::fail(FOV_INVALID_ARGUMENT, "%s: wanted a fov_device, got %d", name, device);
  return false;
}

fov_status check_copy(const char* name, const fov_context* context, const void* target,
                      const void* source, int64_t bytes) {
  if (!has_context(context, name)) return FOV_INVALID_ARGUMENT;
  if (bytes < 0 || (bytes > 0 && (!target || !source)))
    return fovea::fail(FOV_INVALID_ARGUMENT,
                       "%s: wanted bytes >= 0 and two addresses, got %lld bytes from %p to %p",
                       name, static_cast<long long>(bytes), source, target);
  return FOV_OK;
}

}  // namespace

extern "C" fov_context* fov_context_create(int32_t device, int32_t ordinal, int32_t threads) {
  if (threads < 0 || threads > 1024) {
    fovea::fail(FOV_INVALID_ARGUMENT, "context_create: wanted 0..1024 threads, got %d", threads);
    return nullptr;
  }
  if (!is_device("context_create", device)) return nullptr;
  if (device == FOV_CPU) return fovea::create_cpu_context(ordinal, threads);
  const fovea::Plugin* plugin = fovea::open_plugin(device);
  return plugin ? plugin->create_context(ordinal) : nullptr;
}

extern "C" int32_t fov_device_count(int32_t device) {
  if (!is_device("device_count", device)) return -1;
  if (device == FOV_CPU) return 1;
  const fovea::Plugin* plugin = fovea::open_plugin(device);
  return plugin ? plugin->device_count() : -1;
}

extern "C" const char* fov_device_description(int32_t device, int32_t ordinal) {
  if (!is_device("device_description", device)) return nullptr;
  if (device == FOV_CPU) return fov_cpu_features();
  const fovea::Plugin* plugin = fovea::open_plugin(device);
  return plugin ? plugin->device_description(ordinal) : nullptr;
}

extern "C" void fov_context_destroy(fov_context* context) { delete context; }

extern "C" fov_status fov_context_synchronize(fov_context* context) {
  return has_context(context, "context_synchronize") ? context->synchronize()
                                                     : FOV_INVALID_ARGUMENT;
}

extern "C" int32_t fov_context_threads(const fov_context* context) {
  return has_context(context, "context_threads") ? context->threads() : 0;
}

extern "C" int64_t fov_context_allocated_bytes(const fov_context* context) {
  return has_context(context, "context_allocated_bytes") ? context->allocated_bytes.load() : 0;
}

extern "C" void* fov_memory_allocate(fov_context* context, int64_t bytes) {
  if (!has_context(context, "memory_allocate")) return nullptr;
  if (bytes <= 0) {
    fovea::fail(FOV_INVALID_ARGUMENT, "memory_allocate: wanted bytes > 0, got %lld",
                static_cast<long long>(bytes));
    return nullptr;
  }
  void* memory = context->allocate(bytes);
  if (memory) context->allocated_bytes += bytes;
  return memory;
}

extern "C" fov_status fov_memory_free(fov_context* context, void* memory, int64_t bytes) {
  if (!has_context(context, "memory_free")) return FOV_INVALID_ARGUMENT;
  if (!memory) return FOV_OK;
  const int64_t allocated = context->allocated_bytes.load();
  if (bytes <= 0 || bytes > allocated)
    return fovea::fail(FOV_INVALID_ARGUMENT,
                       "memory_free: wanted the bytes asked for (1..%lld are out), got %lld",
                       static_cast<long long>(allocated), static_cast<long long>(bytes));
  context->allocated_bytes -= bytes;
  return context->free(memory, bytes);
}

extern "C" fov_status fov_memory_upload(fov_context* context, void* device_memory, const void* host,
                                        int64_t bytes) {
  const fov_status status = check_copy("memory_upload", context, device_memory, host, bytes);
  return status || bytes == 0 ? status : context->upload(device_memory, host, bytes);
}

extern "C" fov_status fov_memory_download(fov_context* context, void* host,
                                          const void* device_memory, int64_t bytes) {
  const fov_status status = check_copy("memory_download", context, host, device_memory, bytes);
  return status || bytes == 0 ? status : context->download(host, device_memory, bytes);
}

extern "C" fov_status fov_context_memory(fov_context* context, int64_t* free_bytes,
                                         int64_t* total_bytes) {
  if (!has_context(context, "context_memory")) return FOV_INVALID_ARGUMENT;
  if (!free_bytes || !total_bytes)
    return fovea::fail(FOV_INVALID_ARGUMENT, "context_memory: wanted two addresses, got NULL");
  return context->memory(*free_bytes, *total_bytes);
}

extern "C" fov_status fov_graph_begin(fov_context* context) {
  return has_context(context, "graph_begin") ? context->graph_begin() : FOV_INVALID_ARGUMENT;
}

extern "C" fov_graph* fov_graph_end(fov_context* context) {
  return has_context(context, "graph_end") ? context->graph_end() : nullptr;
}

extern "C" fov_status fov_graph_launch(fov_context* context, fov_graph* graph) {
  if (!has_context(context, "graph_launch")) return FOV_INVALID_ARGUMENT;
  if (!graph) return fovea::fail(FOV_INVALID_ARGUMENT, "graph_launch: wanted a graph, got NULL");
  return context->graph_launch(*graph);
}

extern "C" void fov_graph_destroy(fov_context*, fov_graph* graph) { delete graph; }

extern "C" fov_status fov_mark_set(fov_context* context, int32_t mark) {
  if (!has_context(context, "mark_set") || !is_mark("mark_set", mark)) return FOV_INVALID_ARGUMENT;
  return context->mark_set(mark);
}

extern "C" double fov_mark_elapsed(fov_context* context, int32_t from, int32_t to) {
  if (!has_context(context, "mark_elapsed") || !is_mark("mark_elapsed", from) ||
      !is_mark("mark_elapsed", to))
    return NAN;
  return context->mark_elapsed(from, to);
}

extern "C" void fov_range_begin(fov_context* context, const char* name) {
  if (context && name) context->range_begin(name);
}

extern "C" void fov_range_end(fov_context* context) {
  if (context) context->range_end();
}

extern "C" const char* fov_build_id(void) { return FOV_BUILD_ID; }
