#include "harness.h"

using namespace fovea::test;

namespace {

// The oracle rounds products as the contract says; what is left to the op is the sum's rounding to
// f32, which bf16 may round once more: an f32 sum of two bf16 products is exact or far from a tie.
void compare(int32_t dtype, int64_t R, int64_t H, int64_t K, int64_t padding) {
  Context context(2);
  const Tensor x = random_tensor(dtype, {R, H, K}, padding), before(x);
  const Tensor angle = random_tensor(FOV_F32, {R, K / 2});
  Tensor cos(FOV_F32, {R, K / 2}, 1), sin(FOV_F32, {R, K / 2}, 2);
  cos.fill([&](int64_t i) { return std::cos(angle.get(i)); });
  sin.fill([&](int64_t i) { return std::sin(angle.get(i)); });
  CHECK_OK(fov_rope_pairs(context, x, cos, sin));
  const auto product = [&](double a, double b) { return rounded(dtype, double(float(a * b))); };
  EXPECT_CLOSE(
      std::string(dtype_text(dtype)) + " R" + std::to_string(R) + " H" + std::to_string(H) + " K" +
          std::to_string(K),
      x,
      [&](int64_t i) {
        const int64_t r = i / (H * K), pair = r * (K / 2) + i % K / 2;
        const double c = cos.get(pair), s = sin.get(pair);
        const double a = before.get(i - i % 2), b = before.get(i - i % 2 + 1);
        return rounded(dtype,
                       i % 2 == 0 ? product(a, c) - product(b, s) : product(b, c) + product(a, s));
      },
      // The products' f32 rounding is in the oracle; what is left is the sum's.
      [&](int64_t, double want) { return dtype == FOV_BF16 ? 0.0 : unit(dtype, want, 0) / 2; });
}

}  // namespace

TEST(agrees_with_the_formula) {
  for (int32_t dtype : {FOV_F32, FOV_BF16})
    for (int64_t R : {0, 1, 3, 37})
      for (int64_t H : {1, 2, 16})
        for (int64_t K : {2, 8, 14, 16, 32, 64, 66}) compare(dtype, R, H, K, (R + H) % 3 * 2);
}

TEST(elements_may_begin_anywhere) {
  const Unaligned unaligned;
  for (int32_t dtype : {FOV_F32, FOV_BF16}) compare(dtype, 3, 2, 64, 0);
}

TEST(heads_of_a_wider_matrix) {  // queries inside [R, 3, H, K]: only the last axis is contiguous
  Context context;
  Tensor qkv = random_tensor(FOV_F32, {5, 3, 64}), cos(FOV_F32, {5, 8}), sin(FOV_F32, {5, 8});
  cos.fill([](int64_t) { return 0; });
  sin.fill([](int64_t) { return 1; });
  const Tensor before(qkv);
  fov_tensor keys = qkv.elements_from(64);
  keys.shape[1] = 4, keys.shape[2] = 16;
  keys.stride[1] = 16;
  CHECK_OK(fov_rope_pairs(context, &keys, cos, sin));
  for (int64_t i = 0; i < qkv.count(); ++i) {
    const bool key = i / 64 % 3 == 1;
    const double want = !key ? before.get(i) : i % 2 ? before.get(i - 1) : -before.get(i + 1);
    CHECK(qkv.get(i) == want, "element %d is %g, wanted %g", int(i), qkv.get(i), want);
  }
}

TEST(nan_stays_in_its_pair) {
  Context context;
  for (int32_t dtype : {FOV_F32, FOV_BF16}) {
    Tensor x = random_tensor(dtype, {2, 2, 16}), ones(FOV_F32, {2, 8});
    ones.fill([](int64_t) { return 1; });
    x.set(21, NAN);
    CHECK_OK(fov_rope_pairs(context, x, ones, ones));
    for (int64_t i = 0; i < 64; ++i) CHECK(std::isnan(x.get(i)) == (i / 2 == 10), "at %d", int(i));
  }
}

TEST(threads_do_not_change_bits) {
  Context one(1), two(2);
  const Tensor x = random_tensor(FOV_BF16, {500, 4, 64}), y(x);
  const Tensor cos = random_tensor(FOV_F32, {500, 32}), sin = random_tensor(FOV_F32, {500, 32});
  CHECK_OK(fov_rope_pairs(one, x, cos, sin));
  CHECK_OK(fov_rope_pairs(two, y, cos, sin));
  CHECK(x.same_bits(y), "1 and 2 threads differ");
}

TEST(wrong_arguments) {
  Context context;
  const Tensor x = random_tensor(FOV_F32, {3, 2, 8}), odd = random_tensor(FOV_F32, {3, 2, 7});
  const Tensor cos = random_tensor(FOV_F32, {3, 4}), sin = random_tensor(FOV_F32, {3, 4});
  CHECK_INVALID("context", fov_rope_pairs(nullptr, x, cos, sin));
  CHECK_INVALID("x: wanted a tensor, got NULL", fov_rope_pairs(context, nullptr, cos, sin));
  CHECK_INVALID("x: wanted rank 3", fov_rope_pairs(context, cos, cos, sin));
  CHECK_INVALID("cos: wanted a tensor, got NULL", fov_rope_pairs(context, x, nullptr, sin));
  CHECK_INVALID("sin: wanted a tensor, got NULL", fov_rope_pairs(context, x, cos, nullptr));
  CHECK_INVALID("an even head size, got 7", fov_rope_pairs(context, odd, cos, sin));
  CHECK_INVALID("cos: wanted [3,4]", fov_rope_pairs(context, x, Tensor(FOV_F32, {2, 4}), sin));
  CHECK_INVALID("sin: wanted [3,4]", fov_rope_pairs(context, x, cos, Tensor(FOV_F32, {3, 8})));
  CHECK_FAILS(FOV_UNIMPLEMENTED, "x: wanted f32 | bf16",
              fov_rope_pairs(context, Tensor(FOV_F16, {3, 2, 8}), cos, sin));
  CHECK_FAILS(FOV_UNIMPLEMENTED, "cos: wanted f32",
              fov_rope_pairs(context, x, Tensor(FOV_BF16, {3, 4}), sin));
  Tensor repeated(x);
  repeated.edit()->stride[1] = 4;
  CHECK_INVALID("do not overlap", fov_rope_pairs(context, repeated, cos, sin));
  Tensor inside(cos);
  inside.edit()->data = x.view().data;
  CHECK_INVALID("does not overlap", fov_rope_pairs(context, x, inside, sin));
  CHECK_INVALID("does not overlap", fov_rope_pairs(context, x, cos, inside));
}

FOVEA_TEST_MAIN()
