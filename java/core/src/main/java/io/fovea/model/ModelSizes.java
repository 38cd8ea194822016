package io.fovea.model;

/**
 * What an engine must know of a model to give it memory and to tell what fits.
 *
 * @param layers of the decoder
 * @param keyValueHeads of each of these
 * @param headSize of keys and values
 * @param contextTokens the longest sequence that it was made for
 * @param imageSize side of the square that pictures are stretched to, pixels
 * @param patchSize side of a patch, pixels
 * @param imageTokens most rows that a picture takes in a prompt
 * @param sourceTokens the longest source that the model's encoder reads, rows of pictures included;
 *     0 for a model of a decoder alone
 * @param encoderLayers of the encoder that every picture goes through
 * @param axes coordinates of a position
 */
public record ModelSizes(
    int hiddenSize,
    int layers,
    int keyValueHeads,
    int headSize,
    int vocabSize,
    int contextTokens,
    int imageSize,
    int patchSize,
    int imageTokens,
    int sourceTokens,
    int encoderLayers,
    int axes,
    Scratch scratch) {

  /**
   * Elements that computing takes besides weights and cache, estimated from above.
   *
   * @param decoderRow of the tensors that a row of a step holds at a time
   * @param encoding of the tensors that encoding a picture holds at a time
   * @param betweenSlices of what an encoding keeps while decoder steps run
   * @param picture of what is kept of an encoded picture
   */
  public record Scratch(long decoderRow, long encoding, long betweenSlices, long picture) {}

  /** Most rows that a picture takes in the decoder's cache: none where an encoder reads it. */
  public int cachedImageTokens() {
    return sourceTokens > 0 ? 0 : imageTokens;
  }

  /** Elements of the keys and values of one token in all layers. */
  public long cacheElements() {
    return 2L * layers * keyValueHeads * headSize;
  }
}
