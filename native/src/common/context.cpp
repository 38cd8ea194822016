#include "common/context.h"

namespace {

bool has_context(const fov_context* context, const char* name) {
  if (context) return true;
  fovea::fail(FOV_INVALID_ARGUMENT, "%s: wanted a context, got NULL", name);
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
  if (device == FOV_CPU) return fovea::create_cpu_context(ordinal, threads);
  if (device == FOV_CUDA)
    fovea::fail(FOV_UNAVAILABLE, "context_create: this build has no CUDA backend");
  else
    fovea::fail(FOV_INVALID_ARGUMENT, "context_create: wanted a fov_device, got %d", device);
  return nullptr;
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

extern "C" const char* fov_build_id(void) { return FOV_BUILD_ID; }
