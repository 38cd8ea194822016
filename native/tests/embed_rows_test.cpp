#include "harness.h"

using namespace fovea::test;

TEST(copies_the_rows_of_the_ids) {
  Context context(2);
  for (int32_t from : {FOV_F32, FOV_BF16, FOV_F16})
    for (int32_t to : {FOV_F32, FOV_BF16})
      for (int64_t D : {1, 15, 16, 17, 33, 4096}) {
        const int64_t V = 11, R = 23;
        const Tensor table = random_tensor(from, {V, D}, 2), y(to, {R, D}, 3);
        Tensor ids(FOV_I32, {R});
        ids.fill([&](int64_t) { return double(uniform_int(0, V - 1)); });
        CHECK_OK(fov_embed_rows(context, table, ids, y));
        EXPECT_CLOSE(
            "embed_rows", y,
            [&](int64_t i) { return rounded(to, table.get(int64_t(ids.get(i / D)) * D + i % D)); },
            [](int64_t, double) { return 0.0; });
      }
}

TEST(nan_and_wrong_arguments) {
  Context context;
  Tensor table = random_tensor(FOV_F32, {4, 9});
  table.set(9 + 8, NAN);
  const Tensor y(FOV_BF16, {2, 9});
  CHECK_OK(fov_embed_rows(context, table, i32_tensor({1, 0}), y));
  for (int64_t i = 0; i < 18; ++i) CHECK(std::isnan(y.get(i)) == (i == 8), "at %d", int(i));
  if (on_cpu()) {
    CHECK_INVALID("ids[1] in 0..3, got 4", fov_embed_rows(context, table, i32_tensor({0, 4}), y));
    CHECK_INVALID("ids[0]", fov_embed_rows(context, table, i32_tensor({-1, 0}), y));
  }
  CHECK_INVALID("y: wanted [1,9]", fov_embed_rows(context, table, i32_tensor({0}), y));
  CHECK_FAILS(FOV_UNIMPLEMENTED, "f16",
              fov_embed_rows(context, table, i32_tensor({0, 1}), Tensor(FOV_F16, {2, 9})));
  CHECK_FAILS(FOV_UNIMPLEMENTED, "f32", fov_embed_rows(context, table, Tensor(FOV_F32, {2}), y));
  CHECK_INVALID("does not overlap",
                fov_embed_rows(context, table, i32_tensor({0, 1, 2, 3}), table));
  CHECK_OK(fov_embed_rows(context, table, Tensor(FOV_I32, {0}), Tensor(FOV_F32, {0, 9})));
}

FOVEA_TEST_MAIN()
