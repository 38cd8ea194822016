// The kernel table of one instruction set.
#include "cpu/isa.h"
#include "cpu/kernel_declarations.h"

namespace fovea::cpu::FOV_ISA {

const Kernels kKernels = {
    .image_patches = image_patches,
    .packed_bytes = packed_bytes,
    .pack_weights = pack_weights,
    .packed_quantized_bytes = packed_quantized_bytes,
    .pack_quantized = pack_quantized,
    .linear = linear,
    .routed_linear = routed_linear,
    .rms_norm = rms_norm,
    .layer_norm = layer_norm,
    .rope_append = rope_append,
    .rope_pairs = rope_pairs,
    .attention = attention,
    .paged_attention = paged_attention,
    .copy_pages = copy_pages,
    .embed_rows = embed_rows,
    .gather_rows = gather_rows,
    .convert = convert,
    .gelu = gelu,
    .add = add,
    .silu_mul = silu_mul,
};

}  // namespace fovea::cpu::FOV_ISA
