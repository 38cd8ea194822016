#include "harness.h"

using namespace fovea;
using namespace fovea::test;

namespace {

// The representable neighbour of value in a 16-bit format, found by search over its values: an
// oracle that shares nothing with the conversions.
template <typename T>
std::vector<std::pair<double, uint16_t>> finite_values() {
  std::vector<std::pair<double, uint16_t>> values;
  for (uint32_t b = 0; b < 0x8000; ++b) {
    const int exponent_bits = __is_same(T, bf16) ? 8 : 5, mantissa_bits = 15 - exponent_bits;
    const int exponent = int(b >> mantissa_bits), mantissa = int(b & ((1u << mantissa_bits) - 1));
    const int bias = (1 << (exponent_bits - 1)) - 1;
    if (exponent == (1 << exponent_bits) - 1) break;
    const double value = exponent == 0 ? std::ldexp(mantissa, 1 - bias - mantissa_bits)
                                       : std::ldexp(mantissa + (1 << mantissa_bits),
                                                    exponent - bias - mantissa_bits);
    values.emplace_back(value, uint16_t(b));
  }
  return values;
}

template <typename T>
void check_rounding(int32_t dtype, double largest_rounded) {
  Context context;
  const auto values = finite_values<T>();
  std::vector<float> inputs;
  std::vector<uint16_t> expected;
  for (size_t i = 0; i + 1 < values.size(); i += 7) {
    const double low = values[i].first, high = values[i + 1].first, middle = (low + high) / 2;
    for (double x : {low, low + (high - low) * 0.3, middle, low + (high - low) * 0.7}) {
      if (double(float(x)) != x && x == middle) continue;  // no such f32
      const double exact = double(float(x));
      const bool up = exact > middle || (exact == middle && values[i].second % 2 == 1);
      for (int sign : {0, 0x8000}) {
        inputs.push_back(sign ? -float(x) : float(x));
        expected.push_back(uint16_t(values[up ? i + 1 : i].second | sign));
      }
    }
  }
  inputs.push_back(float(largest_rounded));  // from here on: infinity
  expected.push_back(uint16_t(values.back().second + 1));
  const int64_t n = int64_t(inputs.size());
  Tensor x(FOV_F32, {1, n}), y(dtype, {1, n}), back(FOV_F32, {1, n});
  x.fill([&](int64_t i) { return inputs[size_t(i)]; });
  CHECK_OK(fov_convert(context, x, y));
  CHECK_OK(fov_convert(context, y, back));
  for (int64_t i = 0; i < n; ++i) {
    const uint16_t got = y.bits(i);
    CHECK(got == expected[size_t(i)], "%s of %a: got bits %04x, wanted %04x", dtype_text(dtype),
          double(inputs[size_t(i)]), got, expected[size_t(i)]);
    const double widened = back.get(i);
    const uint16_t magnitude = got & 0x7fff;
    const double want = magnitude < values.size() ? values[magnitude].first : INFINITY;
    CHECK(widened == (got >> 15 ? -want : want), "f32 of %s %04x: got %a", dtype_text(dtype), got,
          widened);
  }
  CHECK(y.intact() && back.intact(), "wrote outside the output");
}

}  // namespace

TEST(bf16_rounds_to_nearest_even) { check_rounding<bf16>(FOV_BF16, 3.3961775e38); }
TEST(f16_rounds_to_nearest_even) { check_rounding<f16>(FOV_F16, 65520); }

TEST(every_pair_of_dtypes_strides_and_nan) {
  Context context(2);
  for (int32_t from : {FOV_F32, FOV_BF16, FOV_F16})
    for (int32_t to : {FOV_F32, FOV_BF16, FOV_F16})
      for (int64_t D : {1, 7, 8, 9, 16, 33, 5000}) {
        Tensor x = random_tensor(from, {4, D}, 3);
        x.set(D, NAN);
        x.set(2 * D, -INFINITY);
        const Tensor y(to, {4, D}, 1);
        CHECK_OK(fov_convert(context, x, y));
        EXPECT_CLOSE(
            std::string(dtype_text(from)) + " to " + dtype_text(to), y,
            [&](int64_t i) { return to == FOV_F32 ? x.get(i) : rounded(to, x.get(i)); },
            [](int64_t, double) { return 0.0; });
      }
}

