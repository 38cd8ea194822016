#include "harness.h"

using namespace fovea::test;

namespace {

// Sum of D squares in f32: relative error about sqrt(D) units of 2^-24, halved by the root; then
// three roundings, and for bf16 the one of the store.
double allowed_units(int32_t dtype, int64_t D) {
  return dtype == FOV_F32 ? 4 + std::sqrt(double(D)) : 0.51;
}

void compare(int32_t dtype, int64_t R, int64_t D, double scale, int64_t padding) {
  Context context;
  const Tensor x = random_tensor(dtype, {R, D}, padding, scale);
  const Tensor weight = random_tensor(FOV_F32, {D});
  const Tensor y(dtype, {R, D}, padding + 1);
  const float eps = 1e-5f;
  CHECK_OK(fov_rms_norm(context, x, weight, eps, y));
  std::vector<double> inverse(size_t(R), 0.0);
  for (int64_t r = 0; r < R; ++r) {
    double sum = 0;
    for (int64_t d = 0; d < D; ++d) sum += x.get(r * D + d) * x.get(r * D + d);
    inverse[size_t(r)] = 1 / std::sqrt(sum / double(D) + double(eps));
  }
  EXPECT_CLOSE(
      std::string("rms_norm ") + dtype_text(dtype) + " R=" + std::to_string(R) +
          " D=" + std::to_string(D),
      y, [&](int64_t i) { return x.get(i) * inverse[size_t(i / D)] * weight.get(i % D); },
      [&](int64_t, double want) { return allowed_units(dtype, D) * unit(dtype, want, 0); });
}

}  // namespace

TEST(agrees_with_the_formula) {
  for (int32_t dtype : {FOV_F32, FOV_BF16})
    for (int64_t D : {1, 7, 15, 16, 17, 31, 32, 33, 256, 1792, 4096, 4099})
      for (int64_t R : {1, 2, 7})
        for (double scale : {3.0, 1e-3}) compare(dtype, R, D, scale, D % 3);
}

TEST(elements_may_begin_anywhere) {
  const Unaligned unaligned;
  for (int32_t dtype : {FOV_F32, FOV_BF16})
    for (int64_t padding : {0, 8}) compare(dtype, 3, 64, 1, padding);
}

TEST(in_place_and_zero_rows) {
  Context context;
  for (int32_t dtype : {FOV_F32, FOV_BF16}) {
    const Tensor x = random_tensor(dtype, {3, 37}, 5);
    const Tensor weight = random_tensor(FOV_F32, {37});
    const Tensor y(dtype, {3, 37}, 5), z(x);
    CHECK_OK(fov_rms_norm(context, x, weight, 0, y));
    CHECK_OK(fov_rms_norm(context, z, weight, 0, z));
    CHECK(y.same_bits(z), "in place differs");
    const Tensor none(dtype, {0, 37});
    CHECK_OK(fov_rms_norm(context, none, weight, 0, none));
  }
}

TEST(nan_stays_in_its_row) {
  Context context;
  Tensor x = random_tensor(FOV_F32, {2, 33});
  x.set(40, NAN);
  const Tensor weight = random_tensor(FOV_F32, {33}), y(FOV_F32, {2, 33});
  CHECK_OK(fov_rms_norm(context, x, weight, 1e-5f, y));
  for (int64_t i = 0; i < 66; ++i) CHECK(std::isnan(y.get(i)) == (i >= 33), "element %d", int(i));
}

TEST(threads_do_not_change_bits) {
  Context one(1), two(2);
  const Tensor x = random_tensor(FOV_BF16, {301, 700}), weight = random_tensor(FOV_F32, {700});
  const Tensor a(FOV_BF16, {301, 700}), b(FOV_BF16, {301, 700});
  CHECK_OK(fov_rms_norm(one, x, weight, 1e-5f, a));
  CHECK_OK(fov_rms_norm(two, x, weight, 1e-5f, b));
  CHECK(a.same_bits(b), "1 and 2 threads differ");
}

TEST(wrong_arguments) {
  Context context;
  const Tensor x = random_tensor(FOV_F32, {2, 16}), weight = random_tensor(FOV_F32, {16});
  const Tensor y(FOV_F32, {2, 16}), bf(FOV_BF16, {2, 16}), half(FOV_F16, {2, 16});
  CHECK_INVALID("context", fov_rms_norm(nullptr, x, weight, 0, y));
  CHECK_INVALID("x: wanted a tensor, got NULL", fov_rms_norm(context, nullptr, weight, 0, y));
  CHECK_INVALID("weight: wanted [16], got f32[7]" + on_device(),
                fov_rms_norm(context, x, Tensor(FOV_F32, {7}), 0, y));
  CHECK_INVALID("y: wanted [2,16]", fov_rms_norm(context, x, weight, 0, Tensor(FOV_F32, {2, 15})));
  CHECK_INVALID("y: wanted f32, got bf16[2,16]", fov_rms_norm(context, x, weight, 0, bf));
  CHECK_INVALID("rank 2", fov_rms_norm(context, weight, weight, 0, y));
  CHECK_INVALID("eps", fov_rms_norm(context, x, weight, -1, y));
  CHECK_INVALID("eps", fov_rms_norm(context, x, weight, NAN, y));
  CHECK_FAILS(FOV_UNIMPLEMENTED, "f16", fov_rms_norm(context, half, weight, 0, half));
  Tensor odd(y);
  odd.edit()->device = other_device();
  CHECK_INVALID("a tensor" + on_device() + ", got f32[2,16]" + on_device(other_device()),
                fov_rms_norm(context, x, weight, 0, odd));
  odd.edit()->device = device();
  odd.edit()->stride[1] = 2;
  CHECK_INVALID("contiguous last axis", fov_rms_norm(context, x, weight, 0, odd));
  odd.edit()->stride[1] = 1;
  odd.edit()->stride[0] = 15;
  CHECK_INVALID("do not overlap", fov_rms_norm(context, x, weight, 0, odd));
  odd.edit()->stride[0] = 16;
  odd.edit()->data = static_cast<float*>(x.view().data) + 4;
  CHECK_INVALID("does not overlap the input", fov_rms_norm(context, x, weight, 0, odd));
  odd.edit()->data = static_cast<char*>(y.view().data) + 2;
  CHECK_INVALID("aligned", fov_rms_norm(context, x, weight, 0, odd));
  odd.edit()->data = nullptr;
  CHECK_INVALID("not NULL", fov_rms_norm(context, x, weight, 0, odd));
  Tensor huge(x);
  huge.edit()->shape[0] = int64_t{1} << 62;
  CHECK_INVALID("2^63", fov_rms_norm(context, huge, weight, 0, y));
}

FOVEA_TEST_MAIN()
