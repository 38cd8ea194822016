#include "packed.h"

using namespace fovea::test;

namespace {

// y = I W^T: the weights as linear reads them, exactly, as f32 [K, N].
Tensor unpacked(const Context& context, const Packed& packed, int64_t N, int64_t K) {
  Tensor identity(FOV_F32, {K, K}), y(FOV_F32, {K, N});
  identity.fill([&](int64_t i) { return i / K == i % K ? 1 : 0; });
  CHECK_OK(fov_linear(context, identity, packed, nullptr, FOV_EPILOGUE_NONE, nullptr, y));
  CHECK(y.intact(), "linear wrote outside y");
  return y;
}

void expect_weights(const Context& context, int32_t dtype, const Tensor& weights) {
  const int64_t N = weights.size(0), K = weights.size(1);
  const Tensor y = unpacked(context, Packed(context, dtype, weights), N, K);
  for (int64_t n = 0; n < N; ++n)
    for (int64_t k = 0; k < K; ++k) {
      const double want = rounded(dtype, weights.get(n * K + k)), got = y.get(k * N + n);
      CHECK(got == want, "%s to %s [%d,%d]: weight [%d,%d] is %.9g, wanted %.9g",
            dtype_text(weights.dtype()), dtype_text(dtype), int(N), int(K), int(n), int(k), got,
            want);
    }
}

}  // namespace

TEST(every_dtype_and_shape_round_trips) {
  Context context(2);
  for (int32_t source : {FOV_F32, FOV_BF16, FOV_F16})
    for (int32_t dtype : {FOV_F32, FOV_BF16})
      for (int64_t N : {1, 15, 16, 17, 31, 48, 65})
        for (int64_t K : {1, 2, 15, 16, 17, 127, 128, 129})
          expect_weights(context, dtype, random_host_tensor(source, {N, K}, (N + K) % 3));
}

TEST(every_f16_value_is_exact) {  // subnormals included; not finite ones are tested below
  Context context;
  HostTensor weights(FOV_F16, {992, 64});  // sign, exponents 0..30, 10 bits: 63,488 values
  for (int64_t i = 0; i < weights.count(); ++i) {
    weights.set_bits(i, uint16_t(i < 31744 ? i : 0x8000 + (i - 31744)));
  }
  expect_weights(context, FOV_F32, weights);
  expect_weights(context, FOV_BF16, weights);
}

TEST(rounds_once_to_nearest_even) {
  Context context;
  // Around the middle between neighbours 1 and 1 + 2^-7, and between 1 + 2^-7 and 1 + 2^-6.
  const double cases[][2] = {{1 + 0x1p-8, 1},
                             {1 + 0x1p-8 + 0x1p-23, 1 + 0x1p-7},
                             {1 + 0x1p-8 - 0x1p-23, 1},
                             {1 + 0x1.8p-7, 1 + 0x1p-6},
                             {-1 - 0x1p-8 - 0x1p-23, -1 - 0x1p-7}};
  for (const auto& [value, want] : cases) {
    HostTensor weights(FOV_F32, {1, 1});
    weights.set(0, value);
    const Tensor y = unpacked(context, Packed(context, FOV_BF16, weights), 1, 1);
    CHECK(y.get(0) == want, "%.9g became %.9g, wanted %.9g", value, y.get(0), want);
  }
}

TEST(not_finite_weights_stay_so) {
  Context context;
  for (int32_t source : {FOV_F32, FOV_BF16, FOV_F16})
    for (int32_t dtype : {FOV_F32, FOV_BF16}) {
      HostTensor weights(source, {3, 1});
      weights.set(0, NAN);
      weights.set(1, INFINITY);
      weights.set(2, -INFINITY);
      const Tensor y = unpacked(context, Packed(context, dtype, weights), 3, 1);
      CHECK(std::isnan(y.get(0)) && y.get(1) == INFINITY && y.get(2) == -INFINITY,
            "%s to %s: %g %g %g", dtype_text(source), dtype_text(dtype), y.get(0), y.get(1),
            y.get(2));
    }
}

TEST(sources_may_begin_at_any_byte) {
  Context context;
  for (int32_t source : {FOV_F32, FOV_BF16, FOV_F16}) {
    const HostTensor aligned = random_host_tensor(source, {19, 37});
    const size_t bytes = size_t(19 * 37 * fovea::dtype_bytes(source));
    for (size_t offset : {1, 2, 3}) {
      std::vector<uint8_t> file(bytes + offset);
      std::memcpy(file.data() + offset, aligned.at(0), bytes);
      fov_tensor view = aligned.view();
      view.data = file.data() + offset;
      const Tensor want = unpacked(context, Packed(context, FOV_F32, aligned), 19, 37);
      const Tensor got = unpacked(context, Packed(context, FOV_F32, &view), 19, 37);
      CHECK(got.same_bits(want), "%s at byte %d", dtype_text(source), int(offset));
    }
  }
}

