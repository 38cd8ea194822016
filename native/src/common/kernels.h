// A backend's ops. A kernel may assume that ops.h's contract holds; nullptr: not served.
#pragma once
#include "fovea/ops.h"

namespace fovea {

struct Windows;

struct Kernels {
  fov_status (*image_patches)(fov_context&, const fov_tensor& rgb, const fov_tensor& mean_std,
                              fov_fit, const fov_tensor& resized, const fov_tensor& patches);
  int64_t (*packed_bytes)(fov_context&, int32_t dtype, int64_t N, int64_t K);
  fov_status (*pack_weights)(fov_context&, const fov_tensor& first, const fov_tensor* second,
                             const fov_tensor& packed);
  int64_t (*packed_quantized_bytes)(fov_context&, int32_t dtype, int32_t scale_dtype, int64_t N,
                                    int64_t K, int64_t group);
  fov_status (*pack_quantized)(fov_context&, const fov_tensor& first,
                               const fov_tensor& first_scales, const fov_tensor* second,
                               const fov_tensor* second_scales, const fov_tensor& packed);
  fov_status (*linear)(fov_context&, const fov_tensor& x, const fov_tensor& weights,
                       const fov_tensor* bias, fov_epilogue, const fov_tensor* residual,
                       const fov_tensor& y);
  fov_status (*routed_linear)(fov_context&, const fov_tensor& x, int64_t vision_rows,
                              const fov_tensor* vision_weights, const fov_tensor* vision_bias,
                              const fov_tensor* language_weights, const fov_tensor* language_bias,
                              fov_epilogue, const fov_tensor* residual, const fov_tensor& y);
  fov_status (*convolution)(fov_context&, const fov_tensor& x, const Windows&,
                            const fov_tensor& weights, const fov_tensor* bias, fov_epilogue,
                            const fov_tensor* residual, const fov_tensor& y);
  fov_status (*max_pool)(fov_context&, const fov_tensor& x, const Windows&, const fov_tensor& y);
  fov_status (*group_norm)(fov_context&, const fov_tensor& x, const fov_tensor& weight,
                           const fov_tensor& bias, int64_t pixels, int32_t groups, float eps,
                           bool relu, const fov_tensor& y);
  fov_status (*scale_columns)(fov_context&, const fov_tensor& x, const fov_tensor& gain,
                              const fov_tensor* residual, const fov_tensor& y);
  fov_status (*rms_norm)(fov_context&, const fov_tensor& x, const fov_tensor& weight, float eps,
                         const fov_tensor& y);
  fov_status (*layer_norm)(fov_context&, const fov_tensor& x, const fov_tensor& weight,
                           const fov_tensor& bias, float eps, const fov_tensor* residual,
                           const fov_tensor& y);
  fov_status (*rope_append)(fov_context&, const fov_tensor& qkv, const fov_tensor& cos,
                            const fov_tensor& sin, const fov_tensor& positions,
                            const fov_tensor& slots, int32_t heads, int32_t kv_heads,
                            const fov_tensor& k_pages, const fov_tensor& v_pages);
  fov_status (*rope_pairs)(fov_context&, const fov_tensor& x, const fov_tensor& cos,
                           const fov_tensor& sin);
  fov_status (*attention)(fov_context&, const fov_tensor& q, const fov_tensor& k,
                          const fov_tensor& v, float scale, const fov_tensor& y);
  fov_status (*paged_attention)(fov_context&, const fov_tensor& q, const fov_tensor& k_pages,
                                const fov_tensor& v_pages, const fov_tensor& page_table,
                                const fov_tensor& sequences, const fov_tensor& row_slots,
                                float scale, const fov_tensor& y);
  fov_status (*copy_pages)(fov_context&, const fov_tensor& pages, const fov_tensor& source,
                           const fov_tensor& target);
  fov_status (*embed_rows)(fov_context&, const fov_tensor& table, const fov_tensor& ids,
                           const fov_tensor& y);
  fov_status (*gather_rows)(fov_context&, const fov_tensor& x, const fov_tensor& rows,
                            const fov_tensor& y);
  fov_status (*convert)(fov_context&, const fov_tensor& x, const fov_tensor& y);
  fov_status (*gelu)(fov_context&, const fov_tensor& x, const fov_tensor& y);
  fov_status (*add)(fov_context&, const fov_tensor& a, const fov_tensor& b, const fov_tensor& y);
  fov_status (*silu_mul)(fov_context&, const fov_tensor& gate, const fov_tensor& up,
                         const fov_tensor& y);
  fov_status (*sample)(fov_context&, const fov_tensor& logits, const fov_tensor* allowed,
                       const fov_tensor* observed, const fov_tensor& options,
                       const fov_tensor& draws, const fov_tensor& tokens,
                       const fov_tensor& log_probabilities);
};

}  // namespace fovea
