#include "stored.h"

using namespace fovea::test;

namespace {

// y = I W^T: the weights as linear reads them, as f32 [K, N].
Tensor unpacked(const Context& context, const Packed& packed, int64_t N, int64_t K) {
  Tensor identity(FOV_F32, {K, K}), y(FOV_F32, {K, N});
  identity.fill([&](int64_t i) { return i / K == i % K ? 1 : 0; });
  CHECK_OK(fov_linear(context, identity, packed, nullptr, FOV_EPILOGUE_NONE, nullptr, y));
  return y;
}

void expect_weights(const Context& context, const Stored& w, int32_t dtype) {
  const Packed packed(context, dtype, FOV_PACKED, w.K, w.group, w.values, w.scales);
  const Tensor y = unpacked(context, packed, w.N, w.K);
  const std::vector<double> want = w.dequantized();
  for (int64_t n = 0; n < w.N; ++n)
    for (int64_t k = 0; k < w.K; ++k)
      CHECK(y.get(k * w.N + n) == want[size_t(n * w.K + k)],
            "%s [%d,%d] group %d: weight [%d,%d] is %.9g, wanted %.9g", dtype_text(dtype), int(w.N),
            int(w.K), int(w.group), int(n), int(k), y.get(k * w.N + n), want[size_t(n * w.K + k)]);
}

// A copy of the elements' bytes that begins `offset` bytes into `file`.
fov_tensor at_byte(const HostTensor& tensor, size_t offset, std::vector<uint8_t>& file) {
  fov_tensor view = tensor.view();
  const auto bytes = size_t(view.shape[0] * view.stride[0] * fovea::dtype_bytes(view.dtype));
  file.resize(bytes + offset);
  std::memcpy(file.data() + offset, tensor.at(0), bytes);
  view.data = file.data() + offset;
  return view;
}

}  // namespace

TEST(every_dtype_scale_and_shape_round_trips) {
  Context context(2);
  constexpr std::pair<int64_t, int64_t> kInputs[] = {
      {8, 8}, {32, 32}, {40, 40}, {96, 32}, {256, 128}};
  for (int32_t dtype : {FOV_I8, FOV_I4, FOV_F8})
    for (int32_t scale_dtype : {FOV_F32, FOV_BF16, FOV_F16})
      for (int64_t N : {1, 15, 16, 17, 65})
        for (const auto& [K, group] : kInputs)
          expect_weights(context, Stored(dtype, scale_dtype, N, K, group), dtype);
}

TEST(every_f8_code) {
  Context context;
  Stored w(FOV_F8, FOV_F32, 2, 127, 127);
  w.scales.fill([](int64_t) { return 1; });
  for (int64_t i = 0; i < 254; ++i) {
    const uint8_t code = uint8_t(i < 127 ? i : i + 1);  // 0..126, 128..254
    w.values.set(i, code);
    w.q[size_t(i)] = f8_value(code);
  }
  CHECK(w.q[126] == 448 && w.q[1] == 0x1p-9, "the table is wrong");
  expect_weights(context, w, FOV_F8);
}

TEST(sources_may_begin_at_any_byte) {
  Context context;
  for (int32_t dtype : {FOV_I8, FOV_I4, FOV_F8}) {
    const Stored w(dtype, FOV_BF16, 19, 64, 32);
    const Tensor want =
        unpacked(context, Packed(context, dtype, FOV_PACKED, 64, 32, w.values, w.scales), 19, 64);
    for (size_t offset : {1, 2, 3}) {
      std::vector<uint8_t> value_file, scale_file;
      const fov_tensor values = at_byte(w.values, offset, value_file);
      const fov_tensor scales = at_byte(w.scales, offset, scale_file);
      const Tensor got =
          unpacked(context, Packed(context, dtype, FOV_PACKED, 64, 32, &values, &scales), 19, 64);
      CHECK(got.same_bits(want), "%s at byte %d", dtype_text(dtype), int(offset));
    }
  }
}

