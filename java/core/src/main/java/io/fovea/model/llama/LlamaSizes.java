package io.fovea.model.llama;

/**
 * Sizes of a LLaMA decoder's layers.
 *
 * @param hiddenSize D
 * @param intermediateSize F, inner size of the MLP
 * @param heads H, of the queries
 * @param keyValueHeads Hkv
 * @param headSize K
 * @param rmsNormEps added to the mean of squares
 */
public record LlamaSizes(
    int hiddenSize,
    int intermediateSize,
    int heads,
    int keyValueHeads,
    int headSize,
    float rmsNormEps) {

  /** Width of all queries: H K. */
  int querySize() {
    return heads * headSize;
  }

  /** Width of all keys, and of all values: Hkv K. */
  int keyValueSize() {
    return keyValueHeads * headSize;
  }
}
