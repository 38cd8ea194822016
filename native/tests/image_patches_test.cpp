// Pillow's own results are in data/pillow_bicubic.bin, written by data/pillow_bicubic.py: records
// of i32 H, W, S, kind, then S*S*3 bytes.
#include <fstream>

#include "harness.h"

using namespace fovea::test;

namespace {

// The golden pictures, by formula: noise, edges, or a slope. Must agree with pillow_bicubic.py.
uint8_t golden_sample(int64_t kind, int64_t y, int64_t x, int64_t c) {
  if (kind == 1) return (x / 3 + y / 2 + c) % 2 ? 255 : 0;
  if (kind == 2) return uint8_t((x * 5 + y * 3 + c * 40) & 255);
  uint32_t h = uint32_t(x) * 374761393u + uint32_t(y) * 668265263u + uint32_t(c) * 2246822519u;
  h = (h ^ (h >> 13)) * 1274126177u;
  return uint8_t((h ^ (h >> 16)) & 255);
}

Tensor picture(int64_t H, int64_t W, int64_t kind, int64_t padding) {
  Tensor rgb(FOV_U8, {H, W, 3}, padding);
  rgb.fill([&](int64_t i) { return golden_sample(kind, i / 3 / W, i / 3 % W, i % 3); });
  return rgb;
}

Tensor mean_std() {
  Tensor tensor(FOV_F32, {6});
  const double values[] = {0.48145466, 0.4578275, 0.40821073, 0.26862954, 0.26130258, 0.27577711};
  tensor.fill([&](int64_t i) { return values[i]; });
  return tensor;
}

struct Golden {
  int32_t H, W, S, kind;
  std::vector<uint8_t> bytes;
};

std::vector<Golden> goldens() {
  std::ifstream file(FOVEA_TEST_DATA "/pillow_bicubic.bin", std::ios::binary);
  std::vector<Golden> all;
  int32_t header[4];
  while (file.read(reinterpret_cast<char*>(header), sizeof header)) {
    Golden g{header[0], header[1], header[2], header[3], {}};
    g.bytes.resize(size_t(g.S) * size_t(g.S) * 3);
    file.read(reinterpret_cast<char*>(g.bytes.data()), std::streamsize(g.bytes.size()));
    CHECK(bool(file), "the golden file is cut short");
    all.push_back(std::move(g));
  }
  CHECK(all.size() >= 15, "only %zu goldens", all.size());
  return all;
}

}  // namespace

TEST(byte_identical_to_pillow) {
  for (const Golden& g : goldens())
    for (int threads : thread_counts())
      for (int64_t padding : {0, 1}) {
        Context context(threads);
        const Tensor rgb = picture(g.H, g.W, g.kind, padding), resized(FOV_U8, {g.S, g.S, 3});
        const Tensor patches(FOV_F32, {1, 3 * g.S * g.S});
        CHECK_OK(fov_image_patches(context, rgb, mean_std(), FOV_FIT_STRETCH, resized, patches));
        int64_t different = 0;
        for (int64_t i = 0; i < resized.count(); ++i)
          different += uint8_t(resized.get(i)) != g.bytes[size_t(i)];
        CHECK(different == 0, "%dx%d to %d kind %d: %d of %d bytes differ", g.W, g.H, g.S, g.kind,
              int(different), int(g.bytes.size()));
        CHECK(resized.intact() && patches.intact(), "wrote outside an output");
      }
}

// The square written out and stretched is the oracle: Pillow's bytes above are those of any
// picture.
TEST(white_around_a_picture_is_as_if_it_were_there) {
  Context context(2);
  const std::pair<int64_t, int64_t> sizes[] = {{5, 5},   {5, 8},   {8, 5},    {1, 300},
                                               {300, 1}, {61, 88}, {131, 50}, {28, 29},
                                               {3, 28},  {28, 3},  {2, 726},  {726, 2}};
  for (auto [H, W] : sizes)
    for (int64_t S : {1, 8, 28, 300})
      for (int64_t kind : {0, 1}) {
        const int64_t side = std::max(H, W), top = (side - H) / 2, left = (side - W) / 2;
        const Tensor rgb = picture(H, W, kind, 1);
        Tensor square(FOV_U8, {side, side, 3});
        square.fill([&, H = H, W = W](int64_t i) {
          const int64_t y = i / 3 / side - top, x = i / 3 % side - left;
          const bool inside = y >= 0 && y < H && x >= 0 && x < W;
          return inside ? golden_sample(kind, y, x, i % 3) : uint8_t{255};
        });
        const Tensor want(FOV_U8, {S, S, 3}), resized(FOV_U8, {S, S, 3});
        const Tensor patches(FOV_F32, {1, 3 * S * S});
        CHECK_OK(fov_image_patches(context, square, mean_std(), FOV_FIT_STRETCH, want, patches));
        CHECK_OK(fov_image_patches(context, rgb, mean_std(), FOV_FIT_WHITE, resized, patches));
        int64_t different = 0;
        for (int64_t i = 0; i < want.count(); ++i) different += want.get(i) != resized.get(i);
        CHECK(different == 0, "%dx%d to %d kind %d: %d bytes differ", int(W), int(H), int(S),
              int(kind), int(different));
        CHECK(resized.intact(), "wrote outside an output");
      }
}

