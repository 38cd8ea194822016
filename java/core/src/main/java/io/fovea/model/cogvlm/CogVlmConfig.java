package io.fovea.model.cogvlm;

import com.fasterxml.jackson.databind.JsonNode;
import io.fovea.ModelLoadException;
import io.fovea.UnsupportedModelException;
import io.fovea.model.eva02.Eva02Config;
import io.fovea.model.evaclip.EvaClipConfig;
import io.fovea.weights.JsonFile;
import io.fovea.weights.StoredShapes;
import java.nio.file.Path;
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

  private static final long MAX_FILE_BYTES = 1 << 20;

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
    return family.secondGeneration();
  }

  /**
   * Rows an image takes in the language model: begin marker, patches, end marker. Of an odd grid
   * the last row and column of patches are lost in halving.
   */
  public int imageTokens() {
    int side = downsamples() ? vision.grid() / 2 : vision.grid();
    return side * side + 2;
  }

  /**
   * Reads {@code config.json} of a model directory.
   *
   * @param stored shapes of its weights, which tell the family
   * @throws ModelLoadException where a key is missing or makes no sense
   * @throws UnsupportedModelException where it describes a model of another architecture
   */
  public static CogVlmConfig read(Path directory, StoredShapes stored) {
    Path file = directory.resolve("config.json");
    JsonNode node = JsonFile.read(file, MAX_FILE_BYTES, ConfigObject.REMEDY);
    return new CogVlmConfigReader(file, node, stored).read();
  }

  /**
   * As {@link #read}, from the text of a config.json.
   *
   * @param file what messages call it
   */
  public static CogVlmConfig parse(Path file, String json, StoredShapes stored) {
    JsonNode node = JsonFile.parse(file, json, ConfigObject.REMEDY);
    return new CogVlmConfigReader(file, node, stored).read();
  }
}
