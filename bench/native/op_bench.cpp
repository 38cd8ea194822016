// Times the ops at the shapes of CogVLM 17B (490 px), those of maps at OFA's and Groma's, and
// prints CSV:
//   op,backend,isa,threads,dtype,shape,median_us,p10,p90,GB/s,GFLOP/s
// GB/s counts what the op must read and write once. Data is random, never zeros.
//
//   op_bench [--device cpu|cuda|cuda-emulated] [--threads N] [--op SUBSTRING] [--dtype bf16|f32]
//            [--seconds S per row, default 1] [--graph] [--json FILE] [--shrink D]
//
// On CUDA a time is that of many calls between two marks, divided by their number; weights take
// turns so that none is found in the cache. --graph records those calls and launches them at once,
// as the engine's decode step does. --json appends each row to FILE as an object a line; --shrink
// divides all sizes, to try the program where a device is slow.
#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "common/dtype.h"
#include "measure.h"

using namespace fovea::bench;

namespace {

// T queries of CogAgent's cross-attention to its high-resolution branch.
void cross_attention(int32_t dtype, int64_t T) {
  const int64_t U = rows(6400), H = 32, K = 32;
  const Array q(dtype, {T, H, K}), k(dtype, {U, H, K}), v(dtype, {U, H, K}), y(dtype, {T, H, K});
  report({"cross_attention", dtype, text("T%lld U%lld H%lld K%lld", T, U, H, K),
          2 * (q.bytes() + k.bytes()), 4.0 * double(T * U * H * K)},
         [&] { return fov_attention(context, q, k, v, 0.177f, y); });
}

void encoder_attention(int32_t dtype) {
  const int64_t T = rows(1226), H = 16, K = 112;
  const Array qkv(dtype, {T, 3 * H * K}), y(dtype, {T, H, K});
  const fov_tensor q = qkv.heads(0, H, K), k = qkv.heads(H * K, H, K),
                   v = qkv.heads(2 * H * K, H, K);
  report({"attention", dtype, text("T%lld H%lld K%lld", T, H, K), qkv.bytes() + y.bytes(),
          4.0 * double(T * T * H * K)},
         [&] { return fov_attention(context, &q, &k, &v, 0.094f, y); });
}

// R rows that end at slot `last` of one sequence; on CUDA a cache of its own for each call.
void decoder_attention(int32_t dtype, int64_t R, int64_t last) {
  const int64_t H = 32, K = 128, pages = last / FOV_PAGE_SLOTS + 1;
  const std::vector<int64_t> shape = {pages, H, FOV_PAGE_SLOTS, K};
  const Array q(dtype, {R, H, K}), y(dtype, {R, H, K});
  const double cache_bytes = 2.0 * double((last + 1) * H * K * fovea::dtype_bytes(dtype));
  const int64_t copies = cold_copies(cache_bytes);
  std::vector<std::unique_ptr<Array>> k, v;
  for (int64_t i = 0; i < copies; ++i) {
    k.push_back(std::make_unique<Array>(dtype, shape));
    v.push_back(std::make_unique<Array>(dtype, shape));
  }
  Array table(FOV_I32, {1, pages}), sequences(FOV_I32, {R}), slots(FOV_I32, {R});
  table.integers([](int64_t i) { return i; });
  sequences.integers([](int64_t) { return 0; });
  slots.integers([&](int64_t r) { return last - R + 1 + r; });
  double seen = 0;
  for (int64_t r = 0; r < R; ++r) seen += double(last - r + 1);
  size_t turn = 0;
  report({.op = "paged_attention",
          .dtype = dtype,
          .shape = text("R%lld slots%lld H%lld K%lld", R, last + 1, H, K),
          .bytes = cache_bytes + q.bytes() + y.bytes(),
          .flop = 4.0 * seen * double(H * K),
          .least_calls = copies},
         [&] {
           const size_t i = turn++ % k.size();
           return fov_paged_attention(context, q, *k[i], *v[i], table, sequences, slots, 0.088f, y);
         });
}

void norms(int32_t dtype) {
  for (auto [R, D] : {std::pair<int64_t, int64_t>{1, width(4096)}, {rows(1240), width(4096)}}) {
    const Array x(dtype, {R, D}), y(dtype, {R, D}), weight(FOV_F32, {D});
    report(
        {"rms_norm", dtype, text("R%lld D%lld", R, D), x.bytes() + y.bytes(), 4.0 * double(R * D)},
        [&] { return fov_rms_norm(context, x, weight, 1e-5f, y); });
  }
  const int64_t R = rows(1226), D = width(1792);
  const Array x(dtype, {R, D}), y(dtype, {R, D}), weight(FOV_F32, {D});
  report({"layer_norm", dtype, text("R%lld D%lld residual", R, D), 2 * x.bytes() + y.bytes(),
          8.0 * double(R * D)},
         [&] { return fov_layer_norm(context, x, weight, weight, 1e-6f, y, y); });
}

// Of OFA's stem, and of Groma's encoder and its detector's input.
void maps(int32_t dtype) {
  const int64_t side = rows(256), half = (side - 1) / 2 + 1;
  const Array x(dtype, {side * side, 64}), pooled(dtype, {half * half, 64});
  report(
      {"max_pool", dtype, text("%lldx%lldx64 window3/2", side, side), x.bytes() + pooled.bytes(),
       9.0 * double(half * half * 64)},
      [&] { return fov_max_pool(context, x, int32_t(side), int32_t(side), 3, 3, 2, 1, pooled); });
  const int64_t P = rows(16384), C = 256;
  const Array map(dtype, {P, C}), normed(dtype, {P, C}), weight(FOV_F32, {C});
  report({"group_norm", dtype, text("P%lld C%lld G32", P, C), map.bytes() + normed.bytes(),
          8.0 * double(P * C)},
         [&] { return fov_group_norm(context, map, weight, weight, P, 32, 1e-5f, 0, normed); });
  const int64_t R = rows(1025), D = width(1024);
  const Array z(dtype, {R, D}), y(dtype, {R, D}), gain(FOV_F32, {D});
  report({"scale_columns", dtype, text("R%lld D%lld residual", R, D), 2 * z.bytes() + y.bytes(),
          2.0 * double(R * D)},
         [&] { return fov_scale_columns(context, z, gain, y, y); });
}

void rope(int32_t dtype, int64_t R) {
  const int64_t H = 32, K = 128, pages = 20;
  const Array qkv(dtype, {R, 3 * H * K}), cos(FOV_F32, {2048, K / 2}), sin(FOV_F32, {2048, K / 2});
  const Array k(dtype, {pages, H, FOV_PAGE_SLOTS, K}), v(dtype, {pages, H, FOV_PAGE_SLOTS, K});
  Array positions(FOV_I32, {R}), slots(FOV_I32, {R});
  positions.integers([](int64_t r) { return r; });
  slots.integers([](int64_t r) { return r; });
  report({"rope_append", dtype, text("R%lld H%lld K%lld", R, H, K), 2 * qkv.bytes(),
          6.0 * double(R * 2 * H * K)},
         [&] {
           return fov_rope_append(context, qkv, cos, sin, positions, slots, int32_t(H), int32_t(H),
                                  k, v);
         });
}

void activations(int32_t dtype) {
  const int64_t R = rows(1226), D = width(15360), F = width(11008);
  const Array x(dtype, {R, D}), y(dtype, {R, D});
  report({"gelu", dtype, text("R%lld D%lld", R, D), x.bytes() + y.bytes(), 0},
         [&] { return fov_gelu(context, x, y); });
  const Array gate(dtype, {R, F}), up(dtype, {R, F}), out(dtype, {R, F});
  report({"silu_mul", dtype, text("R%lld D%lld", R, F), 3 * out.bytes(), 0},
         [&] { return fov_silu_mul(context, gate, up, out); });
}

void copies(int32_t dtype) {
  const int64_t R = rows(1240), D = width(4096), V = width(32000);
  const Array table(dtype, {V, D}), y(dtype, {R, D}), wide(FOV_F32, {R, D});
  Array ids(FOV_I32, {R});
  ids.integers([&](int64_t r) { return r * 7919 % V; });
  report({"embed_rows", dtype, text("R%lld D%lld", R, D), 2 * y.bytes(), 0},
         [&] { return fov_embed_rows(context, table, ids, y); });
  ids.integers([&](int64_t r) { return r * 7919 % R; });
  const Array z(dtype, {R, D});
  report({"gather_rows", dtype, text("R%lld D%lld", R, D), 2 * y.bytes(), 0},
         [&] { return fov_gather_rows(context, y, ids, z); });
  report({"convert", dtype, text("R%lld D%lld to f32", R, D), y.bytes() + wide.bytes(), 0},
         [&] { return fov_convert(context, y, wide); });
  const Array pages(dtype, {8, 32, FOV_PAGE_SLOTS, 128});
  Array source(FOV_I32, {4}), target(FOV_I32, {4});
  source.integers([](int64_t i) { return i; });
  target.integers([](int64_t i) { return i + 4; });
  report({"copy_pages", dtype, "4 pages H32 K128", pages.bytes(), 0},
         [&] { return fov_copy_pages(context, pages, source, target); });
}

void image(int32_t dtype, int64_t H, int64_t W) {
  const int64_t S = 490, P = 14;
  const Array rgb(FOV_U8, {H, W, 3}), resized(FOV_U8, {S, S, 3});
  Array scale(FOV_F32, {6});
  scale.floats([](int64_t) { return 0.3; });
  const Array patches(dtype, {(S / P) * (S / P), 3 * P * P});
  report({.op = "image_patches",
          .dtype = dtype,
          .shape = text("%lldx%lld S%lld P%lld", W, H, S, P),
          .bytes = rgb.bytes() + patches.bytes(),
          .flop = 0,
          .recordable = false},
         [&] { return fov_image_patches(context, rgb, scale, FOV_FIT_STRETCH, resized, patches); });
}

void activation_ops(int32_t dtype) {
  if (wanted("attention")) encoder_attention(dtype);
  if (wanted("cross_attention"))
    for (int64_t T : {1, 16, 256, 1300}) cross_attention(dtype, rows(T));
  if (wanted("paged_attention")) {
    decoder_attention(dtype, rows(1240), rows(1240) - 1);
    for (int64_t R : {1, 4}) decoder_attention(dtype, R, std::max(rows(1280), R) - 1);
  }
  if (wanted("norm")) norms(dtype);
  if (wanted("maps")) maps(dtype);
  if (wanted("rope_append"))
    for (int64_t R : {1, 1240}) rope(dtype, rows(R));
  if (wanted("activations")) activations(dtype);
  if (wanted("copies")) copies(dtype);
  if (wanted("image_patches")) {
    image(dtype, rows(480), rows(640));
    image(dtype, rows(3000), rows(4000));
  }
}

[[noreturn]] void fail_usage(const char* option, const char* value) {
  std::fprintf(stderr, "op_bench: %s %s: see the head of op_bench.cpp\n", option, value);
  std::exit(2);
}

int32_t number_of(const char* option, const char* value,
                  std::initializer_list<std::pair<const char*, int32_t>> names) {
  for (const auto& [name, number] : names)
    if (std::strcmp(value, name) == 0) return number;
  fail_usage(option, value);
}

void read_options(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string option = argv[i];
    if (option == "--graph") {
      options.graph = true;
      continue;
    }
    if (++i == argc) fail_usage(option.c_str(), "wants a value");
    const char* value = argv[i];
    if (option == "--device")
      options.device =
          number_of("--device", value,
                    {{"cpu", FOV_CPU}, {"cuda", FOV_CUDA}, {"cuda-emulated", FOV_CUDA_EMULATED}});
    else if (option == "--dtype")
      options.dtype = number_of("--dtype", value, {{"bf16", FOV_BF16}, {"f32", FOV_F32}});
    else if (option == "--threads")
      options.threads = std::atoi(value);
    else if (option == "--op")
      options.op = value;
    else if (option == "--seconds")
      options.seconds = std::atof(value);
    else if (option == "--shrink")
      options.shrink = std::max(1, std::atoi(value));
    else if (option == "--json")
      options.json = std::fopen(value, "a");
    else
      fail_usage(option.c_str(), value);
    if (option == "--json" && !options.json) fail_usage("--json: cannot write", value);
  }
}

}  // namespace

int main(int argc, char** argv) {
  read_options(argc, argv);
  open_device();
  products();
  for (int32_t dtype : {FOV_BF16, FOV_F32})
    if (wanted(dtype)) activation_ops(dtype);
  close_device();
  if (options.json) std::fclose(options.json);
}
