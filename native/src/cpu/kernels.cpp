// The kernel table of one instruction set.
#include "cpu/isa.h"
#include "cpu/kernel_declarations.h"

namespace fovea::cpu::FOV_ISA {

const Kernels kKernels = {
    .image_patches = nullptr,
    .packed_bytes = packed_bytes,
    .pack_weights = pack_weights,
    .linear = linear,
    .routed_linear = routed_linear,
    .rms_norm = rms_norm,
    .layer_norm = nullptr,
    .rope_append = nullptr,
    .attention = nullptr,
    .paged_attention = nullptr,
    .copy_pages = nullptr,
    .embed_rows = nullptr,
    .gather_rows = nullptr,
    .convert = nullptr,
    .gelu = nullptr,
    .silu_mul = nullptr,
};

}  // namespace fovea::cpu::FOV_ISA
