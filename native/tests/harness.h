// A small test harness for ops, the same for every backend. A test file holds TEST(name) bodies and
// ends with FOVEA_TEST_MAIN(). Every run prints "N passed, N failed, N absent" and fails if any
// failed. FOVEA_DEVICE names the device; random data comes from FOVEA_TEST_SEED, printed;
// FOVEA_TEST_CASE, the name of a TEST, leaves out all others.
//
// To test an op: fill inputs with random_tensor (its padding is NaN), give it outputs that are
// Tensors (poisoned, tail guarded), run the op, and compare with a float64 oracle through
// expect_close, whose bound counts units of the output's rounding and is derived in a comment. Then
// one wrong-argument case for every check in src/ops, through CHECK_INVALID.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "cases.h"
#include "common/dtype.h"
#include "device.h"
#include "fovea/ops.h"

namespace fovea::test {

inline std::mt19937_64 random_engine;

inline double uniform(double low, double high) {
  return std::uniform_real_distribution<double>(low, high)(random_engine);
}
inline double normal() { return std::normal_distribution<double>()(random_engine); }
inline int64_t uniform_int(int64_t low, int64_t high) {  // both included
  return std::uniform_int_distribution<int64_t>(low, high)(random_engine);
}

inline const char* dtype_text(int32_t dtype) { return dtype_name(dtype); }

// While one lives, new tensors begin at addresses that are aligned to their element, but no better.
class Unaligned {
 public:
  Unaligned() { shift = 1; }
  ~Unaligned() { shift = 0; }
  Unaligned(const Unaligned&) = delete;

  static inline int64_t shift = 0;  // elements
};

// A tensor that owns guarded memory: a margin before and after the elements, filled like the gaps
// between rows, is checked by intact().
class Tensor {
 public:
  // padding: elements between rows (axis rank-2), beyond the last axis' size.
  Tensor(int32_t dtype, std::vector<int64_t> shape, int64_t padding = 0)
      : Tensor(dtype, std::move(shape), padding, false) {}
  Tensor(const Tensor& other) : view_(other.view_), margin_(other.margin_), memory_(other.memory_) {
    place();
  }
  Tensor& operator=(const Tensor&) = delete;

  // For a call.
  operator const fov_tensor*() const {
    memory_.lend();
    return &view_;
  }
  fov_tensor* edit() {  // for wrong-argument cases
    memory_.lend();
    return &view_;
  }
  const fov_tensor& view() const {
    memory_.lend();
    return view_;
  }
  // The view of rows [begin, begin + rows).
  fov_tensor rows(int64_t begin, int64_t rows) const {
    fov_tensor part = elements_from(begin * view_.stride[0]);
    part.shape[0] = rows;
    return part;
  }
  // The view that begins `offset` elements further on, to be given its shape.
  fov_tensor elements_from(int64_t offset) const {
    fov_tensor part = view();
    part.data = static_cast<char*>(part.data) + offset * width();
    return part;
  }

