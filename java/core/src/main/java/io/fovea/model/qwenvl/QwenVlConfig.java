package io.fovea.model.qwenvl;

import io.fovea.ModelLoadException;
import io.fovea.model.ConfigObject;
import io.fovea.model.ModelSizes;
import io.fovea.model.llama.LlamaSizes;

/**
 * Sizes and token ids of a Qwen-VL, read from {@code config.json}; keys that it does not repeat
 * have the published values.
 *
 * @param decoder sizes of the decoder's layers
 * @param seqLength tokens that it was trained on: longer prompts rotate in another way
 * @param rotaryBase of the frequencies of shorter ones
 * @param dynamicNtk whether prompts beyond {@code seqLength} stretch the rotation
 * @param logN whether queries beyond it grow
 * @param imageStartId token before a picture's rows, {@code <img>}
 */
public record QwenVlConfig(
    LlamaSizes decoder,
    int layers,
    int vocabSize,
    int maxPositionEmbeddings,
    int seqLength,
    double rotaryBase,
    boolean dynamicNtk,
    boolean logN,
    int imageStartId,
    QwenVlVision vision) {
  /** Tokens from the first with a role, {@code <|endoftext|>}, to {@code <img>}. */
  private static final int START_AFTER_END = 214;

  private static final int MOST_PATCHES = 1 << 14; // the published model has 1,024

  /** The token that ends a text; the others with a role follow it in number. */
  public int endOfTextId() {
    return imageStartId - START_AFTER_END;
  }

  /** The token that stands in the rows of a picture. */
  public int imagePadId() {
    return imageStartId + 2;
  }

  /** What an engine must know of it. */
  public ModelSizes sizes() {
    long patches = vision.patches();
    long width = vision.outputDim();
    long tower = patches * (8L * vision.width() + 2L * vision.mlpWidth());
    long resampler = 6L * patches * width + 6L * vision.queries() * width;
    return new ModelSizes(
        decoder.hiddenSize(),
        layers,
        decoder.keyValueHeads(),
        decoder.headSize(),
        vocabSize,
        maxPositionEmbeddings,
        vision.imageSize(),
        vision.patchSize(),
        vision.queries(),
        /* sourceTokens= */ 0,
        vision.layers(),
        /* axes= */ 1,
        new ModelSizes.Scratch(
            9L * decoder.hiddenSize() + 2L * decoder.intermediateSize(),
            Math.max(tower, resampler),
            patches * vision.width(),
            vision.queries() * width));
  }

  /**
   * Reads a {@code config.json}.
   *
   * @throws ModelLoadException where a key makes no sense
   */
  public static QwenVlConfig read(ConfigObject root) {
    LlamaSizes decoder = decoder(root);
    int vocabulary = root.size("vocab_size", 151_936);
    ConfigObject visual = root.within("visual");
    int start = visual.size("image_start_id", 151_857);
    visual.require(
        start >= START_AFTER_END && start + 2 < vocabulary,
        "image_start_id",
        start + " leaves no room for the other tokens with a role among " + vocabulary);
    int length = root.size("seq_length", 2048);
    root.require(length >= 2, "seq_length", length + " has no logarithm to divide by");
    return new QwenVlConfig(
        decoder,
        root.size("num_hidden_layers", 32),
        vocabulary,
        root.size("max_position_embeddings", 8192),
        length,
        root.positive("rotary_emb_base", 10_000),
        root.flag("use_dynamic_ntk", true),
        root.flag("use_logn_attn", true),
        start,
        vision(visual, decoder.hiddenSize()));
  }

  private static LlamaSizes decoder(ConfigObject root) {
    int width = root.size("hidden_size", 4096);
    int heads = root.size("num_attention_heads", 32);
    int headSize = root.size("kv_channels", 128);
    int inner = root.size("intermediate_size", 22_016);
    root.require(
        (long) heads * headSize == width,
        "kv_channels",
        heads + " heads of " + headSize + " are not hidden_size " + width);
    root.require(
        headSize % 2 == 0 && headSize >= 4, "kv_channels", headSize + " is odd, or below 4");
    root.require(inner % 2 == 0, "intermediate_size", inner + " is odd");
    root.require(root.flag("no_bias", true), "no_bias", "is false, Qwen-VL has no such biases");
    root.require(
        !root.flag("tie_word_embeddings", false),
        "tie_word_embeddings",
        "is true, Qwen-VL has a head of its own");
    double rotated = root.positive("rotary_pct", 1);
    root.require(rotated == 1, "rotary_pct", rotated + " is not 1: all of a head rotates");
    float eps = root.has("layer_norm_epsilon") ? root.fraction("layer_norm_epsilon") : 1e-6f;
    return new LlamaSizes(width, inner / 2, heads, heads, headSize, eps);
  }

  private static QwenVlVision vision(ConfigObject visual, int hiddenSize) {
    int width = visual.size("width", 1664);
    double inner = width * visual.positive("mlp_ratio", 4.9231);
    visual.require(
        inner >= 1 && inner <= ConfigObject.MAX_SIZE, "mlp_ratio", "makes the MLP " + inner);
    QwenVlVision vision =
        new QwenVlVision(
            width,
            visual.size("heads", 16),
            visual.size("layers", 48),
            (int) inner,
            visual.size("image_size", 448),
            visual.size("patch_size", 14),
            visual.size("output_dim", hiddenSize),
            visual.size("n_queries", 256));
    visual.require(
        width % vision.heads() == 0,
        "width",
        width + " does not split into " + vision.heads() + " heads");
    visual.require(
        vision.outputDim() == hiddenSize && hiddenSize % QwenVlVision.RESAMPLER_HEAD == 0,
        "output_dim",
        vision.outputDim() + " is not hidden_size, or no multiple of 128");
    int side = (int) Math.sqrt(vision.queries());
    visual.require(
        side * side == vision.queries(), "n_queries", vision.queries() + " is no square");
    visual.requireGrid("image_size", vision.imageSize(), vision.patchSize());
    visual.require(
        vision.patches() <= MOST_PATCHES,
        "image_size",
        "makes " + vision.patches() + " patches, at most " + MOST_PATCHES + " allowed");
    return vision;
  }
}
