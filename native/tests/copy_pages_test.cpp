#include "harness.h"

using namespace fovea::test;

TEST(copies_in_order) {
  Context context(2);
  for (int32_t dtype : {FOV_F32, FOV_BF16})
    for (int64_t size : {1, 33, 40000}) {
      const Tensor before = random_tensor(dtype, {7, 2, size});
      const Tensor pages(before);
      CHECK_OK(fov_copy_pages(context, pages, i32_tensor({0, 1, 0}), i32_tensor({3, 6, 6})));
      const int64_t from[] = {0, 1, 2, 0, 4, 5, 0};  // page 6 was written twice
      EXPECT_CLOSE(
          "copy_pages", pages,
          [&](int64_t i) { return before.get(from[i / (2 * size)] * 2 * size + i % (2 * size)); },
          [](int64_t, double) { return 0.0; });
    }
}

TEST(wrong_arguments) {
  Context context;
  const Tensor pages = random_tensor(FOV_F32, {4, 8}), one = i32_tensor({1});
  if (on_cpu()) {
    CHECK_INVALID("source[0] in 0..3", fov_copy_pages(context, pages, i32_tensor({4}), one));
    CHECK_INVALID("target[0] in 0..3", fov_copy_pages(context, pages, one, i32_tensor({-1})));
    CHECK_INVALID("both", fov_copy_pages(context, pages, i32_tensor({0, 1}), i32_tensor({2, 0})));
  }
  CHECK_INVALID("target: wanted [1]", fov_copy_pages(context, pages, one, i32_tensor({2, 3})));
  CHECK_INVALID("contiguous", fov_copy_pages(context, Tensor(FOV_F32, {4, 8}, 1), one, one));
  CHECK_FAILS(FOV_UNIMPLEMENTED, "u8", fov_copy_pages(context, Tensor(FOV_U8, {4, 8}), one, one));
  CHECK_OK(fov_copy_pages(context, pages, Tensor(FOV_I32, {0}), Tensor(FOV_I32, {0})));
}

FOVEA_TEST_MAIN()
