// The kernels of one instruction set. Contracts: ops.h.
#pragma once
#include "cpu/cpu_context.h"

namespace fovea::cpu::FOV_ISA {

#include "common/op_kernels.inc"

}  // namespace fovea::cpu::FOV_ISA
