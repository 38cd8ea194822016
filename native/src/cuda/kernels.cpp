// The kernel table.
#include "cuda/kernel_declarations.h"

namespace fovea::cuda {

const Kernels& kernels() {
  static const Kernels table = {
#include "common/op_kernel_table.inc"
  };
  return table;
}

}  // namespace fovea::cuda
