// The kernel table of one instruction set.
#include "cpu/isa.h"
#include "cpu/kernel_declarations.h"

namespace fovea::cpu::FOV_ISA {

const Kernels kKernels = {
#include "common/op_kernel_table.inc"
};

}  // namespace fovea::cpu::FOV_ISA
