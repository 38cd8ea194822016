/* The ops: the only documentation of each. Letters: R rows of a forward step (expert-major order),
 * D hidden size, N output features, H query heads, Hkv key/value heads, K head size (K also the
 * inner size of a product where no head is involved), S image side, P patch side, G = S/P.
 *
 * Common to all: arguments are context, inputs, scalars, outputs; every tensor lives on the
 * context's device, but for those said to be in host memory (device FOV_CPU); the last axis is
 * contiguous unless said otherwise; other strides are free, but not negative, and keep the elements
 * of an output apart; an output may not overlap an input partly. "activations" are f32 or bf16, one
 * dtype per call. Zero rows are legal and do nothing. Violations: FOV_INVALID_ARGUMENT; dtypes
 * outside the lists: FOV_UNIMPLEMENTED. Values in device memory other than the CPU's (indices,
 * means) are not checked: they are the caller's promise.
 *
 * Numerics: arithmetic is f32; bf16 results round to nearest even exactly where "rounds" is said.
 */
#ifndef FOVEA_OPS_H
#define FOVEA_OPS_H
#include "fovea/fovea.h"
#ifdef __cplusplus
extern "C" {
#endif

/* What a linear op does after the product. */
typedef enum fov_epilogue {
  FOV_EPILOGUE_NONE = 0,
  FOV_EPILOGUE_GELU_ERF = 1,     /* y = 0.5 z (1 + erf(z / sqrt 2)) */
  FOV_EPILOGUE_RESIDUAL = 2,     /* y = residual + z */
  FOV_EPILOGUE_SWIGLU = 3,       /* y = silu(z_first) * z_second, weights packed as a pair */
  FOV_EPILOGUE_QUICK_GELU = 4,   /* y = z / (1 + e^(-1.702 z)), CLIP's */
  FOV_EPILOGUE_RELU = 5,         /* y = max(z, 0); NaN stays NaN */
  FOV_EPILOGUE_RESIDUAL_RELU = 6 /* y = max(residual + z, 0); NaN stays NaN */
} fov_epilogue;

/* How a picture becomes a square. */
typedef enum fov_fit {
  FOV_FIT_STRETCH = 0,
  FOV_FIT_WHITE = 1 /* padded with white; before it (longer - shorter) / 2 pixels, rounded down */
} fov_fit;

/* image_patches: picture to rows of normalised patches (CogVLM's preprocessing).
 *
 *   Stretches rgb, or the square that fit makes of it, to S x S with Pillow's antialiased bicubic
 *   filter (a = -0.5, support scaled by the reduction, horizontal pass first, but last where
 *   H > 100 W and S < H; uint8 rounding after each pass: byte-identical to Pillow 12)
 *   then patches[r*G + c, (ch*P + i)*P + j] =
 *            (resized[r*P + i, c*P + j, ch]/255 - mean[ch]) / std[ch]
 *
 *   rgb       [H, W, 3]   u8    H, W in 1..2^24
 *   mean_std  [6]         f32   mean r, g, b, then standard deviation r, g, b
 *   resized   [S, S, 3]   u8    out, contiguous
 *   patches   [G*G, 3*P*P] activations, out
 *
 * Numerics  resampling in Pillow's 22-bit fixed point; normalisation in f32; rounds on store.
 */
FOV_API fov_status fov_image_patches(fov_context* context, const fov_tensor* rgb,
                                     const fov_tensor* mean_std, int32_t fit,
                                     const fov_tensor* resized, const fov_tensor* patches);

/* Bytes that packed weights [N, K] take on this context. dtype f32 | bf16. -1: bad argument. */
FOV_API int64_t fov_packed_bytes(fov_context* context, int32_t dtype, int64_t N, int64_t K);

/* pack_weights: puts checkpoint weights into the order that linear reads fastest.
 *
 *   first    [N, K]  f32 | bf16 | f16   host memory; row n = output feature n; rows may be
 *            unaligned in memory
 *   second   NULL, or like `first`: packs the pair for FOV_EPILOGUE_SWIGLU (first = gate)
 *   packed   layout FOV_PACKED, dtype f32 | bf16, shape [N, K], or [2N, K] for a pair; data of
 *            fov_packed_bytes, on CUDA at a multiple of 16; values are converted, rounding once
 */
FOV_API fov_status fov_pack_weights(fov_context* context, const fov_tensor* first,
                                    const fov_tensor* second, const fov_tensor* packed);

/* Bytes that packed quantised weights [N, K] take on this context, scales included.
 *
 *   dtype        i8 | i4 | f8
 *   scale_dtype  f32 | bf16 | f16
 *   group        K, or a multiple of 32 that divides K
 *
 * -1: bad argument. */
FOV_API int64_t fov_packed_quantized_bytes(fov_context* context, int32_t dtype, int32_t scale_dtype,
                                           int64_t N, int64_t K, int64_t group);

/* pack_quantized: the same as pack_weights for weights w[n,k] = q[n,k] * scales[n, k / group].
 *
 *   first          host memory; q as i8 [N, K] | f8 [N, K], or, for packed i4, i32 [N, K/8]: bits
 * 4i..4i+3 of word j are q[n, 8j + i] + 8 (compressed-tensors' "pack-quantized"); may be unaligned
 * in memory first_scales   host memory; [N, K/group]  f32 | bf16 | f16, kept in that dtype; may be
 *                  unaligned in memory
 *   second, second_scales   NULL, or like `first`: packs a pair, as pack_weights does
 *   packed         layout FOV_PACKED, or FOV_PACKED_INT8 for i8 and i4; dtype i8 | i4 | f8, shape
 *                  [N, K], or [2N, K] for a pair; stride[0] = group, stride[1] = dtype of the
 *                  scales; data of fov_packed_quantized_bytes, on CUDA at a multiple of 16. Both
 *                  layouts have the same bytes
 *
 * Scales that are not finite, and f8 codes of NaN: FOV_INVALID_ARGUMENT. */
FOV_API fov_status fov_pack_quantized(fov_context* context, const fov_tensor* first,
                                      const fov_tensor* first_scales, const fov_tensor* second,
                                      const fov_tensor* second_scales, const fov_tensor* packed);

/* linear: z = x W^T + bias, then the epilogue.
 *
 *   x         [R, K]  activations
 *   weights   packed [N, K] ([2N, K] for SWIGLU), f32 | bf16 | i8 | i4 | f8; with bf16 x, not f32
 *   bias      NULL or [N] f32 ([2N], all of the first half's then the second's, for SWIGLU)
 *   residual  [R, N] dtype of x for RESIDUAL and RESIDUAL_RELU, else NULL; may be y
 *   y         [R, N]  dtype of x, or f32 with EPILOGUE_NONE (logits); may not be x
 *
 * Numerics  products accumulate in f32 in an order that does not depend on R or on the thread
 *           count. bf16: z rounds; gelu, silu and each product or sum after it round again, as
 *           the published bf16 model does. quick gelu rounds once, on its result, where PyTorch's,
 *           made of three ops, rounds after each.
 *           Quantised weights, FOV_PACKED: w = q * scale rounds to f32, then as f32 weights; or,
 *           on CUDA with bf16 x, q x is summed over a group, then z = fma(sum, scale, z).
 *           FOV_PACKED_INT8: each row of x is quantised in groups of 32 inputs (the last may be
 *           shorter): a = max|x| / 127, qx = x / a rounded to nearest even within -127..127, 0
 *           where a = 0. Sums of q * qx over a group are exact; then, group after group,
 *           z = fma(sum, scale * a, z). A group with a value that is not finite makes its row NaN.
 * Work      2*R*N*K flop.
 */
FOV_API fov_status fov_linear(fov_context* context, const fov_tensor* x, const fov_tensor* weights,
                              const fov_tensor* bias, int32_t epilogue, const fov_tensor* residual,
                              const fov_tensor* y);

/* routed_linear: linear with two weight sets, chosen by row range: rows [0, vision_rows) use the
 * vision expert, the others the language expert (arXiv:2311.03079, "visual expert").
 * Arguments otherwise as for linear; both weight sets have one shape, but may differ in dtype,
 * layout and group. A set whose rows are absent from the call may be NULL. */
FOV_API fov_status fov_routed_linear(fov_context* context, const fov_tensor* x, int64_t vision_rows,
                                     const fov_tensor* vision_weights,
                                     const fov_tensor* vision_bias,
                                     const fov_tensor* language_weights,
                                     const fov_tensor* language_bias, int32_t epilogue,
                                     const fov_tensor* residual, const fov_tensor* y);

/* Maps: rows [B*H*W, C] hold B maps of H x W pixels of C channels, pixel (i, j) of map b in row
 * (b*H + i)*W + j. Windows of kh x kw pixels begin every `stride` pixels, at first `padding` pixels
 * above and left of the map, which end as far below and right of it at most; they make maps of
 * Ho x Wo, Ho = (H + 2*padding - kh) / stride + 1, rounded down, Wo alike. H, W in 1..2^24, kh, kw
 * in 1..1024, kh <= H + 2*padding, kw <= W + 2*padding, stride in 1..1024, padding in
 * 0..min(kh, kw)-1. */

/* convolution: the windows of x's maps as rows of a linear op, then its epilogue.
 *
 *   z[(b*Ho + i)*Wo + j, n] = bias[n] + sum over u < kh, v < kw, c < C of
 *       x[(b*H + i*stride + u - padding)*W + j*stride + v - padding, c] * w[n, (u*kw + v)*C + c]
 *   where pixels outside the map count as 0
 *
 *   x         [B*H*W, C]  activations
 *   weights   packed [N, kh*kw*C], as for linear
 *   bias, epilogue, residual [B*Ho*Wo, N]   as for linear; no SWIGLU
 *   y         [B*Ho*Wo, N]  as for linear
 *
 * Numerics  those of linear on the rows of windows [B*Ho*Wo, kh*kw*C], bit for bit.
 * Work      2*B*Ho*Wo*N*kh*kw*C flop.
 */
FOV_API fov_status fov_convolution(fov_context* context, const fov_tensor* x, int32_t height,
                                   int32_t width, int32_t window_height, int32_t window_width,
                                   int32_t stride, int32_t padding, const fov_tensor* weights,
                                   const fov_tensor* bias, int32_t epilogue,
                                   const fov_tensor* residual, const fov_tensor* y);

/* max_pool: the largest value of each window, channel by channel; pixels outside the map do not
 * count, and a NaN in the window is its result.
 *
 *   x [B*H*W, C] activations, y [B*Ho*Wo, C] dtype of x, may not be x; exact
 */
FOV_API fov_status fov_max_pool(fov_context* context, const fov_tensor* x, int32_t height,
                                int32_t width, int32_t window_height, int32_t window_width,
                                int32_t stride, int32_t padding, const fov_tensor* y);

/* rms_norm: y[r,d] = x[r,d] / sqrt(mean_d x[r,d]^2 + eps) * weight[d]   (arXiv:1910.07467, eq. 4)
 *
 *   x [R, D] activations, weight [D] f32, y [R, D] dtype of x, may be x
 *
 * Numerics  all in f32, weight included (unlike LLaMA's module); rounds once, on store.
 */
FOV_API fov_status fov_rms_norm(fov_context* context, const fov_tensor* x, const fov_tensor* weight,
                                float eps, const fov_tensor* y);

/* layer_norm: n = (x - mean) / sqrt(var + eps) * weight + bias over the last axis
 * (arXiv:1607.06450, eq. 4; biased variance), then y = n, or y = residual + n.
 *
 *   x [R, D] activations, weight, bias [D] f32, residual NULL or [R, D] dtype of x, may be y;
 *   y [R, D] dtype of x, may be x
 *
 * Numerics  f32; n rounds; the residual sum rounds again.
 */
FOV_API fov_status fov_layer_norm(fov_context* context, const fov_tensor* x,
                                  const fov_tensor* weight, const fov_tensor* bias, float eps,
                                  const fov_tensor* residual, const fov_tensor* y);

/* group_norm: n = (x - mean) / sqrt(var + eps) * weight + bias, mean and biased variance over all P
 * pixels of a map and the C/G neighbouring channels of a group (arXiv:1803.08494); then y = n, or
 * y = max(n, 0) where NaN stays NaN.
 *
 *   x             [B*P, C] activations, B maps of P rows
 *   weight, bias  [C] f32
 *   pixels        P, at least 1
 *   groups        G, divides C
 *   relu          0 or 1
 *   y             [B*P, C] dtype of x, may be x
 *
 * Numerics  f32; the variance is that of x - mean; rounds once, on store. A map's result depends on
 *           nothing but the map.
 */
FOV_API fov_status fov_group_norm(fov_context* context, const fov_tensor* x,
                                  const fov_tensor* weight, const fov_tensor* bias, int64_t pixels,
                                  int32_t groups, float eps, int32_t relu, const fov_tensor* y);

/* scale_columns: y[r,d] = x[r,d] * gain[d], or y[r,d] = residual[r,d] + x[r,d] * gain[d].
 *
 *   x [R, D] activations, gain [D] f32, residual NULL or [R, D] dtype of x, may be y;
 *   y [R, D] dtype of x, may be x
 *
 * Numerics  bf16: the product rounds, the sum rounds again.
 */
FOV_API fov_status fov_scale_columns(fov_context* context, const fov_tensor* x,
                                     const fov_tensor* gain, const fov_tensor* residual,
                                     const fov_tensor* y);

/* rope_append: rotates queries and keys by position and stores keys and values in cache pages.
 *
 *   Half-split rotation of each head (a, b) = (h[0:K/2], h[K/2:K]) at t = positions[r]:
 *   (a cos[t] - b sin[t], a sin[t] + b cos[t]). Queries are rotated in place; rotated keys and
 *   plain values go to slot slots[r] = page*FOV_PAGE_SLOTS + offset.
 *
 *   qkv        [R, (H + 2 Hkv) K]  activations: queries, keys, values; queries updated in place
 *   cos, sin   [T, K/2] f32        one row a position
 *   positions  [R] i32             0..T-1
 *   slots      [R] i32             0..pages*FOV_PAGE_SLOTS-1, no two rows alike
 *   heads, kv_heads                H and Hkv; H a multiple of Hkv; K even
 *   k_pages, v_pages  [pages, Hkv, FOV_PAGE_SLOTS, K] dtype of qkv, contiguous
 *
 * Numerics  bf16: both products round, then their sum rounds.
 */
FOV_API fov_status fov_rope_append(fov_context* context, const fov_tensor* qkv,
                                   const fov_tensor* cos, const fov_tensor* sin,
                                   const fov_tensor* positions, const fov_tensor* slots,
                                   int32_t heads, int32_t kv_heads, const fov_tensor* k_pages,
                                   const fov_tensor* v_pages);

/* rope_pairs: rotates neighbours of each head by an angle of their row, in place (EVA-02's rotary
 * embedding of a 2-D grid, arXiv:2303.11331): (x[2i], x[2i+1]) becomes
 * (x[2i] cos[i] - x[2i+1] sin[i], x[2i+1] cos[i] + x[2i] sin[i]).
 *
 *   x         [R, H, K]  activations, K even; only the last axis contiguous
 *   cos, sin  [R, K/2]   f32
 *
 * Numerics  bf16: both products round, then their sum rounds. */
FOV_API fov_status fov_rope_pairs(fov_context* context, const fov_tensor* x, const fov_tensor* cos,
                                  const fov_tensor* sin);

/* attention: y = softmax(q k^T scale) v, every query sees every key (the vision encoder).
 *
 *   q [T, H, K], k, v [U, Hkv, K], y [T, H, K]: activations; only the last axis is contiguous
 *   (head h reads key head h / (H/Hkv)); y may not overlap the inputs
 *
 * Numerics  scores, softmax (maximum subtracted) and weighted sum in f32; rounds on store.
 */
FOV_API fov_status fov_attention(fov_context* context, const fov_tensor* q, const fov_tensor* k,
                                 const fov_tensor* v, float scale, const fov_tensor* y);

/* paged_attention: causal attention of rows of several sequences over their cache pages.
 *
 *   Row r of sequence s = sequences[r] sees slots 0..row_slots[r] of s, in page order
 *   page_table[s, slot / FOV_PAGE_SLOTS].
 *
 *   q           [R, H, K]  activations, already rotated; only the last axis contiguous
 *   k_pages, v_pages  [pages, Hkv, FOV_PAGE_SLOTS, K] dtype of q, contiguous
 *   page_table  [B, M] i32   pages of each sequence in order; unused entries are not read
 *   sequences   [R] i32      0..B-1
 *   row_slots   [R] i32      0..M*FOV_PAGE_SLOTS-1
 *   y           [R, H, K]    dtype of q
 *
 * Numerics  as attention; the result of a row does not depend on the other rows of the call.
 */
FOV_API fov_status fov_paged_attention(fov_context* context, const fov_tensor* q,
                                       const fov_tensor* k_pages, const fov_tensor* v_pages,
                                       const fov_tensor* page_table, const fov_tensor* sequences,
                                       const fov_tensor* row_slots, float scale,
                                       const fov_tensor* y);

/* copy_pages: pages[target[i]] = pages[source[i]] (first axis), for i in order; a page may not be
 * both source and target.   pages [P, ...] f32 | bf16 contiguous; source, target [n] i32 */
FOV_API fov_status fov_copy_pages(fov_context* context, const fov_tensor* pages,
                                  const fov_tensor* source, const fov_tensor* target);

/* embed_rows: y[r] = table[ids[r]].   table [V, D] f32 | bf16 | f16; ids [R] i32 in 0..V-1;
 * y [R, D] activations; rounds on store where y is narrower */
FOV_API fov_status fov_embed_rows(fov_context* context, const fov_tensor* table,
                                  const fov_tensor* ids, const fov_tensor* y);

/* gather_rows: y[r] = x[rows[r]].   x [M, D], y [R, D] one activation dtype; rows [R] i32 */
FOV_API fov_status fov_gather_rows(fov_context* context, const fov_tensor* x,
                                   const fov_tensor* rows, const fov_tensor* y);

/* convert: y = x in y's dtype; rounds once.   x, y [R, D] of f32 | bf16 | f16 each; x may be in
 * host memory, unaligned there (a mapped checkpoint), and its last axis strided */
FOV_API fov_status fov_convert(fov_context* context, const fov_tensor* x, const fov_tensor* y);

/* gelu: y = 0.5 x (1 + erf(x / sqrt 2)).   x, y [R, D] one activation dtype; y may be x; rounds on
 * store */
FOV_API fov_status fov_gelu(fov_context* context, const fov_tensor* x, const fov_tensor* y);

/* add: y = a + b.   a, b, y [R, D] one activation dtype; y may be either input; rounds on store */
FOV_API fov_status fov_add(fov_context* context, const fov_tensor* a, const fov_tensor* b,
                           const fov_tensor* y);

/* silu_mul: y = gate / (1 + e^-gate) * up.   gate, up, y [R, D] one activation dtype; y may be
 * either input. bf16: silu rounds, the product rounds again */
FOV_API fov_status fov_silu_mul(fov_context* context, const fov_tensor* gate, const fov_tensor* up,
                                const fov_tensor* y);

/* sample: chooses the next token of each row. In this order, on f32 scores that begin as the
 * logits: repetition penalty p of observed tokens (arXiv:1909.05858, section 4.1: x / p where x >=
 * 0, else x p); temperature t: x / t; top-k: keeps scores of at least the k-th largest; top-p
 * (arXiv:1904.09751): from the likeliest down, the lower id first among equals, keeps a token if
 * those before it have less than top-p of the probability; then a draw from the softmax of what is
 * left. Temperature 0: the largest score after the penalty, the lowest id among equals.
 *
 *   logits     [R, V]  f32; -infinity rules a token out
 *   allowed    NULL, or [R, W] i32, W = ceil(V / 32): other tokens' logits count as -infinity and
 *              are not read; token v has bit v % 32 of word v / 32
 *   observed   NULL, or [R, W] i32, bits like those of allowed: tokens that the penalty meets
 *   options    [R, 4]  f32: temperature >= 0, top-k >= 0 (0: off), top-p 0..1 (1: off), penalty > 0
 *   draws      [R, 2]  i32: u = (first * 2^27 + second) * 2^-53 in [0, 1); first < 2^26,
 *              second < 2^27. The token at u of the cumulative distribution, in the order of top-p,
 *              or of ids where neither top-k nor top-p is on
 *   tokens     [R]     i32 out; -1 where a logit read is NaN or +infinity, or all are -infinity
 *   log_probabilities  [R] f32 out: of the token in the softmax of the allowed logits, unchanged;
 *              NaN where the token is -1
 *
 * Numerics  scores f32; weights e^((x - largest) / t) and their sums f64. */
FOV_API fov_status fov_sample(fov_context* context, const fov_tensor* logits,
                              const fov_tensor* allowed, const fov_tensor* observed,
                              const fov_tensor* options, const fov_tensor* draws,
                              const fov_tensor* tokens, const fov_tensor* log_probabilities);

#ifdef __cplusplus
}
#endif
#endif