TEST(threads_do_not_change_bits) {
  Context one(1), two(2);
  const Stored w(FOV_I4, FOV_BF16, 150, 320, 32);
  const Packed a(one, FOV_I4, FOV_PACKED, 320, 32, w.values, w.scales);
  const Packed b(two, FOV_I4, FOV_PACKED, 320, 32, w.values, w.scales);
  CHECK(a.same_bytes(b), "1 and 2 threads differ");
}

TEST(packed_bytes_are_those_of_values_and_scales) {
  Context context;
  const auto bytes = [&](int32_t dtype, int32_t scale, int64_t N, int64_t K, int64_t group) {
    return fov_packed_quantized_bytes(context, dtype, scale, N, K, group);
  };
  CHECK(bytes(FOV_I8, FOV_F32, 4096, 4096, 4096) == 4096 * (4096 + 4), "i8");
  CHECK(bytes(FOV_F8, FOV_BF16, 4096, 4096, 4096) == 4096 * (4096 + 2), "f8");
  CHECK(bytes(FOV_I4, FOV_F16, 4096, 4096, 32) == 4096 * (2048 + 256), "i4");
  CHECK(bytes(FOV_I8, FOV_F32, 17, 5, 5) >= 17 * (5 + 4), "too few");
}

TEST(packed_bytes_wrong_arguments) {
  Context context;
  const auto fails = [&](const char* part, int64_t bytes) {
    CHECK(bytes == -1 && fov_last_status() == FOV_INVALID_ARGUMENT &&
              std::strstr(fov_last_error(), part),
          "got %lld, \"%s\", wanted \"%s\"", static_cast<long long>(bytes), fov_last_error(), part);
  };
  const auto bytes = [&](int32_t dtype, int32_t scale, int64_t N, int64_t K, int64_t group) {
    return fov_packed_quantized_bytes(context, dtype, scale, N, K, group);
  };
  fails("wanted a context", fov_packed_quantized_bytes(nullptr, FOV_I8, FOV_F32, 1, 32, 32));
  fails("dtype i8 | i4 | f8, got bf16", bytes(FOV_BF16, FOV_F32, 1, 32, 32));
  fails("scale_dtype f32 | bf16 | f16, got i8", bytes(FOV_I8, FOV_I8, 1, 32, 32));
  fails("got [0,32]", bytes(FOV_I8, FOV_F32, 0, 32, 32));
  fails("got [1,0]", bytes(FOV_I8, FOV_F32, 1, 0, 0));
  fails("K a multiple of 8 for i4, got 36", bytes(FOV_I4, FOV_F32, 1, 36, 36));
  fails("group K or a multiple of 32 that divides K, got 16 of 32",
        bytes(FOV_I8, FOV_F32, 1, 32, 16));
  fails("group", bytes(FOV_I8, FOV_F32, 1, 96, 64));
  fails("group", bytes(FOV_I8, FOV_F32, 1, 96, 0));
  fails("group", bytes(FOV_I8, FOV_F32, 1, 96, 192));
  fails("2^63", bytes(FOV_I8, FOV_F32, int64_t{1} << 40, int64_t{1} << 40, 32));
  fails("2^63", bytes(FOV_I8, FOV_F32, INT64_MAX, INT64_MAX, INT64_MAX));
}

