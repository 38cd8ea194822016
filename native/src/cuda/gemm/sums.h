// The sums of a warp: kTiles tiles of 16 weight rows times kColumns columns of 8 rows of x. Every
// kernel adds the products of an output in the same order, so a row's result does not depend on
// the kernel, nor on the rows beside it.
//
//   Inputs        what a lane holds of a row of x in a step: inputs 8 t .. 8 t + 7
//   kInputBytes   of those, as they lie in a row
//   begin, end    of a step
//   add           a step of tile m: w the lane's words, x its inputs of row g of each column
//   z[m][c]       the sums: rows g, g, g + 8, g + 8 of tile m; rows 2 t, 2 t + 1 of column c
#pragma once
#include "cuda/gemm/product.h"
#include "cuda/gemm/weight_formats.h"

namespace fovea::cuda {

// The scales of a warp's tiles for the group in hand, by tile and row half.
template <int kTiles>
struct GroupScales {
  float of[kTiles][2];
  int64_t group = 0;
  int64_t left = 0;  // steps of the group

  SIMT_MEMBER void begin_step(const WeightSet& set, int64_t tile, int64_t tiles) {
    if (left == 0) {
      SIMT_UNROLL
      for (int m = 0; m < kTiles; ++m) SIMT_UNROLL
      for (int r = 0; r < 2; ++r)
        of[m][r] = tile + m < tiles
                       ? load_scale(set, ((tile + m) * set.groups + group) * kTileFeatures +
                                             lane() / 4 * 2 + r)
                       : 0.0f;
      ++group;
      left = set.group_steps;
    }
    --left;
  }
};

// bf16 x. Scaled weights: q x is summed over a group, then z = fma(sum, scale, z).
template <typename WeightFormat, int kTileCount, int kColumnCount>
struct FloatSums {
  using Weights = WeightFormat;
  using Inputs = vec16;
  static constexpr int kTiles = kTileCount, kColumns = kColumnCount;
  static constexpr int kInputBytes = 16;
  static constexpr bool kIntegers = false;

  float z[kTiles][kColumns][4] = {};
  float group[Weights::kScaled ? kTiles : 1][kColumns][4] = {};
  GroupScales<Weights::kScaled ? kTiles : 1> scales;

  SIMT_MEMBER void begin(const WeightSet& set, int64_t tile, int64_t tiles) {
    if constexpr (Weights::kScaled) scales.begin_step(set, tile, tiles);
  }
  SIMT_MEMBER void add(int m, const uint32_t (&w)[Weights::kWords], const Inputs (&x)[kColumns]) {
    SIMT_UNROLL
    for (int half = 0; half < 2; ++half) {
      uint32_t a[4];
      Weights::operand(w, half, a);
      SIMT_UNROLL
      for (int c = 0; c < kColumns; ++c) {
        const uint32_t b[2] = {x[c].word[2 * half], x[c].word[2 * half + 1]};
        if constexpr (Weights::kScaled)
          multiply(group[m][c], a, b);
        else
          multiply(z[m][c], a, b);
      }
    }
  }
  SIMT_MEMBER void end(bool last) {
    if constexpr (Weights::kScaled) {
      if (scales.left > 0 && !last) return;
      SIMT_UNROLL
      for (int m = 0; m < kTiles; ++m) SIMT_UNROLL
      for (int c = 0; c < kColumns; ++c) SIMT_UNROLL
      for (int i = 0; i < 4; ++i) {
        z[m][c][i] = fmaf(group[m][c][i], scales.of[m][i / 2], z[m][c][i]);
        group[m][c][i] = 0;
      }
    }
  }
};

// x as int8 with a scale for each row and step: exact sums over a step, then
// z = fma(sum, scale of the weights * scale of x, z).
template <typename WeightFormat, int kTileCount, int kColumnCount>
struct IntegerSums {
  using Weights = WeightFormat;
  struct Inputs {
    vec8 q;
    float scale[2];  // of rows 2 t, 2 t + 1 of the column
  };
  static constexpr int kTiles = kTileCount, kColumns = kColumnCount;
  static constexpr int kInputBytes = 8;
  static constexpr bool kIntegers = true;

  float z[kTiles][kColumns][4] = {};
  GroupScales<kTiles> scales;

  SIMT_MEMBER void begin(const WeightSet& set, int64_t tile, int64_t tiles) {
    scales.begin_step(set, tile, tiles);
  }
  SIMT_MEMBER void add(int m, const uint32_t (&w)[Weights::kWords], const Inputs (&x)[kColumns]) {
    uint32_t a[4];
    Weights::integers(w, a);
    SIMT_UNROLL
    for (int c = 0; c < kColumns; ++c) {
      int32_t sum[4] = {};
      const uint32_t b[2] = {x[c].q.word[0], x[c].q.word[1]};
      multiply_s8(sum, a, b);
      SIMT_UNROLL
      for (int i = 0; i < 4; ++i)
        z[m][c][i] = fmaf(float(sum[i] / Weights::kIntegerUnit),
                          scales.of[m][i / 2] * x[c].scale[i % 2], z[m][c][i]);
    }
  }
  SIMT_MEMBER void end(bool) {}
};

// Runs launch(Sums{}) for the sums of a weight dtype.
template <int kTiles, int kColumns, typename Body>
fov_status with_sums(int32_t dtype, bool integers, const Body& body) {
  if (integers)
    return dtype == FOV_I8 ? body(IntegerSums<I8Weights, kTiles, kColumns>{})
                           : body(IntegerSums<I4Weights, kTiles, kColumns>{});
  switch (dtype) {
    case FOV_I8:
      return body(FloatSums<I8Weights, kTiles, kColumns>{});
    case FOV_I4:
      return body(FloatSums<I4Weights, kTiles, kColumns>{});
    case FOV_F8:
      return body(FloatSums<F8Weights, kTiles, kColumns>{});
    default:
      return body(FloatSums<Bf16Weights, kTiles, kColumns>{});
  }
}

}  // namespace fovea::cuda
