#include "harness.h"

using namespace fovea::test;

namespace {

// Maps and their windows.
struct Size {
  int64_t B, H, W, C;
  int32_t kh, kw, stride, padding;

  int64_t out_height() const { return (H + 2 * padding - kh) / stride + 1; }
  int64_t out_width() const { return (W + 2 * padding - kw) / stride + 1; }
  int64_t R() const { return B * out_height() * out_width(); }
};

fov_status pool(const Context& context, const Tensor& x, const Size& s, const fov_tensor* y) {
  return fov_max_pool(context, x, int32_t(s.H), int32_t(s.W), s.kh, s.kw, s.stride, s.padding, y);
}

// Every pixel asks which windows see it: the other way round than a kernel goes.
std::vector<double> pooled(const Tensor& x, const Size& s) {
  std::vector<double> y(size_t(s.R() * s.C), -INFINITY);
  for (int64_t i = 0; i < x.count(); ++i) {
    const int64_t c = i % s.C, column = i / s.C % s.W, line = i / s.C / s.W % s.H;
    const int64_t map = i / s.C / s.W / s.H;
    for (int64_t r = 0; r < s.out_height(); ++r)
      for (int64_t k = 0; k < s.out_width(); ++k) {
        const int64_t u = line + s.padding - r * s.stride, v = column + s.padding - k * s.stride;
        if (u < 0 || u >= s.kh || v < 0 || v >= s.kw) continue;
        double& best = y[size_t(((map * s.out_height() + r) * s.out_width() + k) * s.C + c)];
        if (std::isnan(x.get(i)) || x.get(i) > best) best = x.get(i);  // nothing is above a NaN
      }
  }
  return y;
}

void compare(const Context& context, const Tensor& x, const Size& s, int64_t padding) {
  const Tensor y(x.dtype(), {s.R(), s.C}, padding);
  CHECK_OK(pool(context, x, s, y));
  const std::vector<double> want = pooled(x, s);
  EXPECT_CLOSE(
      "max_pool", y, [&](int64_t i) { return want[size_t(i)]; },
      [](int64_t, double) { return 0.0; });
}

constexpr Size kSizes[] = {{1, 1, 1, 1, 1, 1, 1, 0},   {1, 8, 8, 16, 3, 3, 2, 1},
                           {2, 7, 9, 33, 3, 3, 2, 1},  {1, 6, 5, 31, 2, 2, 2, 0},
                           {3, 3, 4, 15, 3, 2, 1, 1},  {1, 5, 5, 1, 5, 5, 3, 4},
                           {1, 1, 30, 17, 1, 4, 3, 0}, {2, 4, 4, 300, 3, 3, 1, 2}};

}  // namespace

TEST(agrees_with_the_formula) {
  Context context(2);
  for (int32_t dtype : {FOV_F32, FOV_BF16})
    for (const Size& s : kSizes) {
      compare(context, random_tensor(dtype, {s.B * s.H * s.W, s.C}, s.C % 3), s, s.H % 2);
      // All below 0: what is outside the map would win as a 0.
      Tensor low = random_tensor(dtype, {s.B * s.H * s.W, s.C});
      low.fill([](int64_t) { return -uniform(1, 2); });
      compare(context, low, s, 0);
    }
}

TEST(nan_and_infinity) {
  Context context;
  for (int32_t dtype : {FOV_F32, FOV_BF16})
    for (const Size& s : kSizes) {
      Tensor x = random_tensor(dtype, {s.B * s.H * s.W, s.C});
      for (int64_t i = 0; i < x.count(); i += 7)
        x.set(i, i % 3 == 0 ? double(NAN) : i % 3 == 1 ? -INFINITY : INFINITY);
      compare(context, x, s, 1);
      x.fill([](int64_t) { return -INFINITY; });
      compare(context, x, s, 0);
    }
}

TEST(elements_may_begin_anywhere) {
  Context context;
  const Unaligned unaligned;
  for (int32_t dtype : {FOV_F32, FOV_BF16})
    compare(context, random_tensor(dtype, {64, 16}), kSizes[1], 0);
}

TEST(threads_do_not_change_bits) {
  Context one(1), two(2);
  const Size s = {2, 60, 61, 64, 3, 3, 2, 1};
  const Tensor x = random_tensor(FOV_F32, {s.B * s.H * s.W, s.C});
  const Tensor a(FOV_F32, {s.R(), s.C}), b(FOV_F32, {s.R(), s.C});
  CHECK_OK(pool(one, x, s, a));
  CHECK_OK(pool(two, x, s, b));
  CHECK(a.same_bits(b), "1 and 2 threads differ");
}

TEST(wrong_arguments) {
  Context context;
  const Size s = {2, 4, 6, 8, 3, 3, 2, 1};
  const Tensor x = random_tensor(FOV_F32, {48, 8}), y(FOV_F32, {12, 8});
  const auto sized = [&](int32_t H, int32_t W, int32_t kh, int32_t kw, int32_t stride,
                         int32_t padding) {
    return fov_max_pool(context, x, H, W, kh, kw, stride, padding, y);
  };
  CHECK_OK(pool(context, x, s, y));
  CHECK_INVALID("height in 1..16777216, got -1", sized(-1, 6, 3, 3, 2, 1));
  CHECK_INVALID("width in 1..16777216, got 0", sized(4, 0, 3, 3, 2, 1));
  CHECK_INVALID("window_height in 1..1024, got 0", sized(4, 6, 0, 3, 2, 0));
  CHECK_INVALID("window_width in 1..1024, got 2000", sized(4, 6, 3, 2000, 2, 1));
  CHECK_INVALID("stride in 1..1024, got 0", sized(4, 6, 3, 3, 0, 1));
  CHECK_INVALID("padding in 0..2, got 3", sized(4, 6, 3, 3, 2, 3));
  CHECK_INVALID("window_height of at most 4", sized(4, 6, 5, 3, 2, 0));
  CHECK_INVALID("x: whole maps of 25 rows, got f32[48,8]", sized(5, 5, 3, 3, 2, 1));
  CHECK_INVALID("y: 2 maps of 4 x 6 rows, got f32[12,8]", sized(4, 6, 3, 3, 1, 1));
  CHECK_INVALID("y: wanted [any,8]", pool(context, x, s, Tensor(FOV_F32, {12, 7})));
  CHECK_INVALID("y: wanted f32", pool(context, x, s, Tensor(FOV_BF16, {12, 8})));
  CHECK_INVALID("does not overlap", [&] {
    const fov_tensor part = x.rows(0, 12);
    return pool(context, x, s, &part);
  }());
  CHECK_INVALID("context", fov_max_pool(nullptr, x, 4, 6, 3, 3, 2, 1, y));
  CHECK_FAILS(FOV_UNIMPLEMENTED, "f16", pool(context, Tensor(FOV_F16, {48, 8}), s, y));
  CHECK_OK(pool(context, Tensor(FOV_F32, {0, 8}), s, Tensor(FOV_F32, {0, 8})));
  CHECK_OK(pool(context, Tensor(FOV_F32, {48, 0}), s, Tensor(FOV_F32, {12, 0})));
}

FOVEA_TEST_MAIN()
