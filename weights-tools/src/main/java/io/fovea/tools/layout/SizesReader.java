package io.fovea.tools.layout;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fovea.ModelLoadException;
import io.fovea.UnsupportedModelException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads {@link ModelSizes} from a config.json. */
final class SizesReader {
  private static final String REMEDY = "use the config.json published with the weights";
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
  private static final long MAX_SIZE = 1 << 20;
  private static final long LLAMA3_VOCABULARY = 128256;
  private static final long LLAMA3_KEY_VALUE_HEADS = 8;
  private static final String VISION = "vision_config";
  private static final String TOWER = "model.cross_vision.vit.model.";

  private final Path file;
  private final JsonNode root;
  private final StoredShapes stored;

  private SizesReader(Path file, JsonNode root, StoredShapes stored) {
    this.file = file;
    this.root = root;
    this.stored = stored;
  }

  static ModelSizes read(Path file, String json, StoredShapes stored) {
    try {
      return new SizesReader(file, JSON.readTree(json), stored).sizes();
    } catch (JsonProcessingException e) {
      throw new ModelLoadException(
          file, "file", "is not valid JSON: " + e.getOriginalMessage(), REMEDY, e);
    }
  }

  private ModelSizes sizes() {
    Family family = family();
    long heads = size("", "num_attention_heads", null);
    long hidden = size("", "hidden_size", null);
    Long sharedHeads = family.secondGeneration() ? (Long) LLAMA3_KEY_VALUE_HEADS : heads;
    long keyValueHeads = size("", "num_multi_query_heads", sharedHeads);
    require(hidden % (2 * heads) == 0, "hidden_size", "does not split into even heads");
    require(heads % keyValueHeads == 0, "num_multi_query_heads", "does not divide the heads");
    return new ModelSizes(
        family,
        hidden,
        size("", "intermediate_size", null),
        size("", "num_hidden_layers", null),
        heads,
        keyValueHeads,
        size("", "vocab_size", null),
        encoder(family),
        family == Family.COGAGENT ? cross() : null);
  }

  private Family family() {
    String name = root.path("architectures").path(0).asText("");
    if (name.equals(Family.COGVLM.architecture())) {
      boolean second =
          root.path("vocab_size").asLong() == LLAMA3_VOCABULARY
              || root.has("num_multi_query_heads")
              || stored.shapeOf("model.vision.conv.weight") != null;
      return second ? Family.COGVLM2 : Family.COGVLM;
    }
    for (Family family : List.of(Family.COGVLM2_VIDEO, Family.COGAGENT)) {
      if (name.equals(family.architecture())) {
        return family;
      }
    }
    throw new UnsupportedModelException(
        file + " describes '" + name + "'",
        "CogVLMForCausalLM, CogVLMVideoForCausalLM and CogAgentForCausalLM are known");
  }

  private ModelSizes.Encoder encoder(Family family) {
    require(root.path(VISION).isObject(), VISION, "is missing");
    ModelSizes.Encoder encoder =
        new ModelSizes.Encoder(
            size(VISION, "hidden_size", null),
            size(VISION, "intermediate_size", null),
            size(VISION, "num_hidden_layers", null),
            size(VISION, "num_heads", null),
            size(VISION, "image_size", null),
            size(VISION, "patch_size", null),
            size(VISION, "in_channels", 3L));
    checkGrid("vision_config.image_size", encoder.image(), encoder.patch());
    require(
        size(VISION, "num_positions", null) == encoder.patches() + 1,
        "vision_config.num_positions",
        "is not the patches plus one, " + (encoder.patches() + 1));
    require(
        !family.secondGeneration() || encoder.image() / encoder.patch() % 2 == 0,
        "vision_config.image_size",
        "gives an odd grid of patches, which the 2x2 convolution cannot halve");
    return encoder;
  }

  /** What config.json does not say comes from the tensors, or is as published. */
  private ModelSizes.Cross cross() {
    long hidden = size("", "cross_hidden_size", null);
    long image = size("", "cross_image_size", null);
    long patch = stored.size(TOWER + "patch_embed.proj.weight", 3, ModelSizes.CROSS_PATCH);
    checkGrid("cross_image_size", image, patch);
    long headSize = hidden / size("", "cross_num_heads", ModelSizes.CROSS_HEADS);
    return new ModelSizes.Cross(
        hidden,
        size("", "cross_compute_hidden_size", null),
        image,
        patch,
        stored.blocks(TOWER + "blocks.", ModelSizes.CROSS_BLOCKS),
        stored.size(TOWER + "blocks.0.mlp.w1.weight", 0, ModelSizes.crossIntermediate(hidden)),
        stored.size(TOWER + "rope.freqs_cos", 1, headSize),
        stored.size(TOWER + "head.weight", 0, ModelSizes.CROSS_CLASSES));
  }

  private void checkGrid(String key, long image, long patch) {
    require(
        patch > 0 && image % patch == 0 && image <= 1 << 14,
        key,
        image + " is not a multiple of the patch size " + patch);
  }

  /** A positive integer of the file's object, or of the object {@code within} it. */
  private long size(String within, String key, @Nullable Long byDefault) {
    JsonNode value = (within.isEmpty() ? root : root.path(within)).path(key);
    if (value.isMissingNode() && byDefault != null) {
      return byDefault;
    }
    String name = within.isEmpty() ? key : within + "." + key;
    require(value.isInt(), name, value.isMissingNode() ? "is missing" : value + " is no integer");
    long size = value.longValue();
    require(size >= 1 && size <= MAX_SIZE, name, size + " is outside 1.." + MAX_SIZE);
    return size;
  }

  private void require(boolean condition, String key, String problem) {
    if (!condition) {
      throw new ModelLoadException(file, key, problem, REMEDY);
    }
  }
}
