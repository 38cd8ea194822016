// The sums of a block on their way to y, through shared memory: what a thread summed up is spread
// over rows and features, what it stores should neighbour what the next thread stores.
#pragma once
#include "cuda/gemm/product.h"

namespace fovea::cuda {

template <int kTiles, int kRows, int kThreads>
struct BlockSums {
  static constexpr int kPositions = kTiles * kTileFeatures;
  float of[kRows][kPositions + 4];  // padded: a warp's stores meet every bank

  // A warp's sums (see sums.h), of tiles from `tile` and columns from `column` of the block on.
  template <typename Sums>
  SIMT_MEMBER void put(const Sums& sums, int tile, int column) {
    const int g = lane() / 4, t = lane() % 4;
    SIMT_UNROLL
    for (int m = 0; m < Sums::kTiles; ++m) SIMT_UNROLL
    for (int c = 0; c < Sums::kColumns; ++c) SIMT_UNROLL
    for (int i = 0; i < 4; ++i)
      of[(column + c) * 8 + 2 * t + i % 2][(tile + m) * kTileFeatures + 2 * g + i / 2] =
          sums.z[m][c][i];
  }

  SIMT_MEMBER void finish(const Product& p, const WeightSet& set, const BlockPart& part) const {
    const int64_t left = set.rows - part.row;
    const int rows = left < kRows ? int(left) : kRows;
    for (int i = thread(); i < rows * (kPositions / 2); i += kThreads) {
      const int row = i / (kPositions / 2), position = i % (kPositions / 2) * 2;
      const int64_t tile = part.tile + position / kTileFeatures;
      if (tile < p.tiles)
        finish_pair(p.epilogue, set.bias, set.output_row + part.row + row, tile,
                    position % kTileFeatures / 2, of[row][position], of[row][position + 1]);
    }
  }
};

}  // namespace fovea::cuda
