// A small test harness for ops. A test file holds TEST(name) { ... CHECK(...) ... } bodies and
// ends with FOVEA_TEST_MAIN(). Every run prints "N passed, N failed, N absent" and fails if any
// failed. Random data comes from a seed, printed; FOVEA_TEST_SEED sets it.
//
// To test an op: fill inputs with random_tensor (its padding is NaN), outputs with output_tensor
// (poisoned, tail guarded), run the op, and compare with a float64 oracle through expect_close,
// whose bound counts units of the output's rounding and is derived in a comment. Then one
// wrong-argument case for every check in src/ops, through CHECK_INVALID.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "common/dtype.h"
#include "fovea/ops.h"

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
inline std::mt19937_64 random_engine;

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
    CHECK(status_ == (status) && fov_last_status() == (status) &&                   \
              std::strstr(fov_last_error(), part),                                  \
          "%s: status %d, text \"%s\", wanted %d with \"%s\"", #call, int(status_), \
          status_ ? fov_last_error() : "", int(status), part);                      \
  } while (0)

#define CHECK_INVALID(part, call) CHECK_FAILS(FOV_INVALID_ARGUMENT, part, call)

inline double uniform(double low, double high) {
  return std::uniform_real_distribution<double>(low, high)(random_engine);
}
inline double normal() { return std::normal_distribution<double>()(random_engine); }
inline int64_t uniform_int(int64_t low, int64_t high) {  // both included
  return std::uniform_int_distribution<int64_t>(low, high)(random_engine);
}

inline const char* dtype_text(int32_t dtype) { return dtype_name(dtype); }

// A tensor that owns guarded memory: a margin before and after the elements, filled like the gaps
// between rows, is checked by intact().
class Tensor {
 public:
  // padding: elements between rows (axis rank-2), beyond the last axis' size.
  Tensor(int32_t dtype, std::vector<int64_t> shape, int64_t padding = 0) {
    view_.dtype = dtype;
    view_.device = FOV_CPU;
    view_.layout = FOV_STRIDED;
    view_.rank = int32_t(shape.size());
    int64_t stride = 1;
    for (int32_t i = view_.rank - 1; i >= 0; --i) {
      view_.shape[i] = shape[size_t(i)];
      view_.stride[i] = stride;
      stride *= shape[size_t(i)] + (i == view_.rank - 1 ? padding : 0);
    }
    span_ = stride > 0 ? stride : 0;
    bytes_.assign(size_t((span_ + 2 * kMargin) * dtype_bytes(dtype)), 0xff);  // NaN in f32, bf16
    view_.data = bytes_.data() + kMargin * dtype_bytes(dtype);
  }
  Tensor(const Tensor& other) : view_(other.view_), bytes_(other.bytes_), span_(other.span_) {
    view_.data = bytes_.data() + kMargin * dtype_bytes(view_.dtype);
  }
  Tensor& operator=(const Tensor&) = delete;

  operator const fov_tensor*() const { return &view_; }
  fov_tensor* edit() { return &view_; }  // for wrong-argument cases
  const fov_tensor& view() const { return view_; }
  int64_t size(int axis) const { return view_.shape[axis]; }
  int64_t count() const {
    int64_t n = 1;
    for (int32_t i = 0; i < view_.rank; ++i) n *= view_.shape[i];
    return n;
  }

  // Element i in row-major order of the shape.
  double get(int64_t i) const {
    const void* p = at(i);
    switch (view_.dtype) {
      case FOV_F32:
        return *static_cast<const float*>(p);
      case FOV_BF16:
        return to_float(*static_cast<const bf16*>(p));
      case FOV_F16:
        return to_float(*static_cast<const f16*>(p));
      case FOV_I32:
        return *static_cast<const int32_t*>(p);
      case FOV_I8:
        return *static_cast<const int8_t*>(p);
      default:  // u8, and f8 as its code
        return *static_cast<const uint8_t*>(p);
    }
  }
  // Every element, in row-major order of the shape.
  std::vector<double> values() const {
    std::vector<double> all(static_cast<size_t>(count()));
    for (size_t i = 0; i < all.size(); ++i) all[i] = get(int64_t(i));
    return all;
  }
  // Rounds value to the dtype.
  void set(int64_t i, double value) {
    void* p = at(i);
    switch (view_.dtype) {
      case FOV_F32:
        *static_cast<float*>(p) = float(value);
        break;
      case FOV_BF16:
        *static_cast<bf16*>(p) = from_float<bf16>(float(value));
        break;
      case FOV_F16:
        *static_cast<f16*>(p) = from_float<f16>(float(value));
        break;
      case FOV_I32:
        *static_cast<int32_t*>(p) = int32_t(value);
        break;
      case FOV_I8:
        *static_cast<int8_t*>(p) = int8_t(value);
        break;
      default:
        *static_cast<uint8_t*>(p) = uint8_t(value);
    }
  }
  void fill(const std::function<double(int64_t)>& value) {
    for (int64_t i = 0, n = count(); i < n; ++i) set(i, value(i));
  }

