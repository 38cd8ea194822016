package io.fovea.model.shikra;

import com.fasterxml.jackson.databind.JsonNode;
import io.fovea.ModelLoadException;
import io.fovea.model.ConfigObject;
import io.fovea.model.ModelSizes;
import io.fovea.model.clip.ClipConfig;
import io.fovea.model.llama.LlamaSizes;

/**
 * Sizes of a Shikra model, read from {@code config.json} under the keys of LLaMA and of LLaVA's
 * first version. The ids of begin, end and pad token in that file are wrong in the published one,
 * and not read. Its encoder has a file of its own: what is there of it, as {@code vision_config},
 * {@code fovea convert --vision} has put there.
 *
 * @param layers of the decoder
 * @param ropeTheta base of the rotary frequencies
 * @param vision the whole encoder
 * @param visionBlocks of these, the first ones whose outcome is looked at
 */
public record ShikraConfig(
    LlamaSizes llama,
    int layers,
    int vocabSize,
    int maxPositionEmbeddings,
    double ropeTheta,
    ClipConfig vision,
    int visionBlocks) {

  /** What an engine must know of it. */
  public ModelSizes sizes() {
    long d = llama.hiddenSize();
    long tokens = 1L + vision.patches();
    return new ModelSizes(
        llama.hiddenSize(),
        layers,
        llama.keyValueHeads(),
        llama.headSize(),
        vocabSize,
        maxPositionEmbeddings,
        vision.imageSize(),
        vision.patchSize(),
        vision.patches(),
        /* sourceTokens= */ 0,
        visionBlocks,
        /* axes= */ 1,
        new ModelSizes.Scratch(
            8 * d + 3L * llama.intermediateSize(),
            tokens * (8L * vision.hiddenSize() + 2L * vision.intermediateSize()) + tokens * d,
            tokens * vision.hiddenSize(),
            vision.patches() * d));
  }

  /**
   * Reads a {@code config.json}.
   *
   * @throws ModelLoadException where a key is missing or makes no sense
   */
  public static ShikraConfig read(ConfigObject root) {
    int width = root.size("hidden_size");
    int heads = root.size("num_attention_heads");
    int keyHeads = root.size("num_key_value_heads", heads);
    root.require(
        width % (2 * heads) == 0,
        "hidden_size",
        width + " does not split into " + heads + " even heads");
    root.require(heads % keyHeads == 0, "num_key_value_heads", keyHeads + " do not serve " + heads);
    String act = root.text("hidden_act", "silu");
    root.require(act.equals("silu"), "hidden_act", "is '" + act + "', LLaMA uses silu");
    root.require(!root.has("rope_scaling"), "rope_scaling", "is not computed here");
    root.require(
        !root.flag("tie_word_embeddings", false),
        "tie_word_embeddings",
        "is true: the head is own");
    ClipConfig vision = ClipConfig.read(root.within("vision_config"));
    int read = root.size("mm_hidden_size", vision.hiddenSize());
    root.require(
        read == vision.hiddenSize() || !root.has("vision_config"), // no encoder yet
        "mm_hidden_size",
        read + " is not the encoder's width of " + vision.hiddenSize());
    return new ShikraConfig(
        new LlamaSizes(
            width,
            root.size("intermediate_size"),
            heads,
            keyHeads,
            width / heads,
            root.fraction("rms_norm_eps")),
        root.size("num_hidden_layers"),
        root.size("vocab_size"),
        root.size("max_position_embeddings", 2048),
        root.positive("rope_theta", 10_000),
        vision,
        visionBlocks(root, vision.numHiddenLayers()));
  }

  /** Counted from the last block: −1 is behind it, −2 before it. */
  private static int visionBlocks(ConfigObject root, int all) {
    String key = "mm_vision_select_layer";
    JsonNode value = root.node().path(key);
    root.require(!root.has(key) || value.isInt(), key, value + " is no integer");
    int selected = value.asInt(-2);
    root.require(
        selected < 0 && selected + all >= 0,
        key,
        selected + " is none of the " + all + " blocks, counted from the last as -1");
    return all + 1 + selected;
  }
}
