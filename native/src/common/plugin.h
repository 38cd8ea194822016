// A backend in a library of its own, beside this one, opened when it is first asked for.
#pragma once
#include "common/context.h"

namespace fovea {

// What the core gives a plug-in, which has no fail() of its own.
struct PluginServices {
  fov_status (*fail)(fov_status status, const char* text);
};

// What a plug-in gives the core. It throws nothing.
struct Plugin {
  const char* build_id;  // fov_build_id() of the core it was built with
  int32_t (*device_count)();
  const char* (*device_description)(int32_t ordinal);
  fov_context* (*create_context)(int32_t ordinal);
};

// The only symbol that a plug-in exports. The services outlive it.
using PluginEntry = const Plugin* (*)(const PluginServices*);
inline constexpr const char* kPluginEntry = "fovea_plugin";

// The plug-in of a fov_device other than the CPU, which stays open; nullptr with the failure
// recorded. A failure is not remembered: the library may be put there later.
const Plugin* open_plugin(int32_t device);

}  // namespace fovea