// Three roundings in f32: quotient, difference, quotient; the difference keeps the first one's
// size.
TEST(patches_are_normalised_and_ordered) {
  Context context(2);
  for (int32_t dtype : {FOV_F32, FOV_BF16})
    for (auto [S, P] : {std::pair<int64_t, int64_t>{6, 2}, {15, 5}, {56, 14}, {3, 1}, {4, 4}}) {
      const int64_t G = S / P;
      const Tensor rgb = picture(20, 33, 0, 0), scale = mean_std(), resized(FOV_U8, {S, S, 3});
      const Tensor patches(dtype, {G * G, 3 * P * P}, 5);
      CHECK_OK(fov_image_patches(context, rgb, scale, FOV_FIT_STRETCH, resized, patches));
      EXPECT_CLOSE(
          "patches", patches,
          [&](int64_t n) {
            const int64_t patch = n / (3 * P * P), ch = n / (P * P) % 3;
            const int64_t y = patch / G * P + n / P % P, x = patch % G * P + n % P;
            return (resized.get((y * S + x) * 3 + ch) / 255 - scale.get(ch)) / scale.get(3 + ch);
          },
          [&](int64_t, double want) {
            return 8 * 0x1p-24 + 2 * unit(FOV_F32, want, 0) +
                   (dtype == FOV_BF16 ? 0.5 * unit(dtype, want, 0) : 0);
          });
    }
}

TEST(a_long_thin_picture_needs_little_memory) {
  Context context;
  const Tensor tall = picture(200000, 1, 0, 0), wide = picture(1, 200000, 0, 0);
  for (const Tensor* rgb : {&tall, &wide}) {
    const Tensor resized(FOV_U8, {8, 8, 3}), patches(FOV_F32, {4, 48});
    CHECK_OK(fov_image_patches(context, *rgb, mean_std(), FOV_FIT_STRETCH, resized, patches));
    for (int64_t i = 0; i < 192; ++i)  // the mean of 25,000 noise samples or more
      CHECK(std::abs(resized.get(i) - 127.5) < 5, "sample %d is %g", int(i), resized.get(i));
  }
}

TEST(a_long_thin_picture_needs_no_square) {
  Context context;
  const Tensor tall = picture(200000, 1, 0, 0), wide = picture(1, 200000, 0, 0);
  for (const Tensor* rgb : {&tall, &wide}) {  // 120 GB, were it there
    const Tensor resized(FOV_U8, {8, 8, 3}), patches(FOV_F32, {4, 48});
    CHECK_OK(fov_image_patches(context, *rgb, mean_std(), FOV_FIT_WHITE, resized, patches));
    for (int64_t i = 0; i < 192; ++i)
      CHECK(resized.get(i) > 250, "sample %d is %g", int(i), resized.get(i));
  }
}

TEST(wrong_arguments) {
  Context context;
  const Tensor rgb = picture(5, 4, 0, 0), resized(FOV_U8, {6, 6, 3}), patches(FOV_F32, {9, 12});
  const auto call = [&](const fov_tensor* rgb, const fov_tensor* scale, const fov_tensor* resized,
                        const fov_tensor* patches) {
    return fov_image_patches(context, rgb, scale, FOV_FIT_STRETCH, resized, patches);
  };
  CHECK_OK(call(rgb, mean_std(), resized, patches));
  CHECK_INVALID("sides in 1..2^24", call(Tensor(FOV_U8, {0, 4, 3}), mean_std(), resized, patches));
  CHECK_INVALID("rgb: wanted [any,any,3]",
                call(Tensor(FOV_U8, {5, 4, 4}), mean_std(), resized, patches));
  CHECK_INVALID("mean_std: wanted [6]", call(rgb, Tensor(FOV_F32, {5}), resized, patches));
  CHECK_INVALID("resized: wanted [6,6,3]",
                call(rgb, mean_std(), Tensor(FOV_U8, {6, 5, 3}), patches));
  CHECK_INVALID("contiguous", call(rgb, mean_std(), Tensor(FOV_U8, {6, 6, 3}, 1), patches));
  CHECK_INVALID("divisor of S", call(rgb, mean_std(), resized, Tensor(FOV_F32, {9, 13})));
  CHECK_INVALID("divisor of S", call(rgb, mean_std(), resized, Tensor(FOV_F32, {1, 3 * 4 * 4})));
  CHECK_INVALID("patches: wanted [9,12]", call(rgb, mean_std(), resized, Tensor(FOV_F32, {8, 12})));
  CHECK_INVALID("S in 1..2^14", call(rgb, mean_std(), Tensor(FOV_U8, {0, 0, 3}), patches));
  CHECK_INVALID("a fov_fit", fov_image_patches(context, rgb, mean_std(), 2, resized, patches));
  for (double deviation : {0.0, double(NAN)}) {
    Tensor scale(mean_std());
    scale.set(4, deviation);
    if (on_cpu()) CHECK_INVALID("standard deviations", call(rgb, scale, resized, patches));
  }
  Tensor close(rgb);
  close.edit()->stride[1] = 2;
  CHECK_INVALID("3 bytes apart", call(close, mean_std(), resized, patches));
  Tensor huge(rgb);
  huge.edit()->shape[0] = (int64_t{1} << 24) + 1;
  CHECK_INVALID("sides in 1..2^24", call(huge, mean_std(), resized, patches));
  CHECK_FAILS(FOV_UNIMPLEMENTED, "f32",
              call(Tensor(FOV_F32, {5, 4, 3}), mean_std(), resized, patches));
}

FOVEA_TEST_MAIN()
