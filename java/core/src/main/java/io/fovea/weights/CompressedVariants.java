package io.fovea.weights;

import com.fasterxml.jackson.databind.JsonNode;
import io.fovea.weights.CheckpointFiles.Located;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Variants of compressed-tensors, and of fp8 in its manner: which of them are not read. */
final class CompressedVariants {
  private static final Set<String> FORMATS =
      Set.of(
          "dense",
          "int-quantized",
          "float-quantized",
          "pack-quantized",
          "naive-quantized",
          "mixed-precision");

  private static final Set<String> STRATEGIES = Set.of("tensor", "channel", "group");

  /** Ends of names that only variants which are not read have, and what those are. */
  private static final Map<String, String> TENSORS =
      Map.of(
          QuantizedNames.ZERO_POINT,
          "with zero points",
          QuantizedNames.GROUP_INDEX,
          "with reordered groups",
          ".weight_global_scale",
          "of 4-bit floats",
          ".bitmask",
          "with half of the weights left out");

  private final Map<String, Located> tensors;
  private final QuantizationConfig config;

  CompressedVariants(Map<String, Located> tensors, QuantizationConfig config) {
    this.tensors = tensors;
    this.config = config;
  }

  Optional<StoredScheme> unread() {
    for (String name : tensors.keySet()) {
      for (Map.Entry<String, String> variant : TENSORS.entrySet()) {
        if (name.endsWith(variant.getKey())) {
          return refused(variant.getValue(), name);
        }
      }
    }
    Optional<String> setting = setting();
    return setting.flatMap(variant -> refused(variant, config.evidence()));
  }

  private static Optional<StoredScheme> refused(String variant, String evidence) {
    QuantizationScheme scheme = QuantizationScheme.COMPRESSED_TENSORS;
    return Optional.of(StoredScheme.refused(scheme, scheme.title() + " " + variant, evidence));
  }

  private Optional<String> setting() {
    JsonNode settings = config.settings();
    Optional<String> format = format(settings);
    if (format.isPresent()) {
      return format;
    }
    if (settings.hasNonNull("kv_cache_scheme")) {
      return Optional.of("with a quantised cache");
    }
    String sparsity = settings.path("sparsity_config").path("format").asText("dense");
    if (!sparsity.equals("dense")) {
      return Optional.of("in the form '" + sparsity + "'");
    }
    for (JsonNode group : settings.path("config_groups")) {
      String layout = group.path("format").asText(settings.path("format").asText());
      Optional<String> unread = format(group).or(() -> weights(group.path("weights"), layout));
      if (unread.isPresent()) {
        return unread;
      }
    }
    return Optional.empty();
  }

  private static Optional<String> format(JsonNode of) {
    String format = of.hasNonNull("format") ? of.get("format").asText() : "dense";
    return FORMATS.contains(format)
        ? Optional.empty()
        : Optional.of("in the form '" + format + "'");
  }

  private static Optional<String> weights(JsonNode weights, String layout) {
    if (weights.isMissingNode() || weights.isNull()) {
      return Optional.empty();
    }
    String type = weights.path("type").asText("int");
    int bits = weights.path("num_bits").asInt(8);
    boolean fourBits = layout.equals("pack-quantized");
    if (bits != (fourBits ? 4 : 8)
        || !(type.equals("int") || (type.equals("float") && !fourBits))) {
      return Optional.of("of " + bits + "-bit " + type + "s in the form '" + layout + "'");
    }
    if (!weights.path("symmetric").asBoolean(true)) {
      return Optional.of("with zero points");
    }
    String strategy = weights.hasNonNull("strategy") ? weights.get("strategy").asText() : "channel";
    return STRATEGIES.contains(strategy)
        ? Optional.empty()
        : Optional.of("with a scale a " + strategy);
  }
}
