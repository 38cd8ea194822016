// Packing on the device: rows of the host come in pieces to scratch memory, and a kernel puts each
// piece in place.
#pragma once
#include "cuda/gemm/packed_layout.h"

namespace fovea::cuda {

// Rows of one or two sources in device memory, and where they go.
struct StagedRows {
  const char* source[2];  // first, and second of a pair; rows without gaps
  int64_t row_bytes;
  int64_t rows;  // of each source
  bool pair;
  int64_t tile, tiles;  // the tiles that they make
};

// Calls pack(StagedRows) for pieces of all rows in order.
template <typename Pack>
fov_status pack_pieces(CudaContext& context, const fov_tensor& first, const fov_tensor* second,
                       const Pack& pack) {
  constexpr int64_t kPieceBytes = int64_t{32} << 20;
  const int64_t element = dtype_bytes(first.dtype);
  const int64_t N = first.shape[0], row_bytes = first.shape[1] * element;
  const int sources = second ? 2 : 1;
  const int64_t tile_rows = kTileFeatures / sources;
  const int64_t wanted = kPieceBytes / sources / row_bytes / tile_rows * tile_rows;
  const int64_t piece = std::min(parts(N, tile_rows) * tile_rows, std::max(wanted, tile_rows));
  // A source starts where any element type may.
  const int64_t source_bytes = parts(piece * row_bytes, 16) * 16;
  char* staged = static_cast<char*>(context.scratch(sources * source_bytes));
  if (!staged) return FOV_OUT_OF_MEMORY;
  for (int64_t row = 0; row < N; row += piece) {
    const int64_t rows = std::min(piece, N - row);
    const fov_tensor* from[] = {&first, second};
    for (int i = 0; i < sources; ++i) {
      const int64_t stride = from[i]->stride[0] * element;
      const fov_status status = context.stage_rows(
          staged + i * source_bytes, static_cast<const char*>(from[i]->data) + row * stride, rows,
          row_bytes, rows == 1 ? row_bytes : stride);
      if (status) return status;
    }
    const fov_status status = pack(StagedRows{.source = {staged, staged + source_bytes},
                                              .row_bytes = row_bytes,
                                              .rows = rows,
                                              .pair = second != nullptr,
                                              .tile = row / tile_rows,
                                              .tiles = parts(rows, tile_rows)});
    if (status) return status;
  }
  return FOV_OK;
}

constexpr int kPackThreads = 256;

struct PackValues {
  StagedRows from;
  int64_t K, steps;
  uint32_t* words;  // of the first tile
  int64_t count;    // of words
};

// The source row at a position of a tile of the piece; nullptr past the last.
SIMT_DEVICE const char* staged_row(const StagedRows& from, int64_t tile, int position) {
  const int64_t row =
      from.pair ? tile * (kTileFeatures / 2) + position / 2 : tile * kTileFeatures + position;
  // Constant indices: the argument then stays out of local memory.
  const char* source = from.pair && position % 2 ? from.source[1] : from.source[0];
  return row < from.rows ? source + row * from.row_bytes : nullptr;
}

// Word: kDepth weights a word, and of(row, k, K), the word that begins at input k.
template <typename Word>
SIMT_KERNEL(kPackThreads, 1)
pack_values_kernel(PackValues p) {
  constexpr int kWords = kTileFeatures / Word::kDepth;  // of a lane
  constexpr int kChunk = kWords < 4 ? kWords : 4;
  const int64_t i = int64_t(block().x) * kPackThreads + thread();
  if (i >= p.count) return;
  const int in_lane = int(i / (kChunk * kWarpLanes) % (kWords / kChunk)) * kChunk + int(i % kChunk);
  const int of_lane = int(i / kChunk % kWarpLanes);
  const int64_t step = i / (kWords * kWarpLanes) % p.steps;
  const int64_t tile = i / (kWords * kWarpLanes) / p.steps;
  const char* row = staged_row(p.from, tile, of_lane / 4 * 2 + in_lane % 2);
  const int64_t k = step * kStepInputs + of_lane % 4 * 8 + in_lane / 2 * Word::kDepth;
  p.words[i] = row && k < p.K ? Word::of(row, k, p.K) : 0;
}

template <typename Word>
fov_status pack_values(CudaContext& context, const StagedRows& from, const fov_tensor& packed) {
  const PackedWeights to(packed);
  const int64_t count = from.tiles * to.tile_bytes / int64_t(sizeof(uint32_t));
  return context.launch(
      pack_values_kernel<Word>,
      {.grid = {int(ceil_div(count, kPackThreads)), 1, 1}, .threads = kPackThreads},
      PackValues{from, packed.shape[1], to.steps,
                 reinterpret_cast<uint32_t*>(to.values + from.tile * to.tile_bytes), count});
}

}  // namespace fovea::cuda
