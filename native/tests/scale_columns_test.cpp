#include "harness.h"

using namespace fovea::test;

namespace {

const fov_tensor* when(bool given, const Tensor& tensor) {
  return given ? static_cast<const fov_tensor*>(tensor) : nullptr;
}

// One f32 product, rounded, and one f32 sum, rounded: both exact in double before they round.
double expected(int32_t dtype, double x, double gain, const double* residual) {
  const double product = rounded(dtype, double(float(x * gain)));
  return residual ? rounded(dtype, double(float(*residual + product))) : product;
}

void compare(const Context& context, int32_t dtype, int64_t R, int64_t D, bool adds) {
  const Tensor x = random_tensor(dtype, {R, D}, 1, 3), gain = random_tensor(FOV_F32, {D});
  const Tensor residual = random_tensor(dtype, {R, D}, 4), y(dtype, {R, D}, 2);
  CHECK_OK(fov_scale_columns(context, x, gain, when(adds, residual), y));
  EXPECT_CLOSE(
      "scale_columns", y,
      [&](int64_t i) {
        const double added = residual.get(i);
        return expected(dtype, x.get(i), gain.get(i % D), adds ? &added : nullptr);
      },
      [](int64_t, double) { return 0.0; });
}

}  // namespace

TEST(agrees_with_the_formula) {
  Context context(2);
  for (int32_t dtype : {FOV_F32, FOV_BF16})
    for (int64_t D : {1, 15, 16, 17, 31, 32, 33, 1024})
      for (bool adds : {false, true}) compare(context, dtype, 3, D, adds);
}

TEST(elements_may_begin_anywhere) {
  Context context;
  const Unaligned unaligned;
  for (int32_t dtype : {FOV_F32, FOV_BF16}) compare(context, dtype, 3, 64, true);
}

TEST(in_place) {
  Context context;
  for (int32_t dtype : {FOV_F32, FOV_BF16}) {
    const Tensor x = random_tensor(dtype, {4, 45}, 3), residual = random_tensor(dtype, {4, 45}, 3);
    const Tensor gain = random_tensor(FOV_F32, {45});
    const Tensor y(dtype, {4, 45}, 3), onto_x(x), onto_residual(residual);
    CHECK_OK(fov_scale_columns(context, x, gain, residual, y));
    CHECK_OK(fov_scale_columns(context, onto_x, gain, residual, onto_x));
    CHECK_OK(fov_scale_columns(context, x, gain, onto_residual, onto_residual));
    CHECK(y.same_bits(onto_x) && y.same_bits(onto_residual), "in place differs");
  }
}

TEST(threads_do_not_change_bits) {
  Context one(1), two(2);
  const Tensor x = random_tensor(FOV_BF16, {97, 1024}), gain = random_tensor(FOV_F32, {1024});
  const Tensor a(FOV_BF16, {97, 1024}), b(FOV_BF16, {97, 1024});
  CHECK_OK(fov_scale_columns(one, x, gain, x, a));
  CHECK_OK(fov_scale_columns(two, x, gain, x, b));
  CHECK(a.same_bits(b), "1 and 2 threads differ");
}

TEST(nan_zero_rows_and_wrong_arguments) {
  Context context;
  Tensor x = random_tensor(FOV_F32, {2, 20});
  const Tensor gain = random_tensor(FOV_F32, {20}), y(FOV_F32, {2, 20}), bf(FOV_BF16, {2, 20});
  x.set(19, NAN);
  CHECK_OK(fov_scale_columns(context, x, gain, nullptr, y));
  for (int64_t i = 0; i < 40; ++i) CHECK(std::isnan(y.get(i)) == (i == 19), "at %d", int(i));
  const Tensor none(FOV_F32, {0, 20}), narrow(FOV_F32, {2, 0});
  CHECK_OK(fov_scale_columns(context, none, gain, none, none));
  CHECK_OK(fov_scale_columns(context, narrow, Tensor(FOV_F32, {0}), nullptr, narrow));
  CHECK_INVALID("gain: wanted [20]",
                fov_scale_columns(context, x, Tensor(FOV_F32, {19}), nullptr, y));
  CHECK_INVALID("gain: wanted a tensor, got NULL",
                fov_scale_columns(context, x, nullptr, nullptr, y));
  CHECK_FAILS(FOV_UNIMPLEMENTED, "gain: wanted f32",
              fov_scale_columns(context, x, Tensor(FOV_BF16, {20}), nullptr, y));
  CHECK_INVALID("residual: wanted f32", fov_scale_columns(context, x, gain, bf, y));
  CHECK_INVALID("residual: wanted [2,20]",
                fov_scale_columns(context, x, gain, Tensor(FOV_F32, {1, 20}), y));
  CHECK_INVALID("y: wanted f32", fov_scale_columns(context, x, gain, nullptr, bf));
  CHECK_INVALID("y: wanted [2,20]",
                fov_scale_columns(context, x, gain, nullptr, Tensor(FOV_F32, {3, 20})));
  CHECK_INVALID("context", fov_scale_columns(nullptr, x, gain, nullptr, y));
  Tensor shifted(y);
  shifted.edit()->data = static_cast<float*>(x.view().data) + 1;
  CHECK_INVALID("does not overlap", fov_scale_columns(context, x, gain, nullptr, shifted));
  CHECK_INVALID("does not overlap", fov_scale_columns(context, y, gain, x, shifted));
}

FOVEA_TEST_MAIN()