TEST(threads_do_not_change_bits) {
  Context one(1), two(2);
  const HostTensor weights = random_host_tensor(FOV_F32, {150, 301});
  const Packed a(one, FOV_BF16, weights), b(two, FOV_BF16, weights);
  CHECK(a.same_bytes(b), "1 and 2 threads differ");
}

TEST(packed_bytes_covers_padding) {
  Context context;
  const auto bytes = [&](int32_t dtype, int64_t N, int64_t K) {
    return fov_packed_bytes(context, dtype, N, K);
  };
  CHECK(bytes(FOV_F32, 4096, 4096) == 4096 * 4096 * 4, "no padding needed");
  CHECK(bytes(FOV_BF16, 22016, 4096) == int64_t{22016} * 4096 * 2, "no padding needed");
  CHECK(bytes(FOV_F32, 17, 5) >= 17 * 5 * 4 && bytes(FOV_BF16, 17, 5) >= 17 * 5 * 2, "too few");
}

TEST(packed_bytes_wrong_arguments) {
  Context context;
  const auto fails = [&](const char* part, int64_t bytes) {
    CHECK(bytes == -1 && fov_last_status() == FOV_INVALID_ARGUMENT &&
              std::strstr(fov_last_error(), part),
          "got %lld, \"%s\", wanted \"%s\"", static_cast<long long>(bytes), fov_last_error(), part);
  };
  fails("wanted a context", fov_packed_bytes(nullptr, FOV_F32, 1, 1));
  fails("dtype f32 | bf16, got f16", fov_packed_bytes(context, FOV_F16, 1, 1));
  fails("dtype f32 | bf16", fov_packed_bytes(context, 99, 1, 1));
  fails("got [0,4]", fov_packed_bytes(context, FOV_F32, 0, 4));
  fails("got [4,-1]", fov_packed_bytes(context, FOV_F32, 4, -1));
  fails("2^63", fov_packed_bytes(context, FOV_F32, int64_t{1} << 40, int64_t{1} << 40));
  fails("2^63", fov_packed_bytes(context, FOV_F32, INT64_MAX, INT64_MAX));
}

TEST(wrong_arguments) {
  Context context;
  const HostTensor first = random_host_tensor(FOV_F32, {16, 8});
  const HostTensor other = random_host_tensor(FOV_F32, {16, 9});
  const HostTensor half = random_host_tensor(FOV_F16, {16, 8});
  Packed packed(context, FOV_F32, first), pair(context, FOV_F32, first, first);
  const auto pack = [&](const fov_tensor* a, const fov_tensor* b, const fov_tensor* c) {
    return fov_pack_weights(context, a, b, c);
  };
  CHECK_INVALID("context", fov_pack_weights(nullptr, first, nullptr, packed));
  CHECK_INVALID("first: wanted a tensor, got NULL", pack(nullptr, nullptr, packed));
  CHECK_INVALID("packed: wanted packed weights, got NULL", pack(first, nullptr, nullptr));
  CHECK_INVALID("layout FOV_PACKED", pack(first, nullptr, Tensor(FOV_F32, {16, 8})));
  CHECK_INVALID("packed: wanted [16,8]", pack(first, nullptr, pair));
  CHECK_INVALID("packed: wanted [32,8]", pack(first, first, packed));
  CHECK_INVALID("second: wanted [16,8]", pack(first, other, pair));
  CHECK_INVALID("second: wanted f32", pack(first, half, pair));
  CHECK_INVALID("at least one row", pack(HostTensor(FOV_F32, {16, 0}), nullptr, packed));
  CHECK_FAILS(FOV_UNIMPLEMENTED, "first", pack(HostTensor(FOV_I32, {16, 8}), nullptr, packed));
  packed.edit()->dtype = FOV_F16;
  CHECK_FAILS(FOV_UNIMPLEMENTED, "packed: wanted f32 | bf16", pack(first, nullptr, packed));
  packed.edit()->dtype = FOV_F32;
  packed.edit()->rank = 1;
  CHECK_INVALID("packed: wanted rank 2", pack(first, nullptr, packed));
  packed.edit()->rank = 2;
  packed.edit()->device = other_device();
  CHECK_INVALID(on_device(), pack(first, nullptr, packed));
  packed.edit()->device = device();
  void* const memory = packed.edit()->data;
  packed.edit()->data = first.view().data;
  CHECK_INVALID("does not overlap the input", pack(first, nullptr, packed));
  packed.edit()->data = static_cast<char*>(memory) + 1;
  CHECK_INVALID("aligned", pack(first, nullptr, packed));
  packed.edit()->data = nullptr;
  CHECK_INVALID("not NULL", pack(first, nullptr, packed));
}

FOVEA_TEST_MAIN()
