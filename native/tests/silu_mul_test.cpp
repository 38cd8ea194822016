#include "harness.h"

using namespace fovea::test;

namespace {

double silu(double x) { return x / (1 + std::exp(-x)); }

}  // namespace

// f32: exp within 2 units, then a sum, a quotient and a product; below -88.7 e^-gate overflows, so
// that results under 1e-36 are zero. bf16: the silu rounds first, to
// either side where it lies at a tie.
TEST(agrees_with_the_formula) {
  Context context(2);
  for (int32_t dtype : {FOV_F32, FOV_BF16})
    for (int64_t D : {1, 15, 16, 17, 33, 11008})
      for (double size : {0.01, 3.0, 60.0}) {
        const Tensor gate = random_tensor(dtype, {3, D}, 1, size);
        const Tensor up = random_tensor(dtype, {3, D}, 4), y(dtype, {3, D}, 2);
        CHECK_OK(fov_silu_mul(context, gate, up, y));
        for (int64_t i = 0; i < 3 * D; ++i) {
          bool close = false;
          for (double side : {1 - 0x1p-20, 1 + 0x1p-20}) {
            const double activated = silu(gate.get(i));
            const double want =
                (dtype == FOV_BF16 ? rounded(dtype, activated * side) : activated) * up.get(i);
            const double units = dtype == FOV_BF16 ? 0.501 : 6;
            close = close || std::abs(y.get(i) - want) <= units * unit(dtype, want, 0) + 1e-36;
          }
          CHECK(close, "%s gate %.9g up %.9g: got %.9g", dtype_text(dtype), gate.get(i), up.get(i),
                y.get(i));
        }
        CHECK(y.intact(), "wrote outside the output");
      }
}

TEST(halves_of_one_buffer_and_in_place) {
  Context context;
  const int64_t R = 4, F = 21;
  const Tensor pair = random_tensor(FOV_BF16, {R, 2 * F}), y(FOV_BF16, {R, F});
  const Tensor both(pair);
  fov_tensor gate = pair.view(), up = pair.elements_from(F);
  gate.shape[1] = up.shape[1] = F;
  CHECK_OK(fov_silu_mul(context, &gate, &up, y));
  fov_tensor first = both.view(), second = both.elements_from(F);
  first.shape[1] = second.shape[1] = F;
  CHECK_OK(fov_silu_mul(context, &first, &second, &first));
  for (int64_t r = 0; r < R; ++r)
    for (int64_t d = 0; d < F; ++d) {
      CHECK(both.get(r * 2 * F + d) == y.get(r * F + d), "in place differs");
      CHECK(both.get(r * 2 * F + F + d) == pair.get(r * 2 * F + F + d), "up was written");
    }
  second.data = static_cast<fovea::bf16*>(first.data) + F - 1;
  CHECK_INVALID("does not overlap", fov_silu_mul(context, &first, &first, &second));
}

TEST(nan_and_wrong_arguments) {
  Context context;
  Tensor gate = random_tensor(FOV_F32, {1, 20});
  const Tensor up = random_tensor(FOV_F32, {1, 20}), y(FOV_F32, {1, 20}), bf(FOV_BF16, {1, 20});
  gate.set(19, NAN);
  CHECK_OK(fov_silu_mul(context, gate, up, y));
  for (int64_t i = 0; i < 20; ++i) CHECK(std::isnan(y.get(i)) == (i == 19), "at %d", int(i));
  CHECK_INVALID("up: wanted [1,20]", fov_silu_mul(context, gate, Tensor(FOV_F32, {1, 19}), y));
  CHECK_INVALID("up: wanted f32", fov_silu_mul(context, gate, bf, y));
  CHECK_INVALID("y: wanted f32", fov_silu_mul(context, gate, up, bf));
  const Tensor none(FOV_F32, {0, 20});
  CHECK_OK(fov_silu_mul(context, none, none, none));
}

FOVEA_TEST_MAIN()
