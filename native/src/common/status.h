// The thread's last failure, and the wall that keeps exceptions inside the library.
#pragma once
#include <exception>
#include <new>

#include "fovea/fovea.h"

namespace fovea {

// Records status and printf-style text for fov_last_status and fov_last_error; returns status.
[[gnu::format(printf, 2, 3)]] fov_status fail(fov_status status, const char* format, ...) noexcept;

// Runs body, which returns a fov_status; an exception becomes a recorded status.
template <typename Body>
fov_status guarded(const char* name, Body&& body) noexcept {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return fail(FOV_OUT_OF_MEMORY, "%s: out of memory", name);
  } catch (const std::exception& e) {
    return fail(FOV_BACKEND_ERROR, "%s: %s", name, e.what());
  }
}

}  // namespace fovea
