package io.fovea.model.cogvlm;

import io.fovea.model.ConfigObject;
import io.fovea.model.eva02.Eva02Config;
import io.fovea.model.evaclip.EvaClipConfig;
import io.fovea.weights.StoredShapes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads {@link CogVlmConfig} from {@code config.json} and the shapes of the weights beside it. */
final class CogVlmConfigReader {
  private static final String KEY_HEADS = "num_multi_query_heads";

  /** CogVLM2's default where neither its file nor its weights tell. */
  private static final int COGVLM2_KEY_HEADS = 8;

  /** The published classes' default, for files that do not repeat it. */
  private static final int CONTEXT = 2048;

  private final ConfigObject root;
  private final StoredShapes stored;

  CogVlmConfigReader(ConfigObject root, StoredShapes stored) {
    this.root = root;
    this.stored = stored;
  }

  CogVlmConfig read(CogVlmVariant variant) {
    int hidden = root.size("hidden_size");
    int heads = root.size("num_attention_heads");
    root.require(
        hidden % (2 * heads) == 0,
        "hidden_size",
        hidden + " does not split into " + heads + " even heads");
    int vocabulary = root.size("vocab_size");
    String act = root.text("hidden_act", "silu");
    root.require(act.equals("silu"), "hidden_act", "is '" + act + "', CogVLM uses 'silu'");
    return new CogVlmConfig(
        variant,
        hidden,
        root.size("intermediate_size"),
        root.size("num_hidden_layers"),
        heads,
        keyHeads(variant, hidden, heads),
        vocabulary,
        root.size("max_position_embeddings", CONTEXT),
        root.fraction("rms_norm_eps"),
        variant.secondGeneration() ? 500_000 : 10_000,
        begin(vocabulary),
        end(vocabulary),
        padding(vocabulary),
        root.text("template_version", "chat"),
        vision(variant),
        variant == CogVlmVariant.COGAGENT ? cross(heads) : null);
  }

  /** As the file says; else as many as the rows of the fused projection leave for keys. */
  private int keyHeads(CogVlmVariant variant, int hidden, int heads) {
    if (!variant.secondGeneration()) {
      return heads;
    }
    int found = COGVLM2_KEY_HEADS;
    if (root.has(KEY_HEADS)) {
      found = root.size(KEY_HEADS);
    } else if (!stored.isEmpty()) {
      long headSize = hidden / heads;
      long published = hidden + 2 * COGVLM2_KEY_HEADS * headSize;
      long rows = stored.outputs(CogVlmVariant.LANGUAGE_PROJECTION, published);
      root.require(
          rows > hidden && (rows - hidden) % (2 * headSize) == 0 && rows <= 3L * hidden,
          KEY_HEADS,
          "is missing, and the "
              + rows
              + " rows of "
              + CogVlmVariant.LANGUAGE_PROJECTION
              + " do not tell it");
      found = Math.toIntExact((rows - hidden) / (2 * headSize));
    }
    root.require(
        heads % found == 0, KEY_HEADS, found + " does not divide " + heads + " attention heads");
    return found;
  }

  private @Nullable Integer begin(int vocabulary) {
    Integer id = root.id("bos_token_id");
    if (id != null) {
      requireKnown("bos_token_id", id, vocabulary);
    }
    return id;
  }

  /** Beside an id that the model can answer with, others are ignored: it never does. */
  private List<Integer> end(int vocabulary) {
    List<Integer> ids = root.ids("eos_token_id");
    List<Integer> known = ids.stream().filter(id -> id >= 0 && id < vocabulary).toList();
    if (!ids.isEmpty() && known.isEmpty()) {
      requireKnown("eos_token_id", ids.get(0), vocabulary);
    }
    return known;
  }

  private void requireKnown(String key, int id, int vocabulary) {
    root.require(id >= 0 && id < vocabulary, key, id + " is outside the " + vocabulary + " ids");
  }

  /** Only fills slots whose embedding is replaced: one outside the vocabulary counts as none. */
  private @Nullable Integer padding(int vocabulary) {
    Integer id = root.id("pad_token_id");
    return id == null || id >= vocabulary ? null : id;
  }

  private EvaClipConfig vision(CogVlmVariant variant) {
    ConfigObject node = root.within("vision_config");
    root.require(node.node().isObject(), "vision_config", "is missing");
    EvaClipConfig config =
        new EvaClipConfig(
            node.size("hidden_size"),
            node.size("intermediate_size"),
            node.size("num_heads"),
            node.size("num_hidden_layers"),
            node.size("image_size"),
            node.size("patch_size"),
            node.fraction("layer_norm_eps"));
    node.require(
        config.hiddenSize() % config.numHeads() == 0,
        "hidden_size",
        config.hiddenSize() + " does not split into " + config.numHeads() + " heads");
    node.requireGrid("image_size", config.imageSize(), config.patchSize());
    int positions = node.size("num_positions", config.patches() + 1);
    node.require(
        positions == config.patches() + 1,
        "num_positions",
        positions + " is not the patches plus one, " + (config.patches() + 1));
    node.require(
        !variant.secondGeneration() || config.grid() >= 2,
        "image_size",
        "gives one patch, too few for the 2 x 2 convolution");
    int channels = node.size("in_channels", 3);
    node.require(channels == 3, "in_channels", channels + " are not red, green and blue");
    String act = node.text("hidden_act", "gelu");
    node.require(act.equals("gelu"), "hidden_act", "is '" + act + "', the encoder uses 'gelu'");
    return config;
  }

  private CogVlmConfig.Cross cross(int heads) {
    Eva02Config vision =
        Eva02Config.of(
            root.size("cross_hidden_size"),
            root.size("cross_image_size"),
            root.has("cross_num_heads") ? root.size("cross_num_heads") : null,
            stored);
    root.require(
        vision.headSize() % 4 == 0 && vision.hiddenSize() % vision.headSize() == 0,
        "cross_hidden_size",
        vision.hiddenSize() + " does not split into heads of a multiple of 4");
    root.require(
        !root.has("cross_num_heads") || root.size("cross_num_heads") == vision.numHeads(),
        "cross_num_heads",
        "does not fit to the rotary table's " + vision.headSize() + " columns, a head's size");
    root.requireGrid("cross_image_size", vision.imageSize(), vision.patchSize());
    int compute = root.size("cross_compute_hidden_size");
    root.require(
        compute % heads == 0,
        "cross_compute_hidden_size",
        compute + " does not split into " + heads + " heads");
    return new CogVlmConfig.Cross(compute, vision);
  }
}