TEST(source_at_an_odd_address) {
  Context context;
  for (int32_t from : {FOV_F32, FOV_BF16, FOV_F16}) {
    const HostTensor x = random_host_tensor(from, {3, 37});
    std::vector<char> bytes(size_t(3 * 37 * dtype_bytes(from)) + 1);
    std::memcpy(bytes.data() + 1, x.at(0), bytes.size() - 1);
    fov_tensor odd = x.view();
    odd.data = bytes.data() + 1;
    const Tensor y(FOV_F32, {3, 37}), same(from, {3, 37});
    CHECK_OK(fov_convert(context, &odd, y));
    CHECK_OK(fov_convert(context, &odd, same));
    for (int64_t i = 0; i < 111; ++i) CHECK(y.get(i) == x.get(i), "at %d", int(i));
    CHECK(same.same_bits(x), "a copy differs");
  }
}

TEST(source_with_a_strided_last_axis) {
  Context context(2);
  for (int32_t from : {FOV_F32, FOV_BF16, FOV_F16})
    for (int32_t to : {FOV_F32, FOV_BF16, FOV_F16})
      for (int64_t R : {1, 5})
        for (int64_t D : {2, 7, 16, 33, 5000}) {
          const HostTensor x = random_host_tensor(from, {D, R}, 2);
          std::vector<char> bytes(size_t(D * (R + 2) * dtype_bytes(from)) + 1);
          std::memcpy(bytes.data() + 1, x.at(0), bytes.size() - 1);
          fov_tensor transposed = x.view();
          transposed.data = bytes.data() + 1;
          std::swap(transposed.shape[0], transposed.shape[1]);
          std::swap(transposed.stride[0], transposed.stride[1]);
          const Tensor y(to, {R, D}, 1);
          CHECK_OK(fov_convert(context, &transposed, y));
          EXPECT_CLOSE(
              std::string(dtype_text(from)) + " to " + dtype_text(to), y,
              [&](int64_t i) { return rounded(to, x.get(i % D * R + i / D)); },
              [](int64_t, double) { return 0.0; });
        }
}

TEST(source_on_the_device_with_a_strided_last_axis) {
  Context context;
  for (int32_t from : {FOV_F32, FOV_BF16, FOV_F16})
    for (int32_t to : {FOV_F32, FOV_BF16}) {
      const int64_t D = 33, R = 5;
      const Tensor x = random_tensor(from, {D, R}, 2), y(to, {R, D}, 1);
      fov_tensor transposed = x.view();
      std::swap(transposed.shape[0], transposed.shape[1]);
      std::swap(transposed.stride[0], transposed.stride[1]);
      CHECK_OK(fov_convert(context, &transposed, y));
      EXPECT_CLOSE(
          std::string(dtype_text(from)) + " to " + dtype_text(to), y,
          [&](int64_t i) { return rounded(to, x.get(i % D * R + i / D)); },
          [](int64_t, double) { return 0.0; });
    }
}

TEST(wrong_arguments) {
  Context context;
  const Tensor x = random_tensor(FOV_F32, {2, 8}), y(FOV_F16, {2, 8}), ints(FOV_I32, {2, 8});
  CHECK_INVALID("y: wanted [2,8]", fov_convert(context, x, Tensor(FOV_F16, {2, 7})));
  CHECK_INVALID("does not overlap", fov_convert(context, x, x));
  CHECK_FAILS(FOV_UNIMPLEMENTED, "i32", fov_convert(context, ints, y));
  CHECK_FAILS(FOV_UNIMPLEMENTED, "i32", fov_convert(context, x, ints));
  Tensor strided(FOV_F16, {2, 8});
  strided.edit()->stride[1] = 2;
  CHECK_INVALID("y: wanted a contiguous last axis", fov_convert(context, x, strided));
  const Tensor none(FOV_F32, {0, 8});
  CHECK_OK(fov_convert(context, none, none));
}

FOVEA_TEST_MAIN()