  // Whether everything outside the elements still has the poison.
  bool intact() const {
    std::vector<bool> element(bytes_.size(), false);
    const size_t width = size_t(dtype_bytes(view_.dtype));
    for (int64_t i = 0, n = count(); i < n; ++i) {
      const size_t offset = size_t(static_cast<const uint8_t*>(at(i)) - bytes_.data());
      for (size_t b = 0; b < width; ++b) element[offset + b] = true;
    }
    for (size_t b = 0; b < bytes_.size(); ++b)
      if (!element[b] && bytes_[b] != 0xff) return false;
    return true;
  }
  bool same_bits(const Tensor& other) const { return bytes_ == other.bytes_; }

 private:
  static constexpr int64_t kMargin = 64;  // elements

  const void* at(int64_t i) const {
    int64_t offset = 0;
    for (int32_t axis = view_.rank - 1; axis >= 0; --axis) {
      offset += i % view_.shape[axis] * view_.stride[axis];
      i /= view_.shape[axis];
    }
    return static_cast<const uint8_t*>(view_.data) + offset * dtype_bytes(view_.dtype);
  }
  void* at(int64_t i) { return const_cast<void*>(std::as_const(*this).at(i)); }

  fov_tensor view_{};
  std::vector<uint8_t> bytes_;
  int64_t span_ = 0;
};

inline Tensor random_tensor(int32_t dtype, std::vector<int64_t> shape, int64_t padding = 0,
                            double scale = 1) {
  Tensor tensor(dtype, std::move(shape), padding);
  tensor.fill([&](int64_t) { return scale * normal(); });
  return tensor;
}

inline Tensor i32_tensor(const std::vector<int32_t>& values) {
  Tensor tensor(FOV_I32, {int64_t(values.size())});
  tensor.fill([&](int64_t i) { return double(values[size_t(i)]); });
  return tensor;
}

// Distance between neighbours of `dtype` around value; at least that at `floor`.
inline double unit(int32_t dtype, double value, double floor) {
  const int digits = dtype == FOV_F32 ? 24 : dtype == FOV_F16 ? 11 : 8;
  const double magnitude = std::max(std::abs(value), std::max(floor, 1e-37));
  return std::ldexp(1.0, std::ilogb(magnitude) + 1 - digits);
}

// Rounding of an oracle's intermediate to a dtype, where the contract says "rounds".
inline double rounded(int32_t dtype, double value) {
  return dtype == FOV_BF16  ? double(to_float(from_float<bf16>(float(value))))
         : dtype == FOV_F16 ? double(to_float(from_float<f16>(float(value))))
                            : value;
}

// Every element within allowed(i) of expected(i); NaN is expected exactly where expected is NaN.
inline void expect_close(const char* file, int line, const std::string& what, const Tensor& actual,
                         const std::function<double(int64_t)>& expected,
                         const std::function<double(int64_t, double)>& allowed) {
  for (int64_t i = 0, n = actual.count(); i < n; ++i) {
    const double got = actual.get(i), want = expected(i);
    if (std::isnan(want) ? std::isnan(got) : std::abs(got - want) <= allowed(i, want)) continue;
    if (std::isinf(want) && got == want) continue;
    report_failure(file, line, "%s: element %lld: got %.9g, wanted %.9g (allowed error %.3g)",
                   what.c_str(), static_cast<long long>(i), got, want, allowed(i, want));
    return;
  }
  if (!actual.intact()) report_failure(file, line, "%s: wrote outside the output", what.c_str());
}
#define EXPECT_CLOSE(...) fovea::test::expect_close(__FILE__, __LINE__, __VA_ARGS__)

// Owns a CPU context.
class Context {
 public:
  explicit Context(int32_t threads = 1) : context_(fov_context_create(FOV_CPU, 0, threads)) {
    if (!context_) {
      std::printf("no context: %s\n", fov_last_error());
      std::exit(1);
    }
  }
  ~Context() { fov_context_destroy(context_); }
  Context(const Context&) = delete;
  operator fov_context*() const { return context_; }

 private:
  fov_context* context_;
};

// Whether the instruction set that FOVEA_ISA asks for is the one in use.
inline bool wanted_isa_present() {
  const char* wanted = std::getenv("FOVEA_ISA");
  return !wanted || std::strstr(fov_cpu_features(), (std::string("kernels: ") + wanted).c_str());
}

constexpr int kAbsent = 77;  // exit status that ctest counts as skipped

inline int run_all() {
  if (!wanted_isa_present()) {
    std::printf("0 passed, 0 failed, %zu absent (%s)\n", cases().size(), fov_cpu_features());
    return kAbsent;
  }
  const char* given = std::getenv("FOVEA_TEST_SEED");
  const uint64_t seed = given ? std::strtoull(given, nullptr, 10) : 20231106;
  int passed = 0, failed = 0;
  std::printf("%s; seed %llu\n", fov_cpu_features(), static_cast<unsigned long long>(seed));
  for (const Case& test : cases()) {
    random_engine.seed(seed);
    failures = 0;
    test.body();
    (failures ? failed : passed) += 1;
    if (failures) std::printf("FAILED %s\n", test.name);
  }
  std::printf("%d passed, %d failed, 0 absent\n", passed, failed);
  return failed ? 1 : 0;
}

#define FOVEA_TEST_MAIN() \
  int main() { return fovea::test::run_all(); }

}  // namespace fovea::test
