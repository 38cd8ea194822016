#include "harness.h"

using namespace fovea::test;

// One f32 sum, rounded once: exact against the same sum in double, rounded to the dtype.
TEST(agrees_with_the_formula) {
  Context context(2);
  for (int32_t dtype : {FOV_F32, FOV_BF16})
    for (int64_t D : {1, 15, 16, 17, 33, 1792})
      for (double size : {0.01, 3.0, 1e6}) {
        const Tensor a = random_tensor(dtype, {3, D}, 1, size);
        const Tensor b = random_tensor(dtype, {3, D}, 4), y(dtype, {3, D}, 2);
        CHECK_OK(fov_add(context, a, b, y));
        for (int64_t i = 0; i < 3 * D; ++i) {
          const double want = rounded(dtype, double(float(a.get(i) + b.get(i))));
          CHECK(y.get(i) == want, "%s %.9g + %.9g: got %.9g", dtype_text(dtype), a.get(i), b.get(i),
                y.get(i));
        }
        CHECK(y.intact(), "wrote outside the output");
      }
}

TEST(in_place) {
  Context context;
  const Tensor a = random_tensor(FOV_BF16, {4, 21}, 3), b = random_tensor(FOV_BF16, {4, 21});
  const Tensor y(FOV_BF16, {4, 21});
  CHECK_OK(fov_add(context, a, b, y));
  const Tensor sum(a);
  CHECK_OK(fov_add(context, sum, b, sum));
  for (int64_t i = 0; i < 4 * 21; ++i) CHECK(sum.get(i) == y.get(i), "in place differs");
  fov_tensor shifted = sum.view();
  shifted.shape[1] = 20;
  fov_tensor target = shifted;
  target.data = static_cast<fovea::bf16*>(shifted.data) + 1;
  CHECK_INVALID("does not overlap", fov_add(context, &shifted, &shifted, &target));
}

TEST(nan_and_wrong_arguments) {
  Context context;
  Tensor a = random_tensor(FOV_F32, {1, 20});
  const Tensor b = random_tensor(FOV_F32, {1, 20}), y(FOV_F32, {1, 20}), bf(FOV_BF16, {1, 20});
  a.set(19, NAN);
  CHECK_OK(fov_add(context, a, b, y));
  for (int64_t i = 0; i < 20; ++i) CHECK(std::isnan(y.get(i)) == (i == 19), "at %d", int(i));
  CHECK_INVALID("b: wanted [1,20]", fov_add(context, a, Tensor(FOV_F32, {1, 19}), y));
  CHECK_INVALID("b: wanted f32", fov_add(context, a, bf, y));
  CHECK_INVALID("y: wanted f32", fov_add(context, a, b, bf));
  const Tensor none(FOV_F32, {0, 20});
  CHECK_OK(fov_add(context, none, none, none));
}

FOVEA_TEST_MAIN()
