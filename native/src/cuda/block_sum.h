// Sums over the threads of a block.
#pragma once
#include "cuda/rows.h"

namespace fovea::cuda {

struct WarpSums {
  float of_warp[kRowThreads / 32];
};

// The sum of `value` over the block's threads, in every thread. Uses all of its shared memory, a
// WarpSums.
SIMT_DEVICE float block_sum(float value, int threads) {
  WarpSums& sums = shared<WarpSums>();
  value = warp_sum(value);
  sync_threads();  // the last sum has been read
  if (lane() == 0) sums.of_warp[warp()] = value;
  sync_threads();
  float total = 0;
  for (int w = 0; w < threads / 32; ++w) total += sums.of_warp[w];
  return total;
}

}  // namespace fovea::cuda