  int32_t dtype() const { return view_.dtype; }
  int64_t size(int axis) const { return view_.shape[axis]; }
  int64_t stride(int axis) const { return view_.stride[axis]; }
  int64_t count() const {
    int64_t n = 1;
    for (int32_t i = 0; i < view_.rank; ++i) n *= view_.shape[i];
    return n;
  }
  int64_t width() const { return dtype_bytes(view_.dtype); }  // of an element, in bytes

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
  // Where the host has element i: width() bytes, and those of its row after them.
  const uint8_t* at(int64_t i) const { return memory_.read() + position(i); }
  // Every element, in row-major order of the shape.
  std::vector<double> values() const {
    std::vector<double> all(static_cast<size_t>(count()));
    for (size_t i = 0; i < all.size(); ++i) all[i] = get(int64_t(i));
    return all;
  }
  // Rounds value to the dtype.
  void set(int64_t i, double value) {
    void* p = memory_.write() + position(i);
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
  // An element of 16 bits.
  uint16_t bits(int64_t i) const {
    uint16_t bits;
    std::memcpy(&bits, at(i), sizeof bits);
    return bits;
  }
  void set_bits(int64_t i, uint16_t bits) {
    std::memcpy(memory_.write() + position(i), &bits, sizeof bits);
  }
  void fill(const std::function<double(int64_t)>& value) {
    for (int64_t i = 0, n = count(); i < n; ++i) set(i, value(i));
  }

  // Whether everything outside the elements still has the poison.
  bool intact() const {
    std::vector<bool> element(memory_.bytes(), false);
    for (int64_t i = 0, n = count(); i < n; ++i)
      for (int64_t b = 0; b < width(); ++b) element[size_t(position(i) + b)] = true;
    const uint8_t* bytes = memory_.read();
    for (size_t b = 0; b < element.size(); ++b)
      if (!element[b] && bytes[b] != 0xff) return false;
    return true;
  }
  bool same_bits(const Tensor& other) const {
    return memory_.bytes() == other.memory_.bytes() &&
           std::memcmp(memory_.read(), other.memory_.read(), memory_.bytes()) == 0;
  }

 protected:
  Tensor(int32_t dtype, std::vector<int64_t> shape, int64_t padding, bool in_host_memory)
      : view_(described(dtype, shape, padding)),
        memory_(size_t((span(shape, padding) + 2 * margin_) * dtype_bytes(dtype)), in_host_memory) {
    place();
  }

 private:
  static fov_tensor described(int32_t dtype, const std::vector<int64_t>& shape, int64_t padding) {
    fov_tensor view{};
    view.dtype = dtype;
    view.layout = FOV_STRIDED;
    view.rank = int32_t(shape.size());
    int64_t stride = 1;
    for (int32_t i = view.rank - 1; i >= 0; --i) {
      view.shape[i] = shape[size_t(i)];
      view.stride[i] = stride;
      stride *= shape[size_t(i)] + (i == view.rank - 1 ? padding : 0);
    }
    return view;
  }
  // Elements from the first to the end of the last row's padding.
  static int64_t span(const std::vector<int64_t>& shape, int64_t padding) {
    int64_t n = 1;
    for (size_t i = 0; i < shape.size(); ++i) n *= shape[i] + (i + 1 == shape.size() ? padding : 0);
    return n;
  }
  void place() {
    view_.device = memory_.on_host() ? FOV_CPU : device();
    view_.data = static_cast<uint8_t*>(memory_.address()) + margin_ * width();
  }
  // Of element i in row-major order, in bytes.
  int64_t position(int64_t i) const {
    int64_t offset = margin_;
    for (int32_t axis = view_.rank - 1; axis >= 0; --axis) {
      offset += i % view_.shape[axis] * view_.stride[axis];
      i /= view_.shape[axis];
    }
    return offset * width();
  }

  fov_tensor view_;
  int64_t margin_ = 64 + Unaligned::shift;  // elements before the first and after the last
  Memory memory_;
};

// A tensor in host memory on every device, for ops that read it there.
class HostTensor : public Tensor {
 public:
  HostTensor(int32_t dtype, std::vector<int64_t> shape, int64_t padding = 0)
      : Tensor(dtype, std::move(shape), padding, true) {}
};

// Fills with normal values, and returns its argument.
template <typename Kind>
Kind randomized(Kind tensor, double scale) {
  tensor.fill([&](int64_t) { return scale * normal(); });
  return tensor;
}
inline Tensor random_tensor(int32_t dtype, std::vector<int64_t> shape, int64_t padding = 0,
                            double scale = 1) {
  return randomized(Tensor(dtype, std::move(shape), padding), scale);
}
inline HostTensor random_host_tensor(int32_t dtype, std::vector<int64_t> shape, int64_t padding = 0,
                                     double scale = 1) {
  return randomized(HostTensor(dtype, std::move(shape), padding), scale);
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

constexpr int kAbsent = 77;  // exit status that ctest counts as skipped

// What the tests run on; nullptr where it is absent, with the reason in `absent`.
inline const char* backend(std::string* absent) {
  if (on_cpu()) {
    const char* wanted = std::getenv("FOVEA_ISA");
    if (wanted && !std::strstr(fov_cpu_features(), (std::string("kernels: ") + wanted).c_str()))
      *absent = fov_cpu_features();
    return absent->empty() ? fov_cpu_features() : nullptr;
  }
  if (fov_device_count(device()) >= 1)
    if (const char* description = fov_device_description(device(), 0)) return description;
  *absent = fov_last_error();
  return nullptr;
}

inline int run_all() {
  std::string absent;
  const char* description = backend(&absent);
  if (!description) {
    std::printf("0 passed, 0 failed, %zu absent (%s)\n", cases().size(), absent.c_str());
    return kAbsent;
  }
  const char* given = std::getenv("FOVEA_TEST_SEED");
  const uint64_t seed = given ? std::strtoull(given, nullptr, 10) : 20231106;
  const char* only = std::getenv("FOVEA_TEST_CASE");
  int passed = 0, failed = 0;
  std::printf("%s; seed %llu\n", description, static_cast<unsigned long long>(seed));
  for (const Case& test : cases()) {
    if (only && std::strcmp(only, test.name) != 0) continue;
    random_engine.seed(seed);
    failures = 0;
    test.body();
    CHECK(close_memory_context(), "memory of tensors was not freed");
    (failures ? failed : passed) += 1;
    if (failures) std::printf("FAILED %s\n", test.name);
    std::fflush(stdout);  // a device may end the process
  }
  std::printf("%d passed, %d failed, 0 absent\n", passed, failed);
  return failed || passed == 0 ? 1 : 0;
}

#define FOVEA_TEST_MAIN() \
  int main() { return fovea::test::run_all(); }

}  // namespace fovea::test
