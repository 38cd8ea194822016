package io.fovea.model.kosmos2;

import io.fovea.ModelLoadException;
import io.fovea.model.ConfigObject;
import io.fovea.model.ModelSizes;
import io.fovea.model.clip.ClipConfig;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Sizes and token ids of a Kosmos-2 model, read from {@code config.json} under its own keys; keys
 * that it does not repeat have the published values.
 *
 * @param latentQueryNum rows that a picture takes in the decoder
 * @param bosTokenId token that begins a sequence
 * @param eosTokenIds tokens that end an answer
 * @param padTokenId token of slots without text
 */
public record Kosmos2Config(
    int embedDim,
    int layers,
    int attentionHeads,
    int ffnDim,
    int vocabSize,
    int maxPositionEmbeddings,
    float layerNormEps,
    boolean scaleEmbedding,
    int latentQueryNum,
    @Nullable Integer bosTokenId,
    List<Integer> eosTokenIds,
    @Nullable Integer padTokenId,
    ClipConfig vision) {
  public Kosmos2Config {
    eosTokenIds = List.copyOf(eosTokenIds);
  }

  /** Size of an attention head. */
  public int headSize() {
    return embedDim / attentionHeads;
  }

  /** What embeddings are multiplied by: √D. */
  public float embedScale() {
    return scaleEmbedding ? (float) Math.sqrt(embedDim) : 1;
  }

  /** What an engine must know of it. */
  public ModelSizes sizes() {
    long patches = 1L + vision.patches();
    long tower = patches * (8L * vision.hiddenSize() + 2L * vision.intermediateSize());
    long resampler = 5L * (patches + latentQueryNum) * embedDim;
    return new ModelSizes(
        embedDim,
        layers,
        attentionHeads,
        headSize(),
        vocabSize,
        maxPositionEmbeddings,
        vision.imageSize(),
        vision.patchSize(),
        latentQueryNum,
        /* sourceTokens= */ 0,
        vision.numHiddenLayers(),
        /* axes= */ 1,
        new ModelSizes.Scratch(
            9L * embedDim + 2L * ffnDim,
            Math.max(tower, resampler),
            patches * vision.hiddenSize(),
            (long) latentQueryNum * embedDim));
  }

  /**
   * Reads a {@code config.json}.
   *
   * @throws ModelLoadException where a key makes no sense
   */
  public static Kosmos2Config read(ConfigObject root) {
    ConfigObject text = root.within("text_config");
    int width = text.size("embed_dim", 2048);
    int heads = text.size("attention_heads", 32);
    text.require(
        width % (2 * heads) == 0,
        "embed_dim",
        width + " does not split into " + heads + " even heads");
    requireText(text, "activation_function", "gelu");
    int vocabulary = text.size("vocab_size", 65037);
    for (int id : text.ids("eos_token_id")) {
      text.require(id >= 0 && id < vocabulary, "eos_token_id", id + " is outside the vocabulary");
    }
    return new Kosmos2Config(
        width,
        text.size("layers", 24),
        heads,
        text.size("ffn_dim", 8192),
        vocabulary,
        text.size("max_position_embeddings", 2048),
        text.has("layer_norm_eps") ? text.fraction("layer_norm_eps") : 1e-5f,
        text.flag("scale_embedding", true),
        root.size("latent_query_num", 64),
        text.has("bos_token_id") ? text.id("bos_token_id") : Integer.valueOf(0),
        text.has("eos_token_id") ? text.ids("eos_token_id") : List.of(2),
        text.has("pad_token_id") ? text.id("pad_token_id") : Integer.valueOf(1),
        ClipConfig.read(root.within("vision_config")));
  }

  private static void requireText(ConfigObject node, String key, String wanted) {
    String found = node.text(key, wanted);
    node.require(found.equals(wanted), key, "is '" + found + "', Kosmos-2 uses '" + wanted + "'");
  }
}
