#include "harness.h"

using namespace fovea::test;

// The f32 formula itself: erf within 2 units near 1 (2^-24 each), the sum 1 + erf rounds, then two
// products. Where 1 + erf cancels, the error is relative to |x| / 2, not to the result.
TEST(agrees_with_the_formula) {
  Context context(2);
  for (int32_t dtype : {FOV_F32, FOV_BF16})
    for (int64_t D : {1, 31, 32, 33, 100, 4099}) {
      Tensor x = random_tensor(dtype, {5, D}, 2);
      const double sizes[] = {1e-6, 0.1, 1, 5, 60};
      x.fill([&](int64_t i) { return sizes[i / D] * uniform(-1, 1); });
      const Tensor y(dtype, {5, D}, 1);
      CHECK_OK(fov_gelu(context, x, y));
      EXPECT_CLOSE(
          "gelu", y, [&](int64_t i) { return 0.5 * x.get(i) * (1 + std::erf(x.get(i) / M_SQRT2)); },
          [&](int64_t i, double want) {
            return (0.5 * std::abs(x.get(i)) * 4 + 2 * std::abs(want)) * 0x1p-24 +
                   (dtype == FOV_BF16 ? 0.5 * unit(dtype, want, 0) : 0);
          });
    }
}

// erf alone, recovered from gelu: 1 + erf(z) = 2 gelu(x) / x, on a dense grid around its pieces.
TEST(erf_is_accurate_everywhere) {
  Context context;
  const int64_t n = 20001;
  Tensor x(FOV_F32, {1, n}), y(FOV_F32, {1, n});
  x.fill([&](int64_t i) { return -7 + 14 * (double(i) + 0.37) / double(n); });
  CHECK_OK(fov_gelu(context, x, y));
  for (int64_t i = 0; i < n; ++i) {
    const double factor = 2 * y.get(i) / x.get(i), want = 1 + std::erf(x.get(i) / M_SQRT2);
    CHECK(std::abs(factor - want) <= 6 * 0x1p-24, "x = %.9g: 1 + erf %.9g, wanted %.9g", x.get(i),
          factor, want);
  }
}

TEST(special_values_in_place_and_zero_rows) {
  Context context;
  Tensor x(FOV_F32, {1, 5});
  const double values[] = {0, INFINITY, NAN, 1e30, -1e30};
  x.fill([&](int64_t i) { return values[i]; });
  CHECK_OK(fov_gelu(context, x, x));
  CHECK(x.get(0) == 0 && x.get(1) == INFINITY && std::isnan(x.get(2)), "0, infinity or NaN");
  CHECK(x.get(3) == double(1e30f) && x.get(4) == 0, "large values: %g, %g", x.get(3), x.get(4));
  const Tensor none(FOV_BF16, {0, 3});
  CHECK_OK(fov_gelu(context, none, none));
}

TEST(wrong_arguments) {
  Context context;
  const Tensor x = random_tensor(FOV_F32, {2, 3}), half(FOV_F16, {2, 3});
  CHECK_INVALID("y: wanted [2,3]", fov_gelu(context, x, Tensor(FOV_F32, {3, 2})));
  CHECK_INVALID("y: wanted f32", fov_gelu(context, x, Tensor(FOV_BF16, {2, 3})));
  CHECK_INVALID("x: wanted a tensor", fov_gelu(context, nullptr, x));
  CHECK_FAILS(FOV_UNIMPLEMENTED, "f16", fov_gelu(context, half, half));
}

FOVEA_TEST_MAIN()
