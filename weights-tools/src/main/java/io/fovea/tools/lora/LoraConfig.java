package io.fovea.tools.lora;

import com.fasterxml.jackson.databind.JsonNode;
import io.fovea.ModelLoadException;
import io.fovea.UnsupportedModelException;
import io.fovea.weights.JsonFile;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * What an {@code adapter_config.json} of peft says that decides the merged weights.
 *
 * @param rank of modules that no pattern names
 * @param alpha the same; scaling is alpha / rank
 * @param rankStabilised whether it is alpha / √rank
 * @param ranks of modules, by patterns, of which the first that matches counts
 * @param alphas the same
 * @param dora whether rows are brought to lengths of their own after the change
 * @param headFollows whether a head that is the embedding is changed with it
 * @param transposed {@code fan_in_fan_out}, which says nothing of layers of torch.nn.Linear
 */
record LoraConfig(
    Path file,
    int rank,
    double alpha,
    boolean rankStabilised,
    Map<Pattern, Integer> ranks,
    Map<Pattern, Double> alphas,
    boolean dora,
    boolean headFollows,
    boolean transposed) {
  static final String FILE = "adapter_config.json";
  static final String REMEDY = "use the file that save_pretrained of peft wrote";

  private static final String IN_PYTHON =
      "merge it in Python, with the peft it was made with: merge_and_unload()";

  private static final long MAX_BYTES = 1 << 20;

  /** Ways of starting that leave the model's own weights as they are; others change them. */
  private static final Set<String> HARMLESS_STARTS =
      Set.of("true", "false", "null", "gaussian", "eva", "orthogonal");

  /** Variants whose merged weights are not W + scaling · B · A, or that change other tensors. */
  private static final List<String> VARIANTS =
      List.of(
          "alora_invocation_tokens",
          "arrow_config",
          "kasa_config",
          "layer_replication",
          "monteclora_config",
          "target_parameters",
          "trainable_token_indices",
          "use_bdlora",
          "use_qalora",
          "velora_config");

  /**
   * Reads the file of an adapter's folder.
   *
   * @throws ModelLoadException where it is missing, damaged, or a value makes no sense
   * @throws UnsupportedModelException where the adapter is of a kind that is not merged here
   */
  static LoraConfig read(Path directory) {
    Path file = directory.resolve(FILE);
    JsonNode root = JsonFile.read(file, MAX_BYTES, REMEDY);
    refuseOthers(file, root);
    return new LoraConfig(
        file,
        rank(file, "r", root.path("r")),
        number(file, "lora_alpha", root.path("lora_alpha")),
        flag(file, root, "use_rslora"),
        patterns(file, root, "rank_pattern", LoraConfig::rank),
        patterns(file, root, "alpha_pattern", LoraConfig::number),
        flag(file, root, "use_dora"),
        flag(file, root, "ensure_weight_tying"),
        flag(file, root, "fan_in_fan_out"));
  }

  private static void refuseOthers(Path file, JsonNode root) {
    String type = root.path("peft_type").asText("");
    if (!type.equals("LORA")) {
      throw new UnsupportedModelException(
          file + " describes an adapter of type '" + type + "', not LORA", IN_PYTHON);
    }
    String start = root.path("init_lora_weights").asText("true");
    if (!HARMLESS_STARTS.contains(start)) {
      throw new UnsupportedModelException(
          file + ": init_lora_weights is '" + start + "', which changed the model's own weights",
          "save it for the unchanged ones: save_pretrained(folder,"
              + " path_initial_model_for_weight_conversion=...)");
    }
    for (String key : VARIANTS) {
      JsonNode value = root.path(key);
      boolean unset =
          value.isMissingNode() || value.isNull() || value.isContainerNode() && value.isEmpty();
      if (!unset && !(value.isBoolean() && !value.booleanValue())) {
        throw new UnsupportedModelException(file + ": " + key + " is not merged here", IN_PYTHON);
      }
    }
  }

  /** Rank of a module's factors. */
  int rank(String module) {
    return first(ranks, module, rank);
  }

  /** What B · A is multiplied by. */
  double scaling(String module) {
    int r = rank(module);
    return first(alphas, module, alpha) / (rankStabilised ? Math.sqrt(r) : r);
  }

  private static <T> T first(Map<Pattern, T> patterns, String module, T byDefault) {
    for (Map.Entry<Pattern, T> entry : patterns.entrySet()) {
      if (entry.getKey().matcher(module).matches()) {
        return entry.getValue();
      }
    }
    return byDefault;
  }

  /** Reads the value of a key. */
  private interface Value<T> {
    T read(Path file, String key, JsonNode value);
  }

  /** A pattern matches a module's whole name, or its end after a dot. */
  private static <T> Map<Pattern, T> patterns(
      Path file, JsonNode root, String key, Value<T> reader) {
    Map<Pattern, T> found = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : root.path(key).properties()) {
      String field = key + "." + entry.getKey();
      try {
        Pattern pattern = Pattern.compile("(?:.*\\.)?(?:" + entry.getKey() + ")");
        found.put(pattern, reader.read(file, field, entry.getValue()));
      } catch (PatternSyntaxException e) {
        throw new ModelLoadException(
            file, field, "is no regular expression: " + e.getDescription(), REMEDY, e);
      }
    }
    return found;
  }

  private static int rank(Path file, String key, JsonNode value) {
    if (!value.isInt() || value.intValue() < 1) {
      throw new ModelLoadException(file, key, "is " + value + ", not a rank", REMEDY);
    }
    return value.intValue();
  }

  private static double number(Path file, String key, JsonNode value) {
    if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
      throw new ModelLoadException(file, key, "is " + value + ", not a number", REMEDY);
    }
    return value.doubleValue();
  }

  private static boolean flag(Path file, JsonNode root, String key) {
    JsonNode value = root.path(key);
    if (!value.isBoolean() && !value.isNull() && !value.isMissingNode()) {
      throw new ModelLoadException(file, key, "is " + value + ", neither true nor false", REMEDY);
    }
    return value.asBoolean();
  }
}