TEST(wrong_arguments) {
  Context context;
  Stored w(FOV_I8, FOV_F32, 16, 64, 32), i4(FOV_I4, FOV_F32, 16, 64, 32);
  Stored f8(FOV_F8, FOV_F32, 16, 64, 32), half(FOV_I8, FOV_F16, 16, 64, 32);
  Packed packed(context, FOV_I8, FOV_PACKED, 64, 32, w.values, w.scales);
  Packed pair(context, FOV_I8, FOV_PACKED, 64, 32, w.values, w.scales, w.values, w.scales);
  Packed packed_i4(context, FOV_I4, FOV_PACKED, 64, 32, i4.values, i4.scales);
  Packed packed_f8(context, FOV_F8, FOV_PACKED, 64, 32, f8.values, f8.scales);
  const auto pack = [&](const fov_tensor* values, const fov_tensor* scales, const fov_tensor* to) {
    return fov_pack_quantized(context, values, scales, nullptr, nullptr, to);
  };
  CHECK_INVALID("context",
                fov_pack_quantized(nullptr, w.values, w.scales, nullptr, nullptr, packed));
  CHECK_INVALID("packed: wanted packed weights, got NULL", pack(w.values, w.scales, nullptr));
  CHECK_INVALID("packed: wanted layout FOV_PACKED", pack(w.values, w.scales, w.values));
  CHECK_INVALID("first: wanted a tensor, got NULL", pack(nullptr, w.scales, packed));
  CHECK_INVALID("first_scales: wanted a tensor, got NULL", pack(w.values, nullptr, packed));
  CHECK_FAILS(FOV_UNIMPLEMENTED, "first: wanted i8, got f8", pack(f8.values, f8.scales, packed));
  CHECK_FAILS(FOV_UNIMPLEMENTED, "first: wanted i32, got i8", pack(w.values, w.scales, packed_i4));
  CHECK_INVALID("first: wanted [16,8]", pack(HostTensor(FOV_I32, {16, 64}), i4.scales, packed_i4));
  CHECK_INVALID("first_scales: wanted [16,2]",
                pack(w.values, random_host_tensor(FOV_F32, {16, 1}), packed));
  CHECK_INVALID("first_scales: f32 as packed says, got f16", pack(w.values, half.scales, packed));
  CHECK_FAILS(FOV_UNIMPLEMENTED, "first_scales",
              pack(w.values, HostTensor(FOV_I32, {16, 2}), packed));
  CHECK_INVALID("first: wanted [32,64]", pack(w.values, w.scales, pair));
  CHECK_INVALID("both or neither",
                fov_pack_quantized(context, w.values, w.scales, w.values, nullptr, pair));
  CHECK_INVALID("both or neither",
                fov_pack_quantized(context, w.values, w.scales, nullptr, w.scales, pair));
  CHECK_FAILS(FOV_UNIMPLEMENTED, "second: wanted i8, got f8",
              fov_pack_quantized(context, w.values, w.scales, f8.values, f8.scales, pair));
  for (double scale : {double(NAN), double(INFINITY), -double(INFINITY)}) {
    HostTensor scales(w.scales);
    scales.set(2 * 7 + 1, scale);
    CHECK_INVALID("first_scales[7,1] finite", pack(w.values, scales, packed));
  }
  for (int code : {0x7f, 0xff}) {
    HostTensor codes(f8.values);
    codes.set(3 * 64 + 63, code);
    CHECK_INVALID("first: values that are not NaN, got one in row 3",
                  pack(codes, f8.scales, packed_f8));
  }
  packed.edit()->dtype = FOV_BF16;
  CHECK_FAILS(FOV_UNIMPLEMENTED, "packed: wanted i8 | f8 | i4", pack(w.values, w.scales, packed));
  packed.edit()->dtype = FOV_I8;
  packed.edit()->stride[0] = 48;
  CHECK_INVALID("packed: a group", pack(w.values, w.scales, packed));
  packed.edit()->stride[0] = 32;
  packed_i4.edit()->shape[1] = packed_i4.edit()->stride[0] = 36;
  CHECK_INVALID("packed: i4 with K a multiple of 8", pack(i4.values, i4.scales, packed_i4));
  packed.edit()->device = other_device();
  CHECK_INVALID(on_device(), pack(w.values, w.scales, packed));
  packed.edit()->device = device();
  void* const memory = packed.edit()->data;
  packed.edit()->data = w.values.edit()->data;
  CHECK_INVALID("aligned to 4", [&] {
    packed.edit()->data = static_cast<char*>(memory) + 1;
    return pack(w.values, w.scales, packed);
  }());
  packed.edit()->data = w.scales.edit()->data;
  CHECK_INVALID("does not overlap the input", pack(w.values, w.scales, packed));
  packed.edit()->data = nullptr;
  CHECK_INVALID("not NULL", pack(w.values, w.scales, packed));
}

FOVEA_TEST_MAIN()
