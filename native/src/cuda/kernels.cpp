// The kernel table.
#include "cuda/kernel_declarations.h"

namespace fovea::cuda {

const Kernels& kernels() {
  static const Kernels table = [] {
    Kernels k = {};
    k.image_patches = image_patches;
    k.packed_bytes = packed_bytes;
    k.pack_weights = pack_weights;
    k.packed_quantized_bytes = packed_quantized_bytes;
    k.pack_quantized = pack_quantized;
    k.linear = linear;
    k.routed_linear = routed_linear;
    k.rms_norm = rms_norm;
    k.layer_norm = layer_norm;
    k.rope_append = rope_append;
    k.rope_pairs = rope_pairs;
    k.attention = attention;
    k.paged_attention = paged_attention;
    k.copy_pages = copy_pages;
    k.embed_rows = embed_rows;
    k.gather_rows = gather_rows;
    k.convert = convert;
    k.gelu = gelu;
    k.add = add;
    k.silu_mul = silu_mul;
    k.sample = sample;
    return k;
  }();
  return table;
}

}  // namespace fovea::cuda
