package io.fovea.model.cogvlm;

import io.fovea.ModelLoadException;
import io.fovea.model.ConfigObject;
import io.fovea.model.ModelSizes;
import io.fovea.model.eva02.Eva02Config;
import io.fovea.model.evaclip.EvaClipConfig;
import io.fovea.weights.StoredShapes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Sizes and token ids of a CogVLM model, read from {@code config.json} under its own keys; what it
 * leaves open follows from the weights. Values outside sensible limits are refused before anything
 * is allocated.
 *
 * @param numKeyValueHeads key heads; each serves {@code numAttentionHeads / numKeyValueHeads}
 *     queries
 * @param ropeTheta base of the rotary frequencies; the published files do not hold it
 * @param bosTokenId token that begins a sequence; null where the file states none
 * @param eosTokenIds tokens that end an answer; empty where the file states none
 * @param padTokenId token of slots without text; null where the file states none, or none of the
 *     vocabulary
 * @param templateVersion name of the prompt form the weights were tuned on
 * @param cross CogAgent's cross-attention, else null
 */
public record CogVlmConfig(
    CogVlmVariant variant,
    int hiddenSize,
    int intermediateSize,
    int numHiddenLayers,
    int numAttentionHeads,
    int numKeyValueHeads,
    int vocabSize,
    int maxPositionEmbeddings,
    float rmsNormEps,
    double ropeTheta,
    @Nullable Integer bosTokenId,
    List<Integer> eosTokenIds,
    @Nullable Integer padTokenId,
    String templateVersion,
    EvaClipConfig vision,
    @Nullable Cross cross) {

  /**
   * Cross-attention of every decoder layer to a second encoder's features.
   *
   * @param computeHiddenSize width of its queries, keys and values, all heads together
   * @param vision the second encoder
   */
  public record Cross(int computeHiddenSize, Eva02Config vision) {}

  public CogVlmConfig {
    eosTokenIds = List.copyOf(eosTokenIds);
  }

  /** Size of an attention head. */
  public int headSize() {
    return hiddenSize / numAttentionHeads;
  }

  /** Width of keys, and of values, of one token: all key heads together. */
  public int keyValueSize() {
    return numKeyValueHeads * headSize();
  }

  /** Whether the encoder's grid is halved on both sides before the adapter. */
  public boolean downsamples() {
    return variant.secondGeneration();
  }

  /**
   * Rows an image takes in the language model: begin marker, patches, end marker. Of an odd grid
   * the last row and column of patches are lost in halving.
   */
  public int imageTokens() {
    int side = downsamples() ? vision.grid() / 2 : vision.grid();
    return side * side + 2;
  }

  /** What an engine must know of it. */
  public ModelSizes sizes() {
    return new ModelSizes(
        hiddenSize,
        numHiddenLayers,
        numKeyValueHeads,
        headSize(),
        vocabSize,
        maxPositionEmbeddings,
        vision.imageSize(),
        vision.patchSize(),
        imageTokens(),
        /* sourceTokens= */ 0,
        vision.numHiddenLayers(),
        /* axes= */ 1,
        scratch());
  }

  private ModelSizes.Scratch scratch() {
    long patches = 1L + vision.patches();
    long encoding = patches * (8L * vision.hiddenSize() + 2L * vision.intermediateSize());
    long between = patches * vision.hiddenSize();
    long picture = (long) imageTokens() * hiddenSize;
    if (cross != null) {
      Eva02Config second = cross.vision();
      long tokens = 1L + second.patches();
      long pixels = 3L * second.patchSize() * second.patchSize();
      encoding =
          Math.max(encoding, tokens * (8L * second.hiddenSize() + 3L * second.intermediateSize()));
      between += tokens * (second.hiddenSize() + pixels);
      picture += 2L * numHiddenLayers * tokens * cross.computeHiddenSize();
    }
    long decoderRow = 8L * hiddenSize + 3L * intermediateSize;
    return new ModelSizes.Scratch(decoderRow, encoding, between, picture);
  }

  /**
   * Reads a {@code config.json}.
   *
   * @param variant that it describes
   * @param stored shapes of its weights, which tell what the file leaves open
   * @throws ModelLoadException where a key is missing or makes no sense
   */
  public static CogVlmConfig read(CogVlmVariant variant, ConfigObject config, StoredShapes stored) {
    return new CogVlmConfigReader(config, stored).read(variant);
  }
}
