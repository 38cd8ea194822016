// The calls that tiles serve, and the two shapes in which they do.
#pragma once
#include <type_traits>

#include "cuda/attention/tile.h"

namespace fovea::cuda {

constexpr int64_t kHeadSizes[] = {32, 64, 112, 128};

// Calls body(std::integral_constant<int, K>{}) for one of kHeadSizes.
template <typename Body>
fov_status with_head_size(int K, const Body& body) {
  switch (K) {
    case 32:
      return body(std::integral_constant<int, 32>{});
    case 64:
      return body(std::integral_constant<int, 64>{});
    case 112:
      return body(std::integral_constant<int, 112>{});
    default:
      return body(std::integral_constant<int, 128>{});
  }
}

// Many rows: blocks go over the pages of a tile of queries. sequences: at most so many in the call.
fov_status attend_streaming(CudaContext& context, const TileCall& tile, int sequences);

// Few rows: a warp a row, key head and page, whose parts a second kernel merges.
fov_status attend_split(CudaContext& context, const TileCall& tile);
// Scratch memory for that.
int64_t split_bytes(const AttentionCall<bf16>& call);

}  // namespace fovea::cuda
