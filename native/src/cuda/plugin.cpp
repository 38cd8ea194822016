// The plug-in's only exported symbol, and fail(), which the core's services stand behind.
#include "common/plugin.h"

#include <cstdarg>
#include <cstdio>

#include "cuda/cuda_context.h"

namespace fovea {
namespace {

const PluginServices* services;

int32_t count() {
  int32_t devices = -1;
  guarded("device_count", [&] {
    devices = cuda::device_count();
    return FOV_OK;
  });
  return devices;
}

const char* describe(int32_t ordinal) {
  static thread_local std::string text;
  bool found = false;
  guarded("device_description", [&] {
    found = cuda::describe_device(ordinal, text);
    return FOV_OK;
  });
  return found ? text.c_str() : nullptr;
}

fov_context* create(int32_t ordinal) {
  fov_context* context = nullptr;
  guarded("context_create", [&] {
    if (auto stream = cuda::open_stream(ordinal))
      context = new cuda::CudaContext(std::move(stream));
    return FOV_OK;
  });
  return context;
}

}  // namespace

fov_status fail(fov_status status, const char* format, ...) noexcept {
  char text[1024];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  return services->fail(status, text);
}

}  // namespace fovea

extern "C" FOV_API const fovea::Plugin* fovea_plugin(const fovea::PluginServices* given) {
  static const fovea::Plugin plugin = {.build_id = FOV_BUILD_ID,
                                       .device_count = fovea::count,
                                       .device_description = fovea::describe,
                                       .create_context = fovea::create};
  fovea::services = given;
  return &plugin;
}
