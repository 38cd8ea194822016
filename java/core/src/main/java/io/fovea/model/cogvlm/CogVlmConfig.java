package io.fovea.model.cogvlm;

import io.fovea.ModelLoadException;
import io.fovea.UnsupportedModelException;
import io.fovea.model.eva02.Eva02Config;
import io.fovea.model.evaclip.EvaClipConfig;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Sizes and token ids of a CogVLM model, read from {@code config.json} under its own keys. Values
 * outside sensible limits are refused before anything is allocated.
 *
 * @param numKeyValueHeads key heads; each serves {@code numAttentionHeads / numKeyValueHeads}
 *     queries
 * @param ropeTheta base of the rotary frequencies; the published files do not hold it
 * @param eosTokenIds tokens that end an answer, at least one
 * @param templateVersion name of the prompt form the weights were tuned on
 * @param cross CogAgent's cross-attention, else null
 */
public record CogVlmConfig(
    CogVlmFamily family,
    int hiddenSize,
    int intermediateSize,
    int numHiddenLayers,
    int numAttentionHeads,
    int numKeyValueHeads,
    int vocabSize,
    int maxPositionEmbeddings,
    float rmsNormEps,
    double ropeTheta,
    int bosTokenId,
    List<Integer> eosTokenIds,
    int padTokenId,
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
    return family == CogVlmFamily.COGVLM2;
  }

  /** Rows an image takes in the language model: begin marker, patches, end marker. */
  public int imageTokens() {
    return vision.patches() / (downsamples() ? 4 : 1) + 2;
  }

  /**
   * Reads {@code config.json} of a model directory.
   *
   * @throws ModelLoadException where a key is missing or makes no sense
   * @throws UnsupportedModelException where it describes a model of another architecture
   */
  public static CogVlmConfig read(Path directory) {
    return CogVlmConfigReader.read(directory.resolve("config.json"));
  }
}
