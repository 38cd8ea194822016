// The kernels of one instruction set; each is defined in the file of its name. Contracts: ops.h.
#pragma once
#include "cpu/cpu_context.h"

namespace fovea::cpu::FOV_ISA {

int64_t packed_bytes(fov_context&, int32_t dtype, int64_t N, int64_t K);
fov_status pack_weights(fov_context&, const fov_tensor& first, const fov_tensor* second,
                        const fov_tensor& packed);
fov_status linear(fov_context&, const fov_tensor& x, const fov_tensor& weights,
                  const fov_tensor* bias, fov_epilogue, const fov_tensor* residual,
                  const fov_tensor& y);
fov_status routed_linear(fov_context&, const fov_tensor& x, int64_t vision_rows,
                         const fov_tensor* vision_weights, const fov_tensor* vision_bias,
                         const fov_tensor* language_weights, const fov_tensor* language_bias,
                         fov_epilogue, const fov_tensor* residual, const fov_tensor& y);
fov_status rms_norm(fov_context&, const fov_tensor& x, const fov_tensor& weight, float eps,
                    const fov_tensor& y);

}  // namespace fovea::cpu::FOV_ISA
