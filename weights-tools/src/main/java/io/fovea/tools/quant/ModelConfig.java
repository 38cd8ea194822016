package io.fovea.tools.quant;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fovea.weights.JsonFile;
import io.fovea.weights.TiedEmbedding;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A model's config.json with what it says about the weights' formats: {@code quantization_config}
 * in the compressed-tensors convention, and {@code torch_dtype}.
 */
public final class ModelConfig {
  private static final String QUANTIZATION = "quantization_config";
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private ModelConfig() {}

  /**
   * Adapts the text of a config.json, an object, to new formats.
   *
   * @param type of tensors that are not quantised; {@link PlainType#KEEP} leaves {@code
   *     torch_dtype}
   * @param formats of all projections, by the name of their weight
   */
  public static String adapted(String json, PlainType type, Map<String, CodeLayout> formats) {
    ObjectNode root = (ObjectNode) JsonFile.parse(Path.of("config.json"), json, "fetch it again");
    root.remove(List.of(QUANTIZATION, "compression_config"));
    if (root.path(TiedEmbedding.KEY).asBoolean()
        && formats.containsKey(TiedEmbedding.HEAD_WEIGHT)) {
      root.put(TiedEmbedding.KEY, false); // the head is written, in a format of its own
    }
    if (type != PlainType.KEEP) {
      root.put("torch_dtype", torchName(type));
    }
    if (formats.values().stream().anyMatch(CodeLayout::coded)) {
      root.set(QUANTIZATION, quantization(formats));
    }
    return JsonFile.text(root);
  }

  private static String torchName(PlainType type) {
    return switch (type) {
      case BF16 -> "bfloat16";
      case F16 -> "float16";
      case F32, KEEP -> "float32";
    };
  }

  private static ObjectNode quantization(Map<String, CodeLayout> formats) {
    SortedMap<CodeLayout, SortedSet<String>> targets = new TreeMap<>();
    SortedSet<String> ignored = new TreeSet<>();
    formats.forEach(
        (weight, format) -> {
          SortedSet<String> patterns =
              format.coded() ? targets.computeIfAbsent(format, f -> new TreeSet<>()) : ignored;
          patterns.add(pattern(weight));
        });
    ObjectNode node = NODES.objectNode();
    node.put("quant_method", "compressed-tensors");
    List<String> names = targets.keySet().stream().map(CodeLayout::format).distinct().toList();
    node.put("format", names.size() == 1 ? names.get(0) : "mixed-precision");
    ObjectNode groups = node.putObject("config_groups");
    for (CodeLayout format : new ArrayList<>(targets.keySet())) {
      ObjectNode group = groups.putObject("group_" + groups.size());
      add(group.putArray("targets"), targets.getOrDefault(format, new TreeSet<>()));
      group.put("format", format.format());
      group.set("weights", weights(format));
      group.putNull("input_activations").putNull("output_activations");
    }
    add(node.putArray("ignore"), ignored);
    node.putNull("kv_cache_scheme").put("quantization_status", "compressed");
    return node;
  }

  private static ObjectNode weights(CodeLayout format) {
    ObjectNode node = NODES.objectNode();
    node.put("num_bits", format.bits());
    node.put("type", format.floats() ? "float" : "int");
    node.put("symmetric", true);
    node.put("strategy", format.group() > 0 ? "group" : "channel");
    if (format.group() > 0) {
      node.put("group_size", format.group());
    } else {
      node.putNull("group_size");
    }
    node.put("dynamic", false).putNull("actorder");
    return node;
  }

  /** The module of a weight and its like in all layers, as a regular expression. */
  private static String pattern(String weight) {
    String module = weight.substring(0, weight.lastIndexOf('.'));
    return "re:^" + module.replace(".", "\\.").replaceAll("\\d+(?=\\\\\\.)", "\\\\d+") + "$";
  }

  private static void add(ArrayNode array, SortedSet<String> texts) {
    texts.forEach(array::add);
  }
}
