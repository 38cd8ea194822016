// Checks of packed weights, for the ops that make and read them.
#pragma once
#include "common/check.h"

namespace fovea {

// The packed weights [N, K] as a dense tensor, so that the usual checks apply to their shape,
// dtype, device and memory.
[[maybe_unused]] static fov_tensor dense_view(const fov_tensor& packed) {
  fov_tensor view = packed;
  view.layout = FOV_STRIDED;
  view.stride[0] = view.rank == 2 ? view.shape[1] : 1;
  view.stride[1] = 1;
  return view;
}

}  // namespace fovea
