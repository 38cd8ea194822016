#include "common/plugin.h"

#include <dlfcn.h>
#include <unistd.h>

#include <cstring>
#include <mutex>
#include <string>

namespace fovea {
namespace {

const PluginServices kServices = {
    .fail = [](fov_status status, const char* text) { return fail(status, "%s", text); }};

const char* library_name(int32_t device) {
  return device == FOV_CUDA ? "libfovea_cuda.so" : "libfovea_cuda_emulated.so";
}

// The folder that holds this library, with a slash at its end; empty where it is not known.
std::string own_folder() {
  Dl_info info;
  if (!dladdr(reinterpret_cast<void*>(&open_plugin), &info) || !info.dli_fname) return {};
  const std::string path = info.dli_fname;
  return path.substr(0, path.rfind('/') + 1);
}

const Plugin* open_library(const std::string& path) {
  if (access(path.c_str(), F_OK) != 0) {
    fail(FOV_UNAVAILABLE, "there is no %s", path.c_str());
    return nullptr;
  }
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    fail(FOV_UNAVAILABLE, "%s does not load: %s", path.c_str(), dlerror());
    return nullptr;
  }
  const auto entry = reinterpret_cast<PluginEntry>(dlsym(library, kPluginEntry));
  const Plugin* plugin = entry ? entry(&kServices) : nullptr;
  if (plugin && std::strcmp(plugin->build_id, fov_build_id()) == 0) return plugin;
  fail(FOV_UNAVAILABLE, "%s is of build %s, this library of %s: use two of one build", path.c_str(),
       plugin ? plugin->build_id : "unknown", fov_build_id());
  dlclose(library);
  return nullptr;
}

}  // namespace

const Plugin* open_plugin(int32_t device) {
  static std::mutex mutex;
  static const Plugin* open[2] = {};
  const std::lock_guard lock(mutex);
  const Plugin*& plugin = open[device == FOV_CUDA ? 0 : 1];
  if (!plugin)
    guarded("plugin", [&] {
      plugin = open_library(own_folder() + library_name(device));
      return plugin ? FOV_OK : fov_last_status();
    });
  return plugin;
}

}  // namespace fovea
