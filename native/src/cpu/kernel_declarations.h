// The kernels of one instruction set; each is defined in the file of its name. Contracts: ops.h.
#pragma once
#include "cpu/cpu_context.h"

namespace fovea::cpu::FOV_ISA {

fov_status rms_norm(fov_context&, const fov_tensor& x, const fov_tensor& weight, float eps,
                    const fov_tensor& y);

}  // namespace fovea::cpu::FOV_ISA
