#include "common/status.h"

#include <cstdarg>
#include <cstdio>

namespace {

struct LastFailure {
  fov_status status = FOV_OK;
  char text[1024] = "";
};
thread_local LastFailure last_failure;

}  // namespace

namespace fovea {

fov_status fail(fov_status status, const char* format, ...) noexcept {
  last_failure.status = status;
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(last_failure.text, sizeof last_failure.text, format, arguments);
  va_end(arguments);
  return status;
}

}  // namespace fovea

extern "C" fov_status fov_last_status(void) { return last_failure.status; }
extern "C" const char* fov_last_error(void) { return last_failure.text; }
