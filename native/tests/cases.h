// Test cases and checks: TEST(name) { ... CHECK(...) ... }.
#pragma once
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "fovea/fovea.h"

namespace fovea::test {

struct Case {
  const char* name;
  void (*body)();
};

inline std::vector<Case>& cases() {
  static std::vector<Case> all;
  return all;
}

inline int64_t failures = 0;  // of the running case

struct Registration {
  Registration(const char* name, void (*body)()) { cases().push_back({name, body}); }
};

#define TEST(name)                                                       \
  static void test_##name();                                             \
  static const fovea::test::Registration reg_##name(#name, test_##name); \
  static void test_##name()

[[gnu::format(printf, 3, 4)]] inline void report_failure(const char* file, int line,
                                                         const char* format, ...) {
  if (++failures > 10) return;  // enough to see what is wrong
  std::printf("  %s:%d: ", file, line);
  va_list arguments;
  va_start(arguments, format);
  std::vprintf(format, arguments);
  va_end(arguments);
  std::printf("\n");
}

#define CHECK(condition, ...)                                          \
  do {                                                                 \
    if (!(condition)) {                                                \
      fovea::test::report_failure(__FILE__, __LINE__, "" __VA_ARGS__); \
    }                                                                  \
  } while (0)

#define CHECK_OK(call)                                                                    \
  do {                                                                                    \
    const fov_status status_ = (call);                                                    \
    CHECK(status_ == FOV_OK, "%s: status %d: %s", #call, int(status_), fov_last_error()); \
  } while (0)

// The call fails with this status, and its text has `part`.
#define CHECK_FAILS(status, part, call)                                             \
  do {                                                                              \
    const fov_status status_ = (call);                                              \
    const std::string part_ = (part);                                               \
    CHECK(status_ == (status) && fov_last_status() == (status) &&                   \
              std::strstr(fov_last_error(), part_.c_str()),                         \
          "%s: status %d, text \"%s\", wanted %d with \"%s\"", #call, int(status_), \
          status_ ? fov_last_error() : "", int(status), part_.c_str());             \
  } while (0)

#define CHECK_INVALID(part, call) CHECK_FAILS(FOV_INVALID_ARGUMENT, part, call)

}  // namespace fovea::test
