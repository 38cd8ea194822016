#include "harness.h"

using namespace fovea::test;

TEST(copies_the_named_rows) {
  Context context(2);
  for (int32_t dtype : {FOV_F32, FOV_BF16})
    for (int64_t D : {1, 16, 33, 4096}) {
      const int64_t M = 9, R = 14;
      Tensor x = random_tensor(dtype, {M, D}, 2), rows(FOV_I32, {R});
      x.set(0, NAN);
      rows.fill([&](int64_t) { return double(uniform_int(0, M - 1)); });
      const Tensor y(dtype, {R, D}, 1);
      CHECK_OK(fov_gather_rows(context, x, rows, y));
      EXPECT_CLOSE(
          "gather_rows", y, [&](int64_t i) { return x.get(int64_t(rows.get(i / D)) * D + i % D); },
          [](int64_t, double) { return 0.0; });
    }
}

TEST(wrong_arguments) {
  Context context;
  const Tensor x = random_tensor(FOV_F32, {4, 8}), y(FOV_F32, {2, 8}), rows = i32_tensor({3, 0});
  if (on_cpu())
    CHECK_INVALID("rows[0] in 0..3", fov_gather_rows(context, x, i32_tensor({4, 0}), y));
  CHECK_INVALID("y: wanted f32", fov_gather_rows(context, x, rows, Tensor(FOV_BF16, {2, 8})));
  CHECK_INVALID("y: wanted [2,8]", fov_gather_rows(context, x, rows, Tensor(FOV_F32, {2, 7})));
  CHECK_INVALID("does not overlap", fov_gather_rows(context, x, i32_tensor({0, 1, 2, 3}), x));
  CHECK_FAILS(FOV_UNIMPLEMENTED, "f16", fov_gather_rows(context, Tensor(FOV_F16, {4, 8}), rows, y));
  CHECK_OK(fov_gather_rows(context, x, Tensor(FOV_I32, {0}), Tensor(FOV_F32, {0, 8})));
}

FOVEA_TEST_MAIN()
