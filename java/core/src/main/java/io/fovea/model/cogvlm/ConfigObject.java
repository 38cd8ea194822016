package io.fovea.model.cogvlm;

import com.fasterxml.jackson.databind.JsonNode;
import io.fovea.ModelLoadException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One JSON object of {@code config.json}. A key that is not used may hold anything.
 *
 * @param prefix names the object in messages
 */
record ConfigObject(Path file, String prefix, JsonNode node) {
  static final String REMEDY = "use the config.json published with the weights";
  static final int MAX_SIZE = 1 << 20;

  ConfigObject within(String key) {
    return new ConfigObject(file, prefix + key + ".", node.path(key));
  }

  boolean has(String key) {
    return node.hasNonNull(key);
  }

  String text(String key, String byDefault) {
    return node.path(key).asText(byDefault);
  }

  /** A size: 1 to 2^20. */
  int size(String key) {
    JsonNode value = node.path(key);
    requireNumber(key, value);
    require(value.isIntegralNumber(), key, shown(value) + " is no integer");
    require(
        value.isInt() && value.intValue() >= 1 && value.intValue() <= MAX_SIZE,
        key,
        shown(value) + " is outside 1.." + MAX_SIZE);
    return value.intValue();
  }

  int size(String key, int byDefault) {
    return has(key) ? size(key) : byDefault;
  }

  /** A number between 0 and 1, both excluded. */
  float fraction(String key) {
    JsonNode value = node.path(key);
    requireNumber(key, value);
    require(
        value.floatValue() > 0 && value.floatValue() < 1, key, shown(value) + " is outside (0, 1)");
    return value.floatValue();
  }

  private void requireNumber(String key, JsonNode value) {
    require(!value.isMissingNode(), key, "is missing");
    String quoted = value.isTextual() ? "is the text " : "is ";
    require(value.isNumber(), key, quoted + value + ", not a number");
  }

  /**
   * The only id of a key, alone or in a list; null where there is none: absent, null, or negative,
   * as Llama's first files say that there is none.
   */
  @Nullable Integer id(String key) {
    List<Integer> ids = ids(key);
    require(ids.size() <= 1, key, "holds " + ids.size() + " ids in place of one");
    return ids.isEmpty() || ids.get(0) < 0 ? null : ids.get(0);
  }

  /** The ids of a key, one or a list of them; none where it is absent or null. */
  List<Integer> ids(String key) {
    JsonNode value = node.path(key);
    List<Integer> ids = new ArrayList<>();
    for (JsonNode id : value.isArray() ? value : List.of(value)) {
      if (!id.isMissingNode() && !id.isNull()) {
        ids.add(integer(key, id));
      }
    }
    return ids;
  }

  /** An integer, which Python programs may have written as a float: 2 or 2.0. */
  private int integer(String key, JsonNode value) {
    boolean whole = value.isNumber() && value.doubleValue() == Math.rint(value.doubleValue());
    require(whole && value.canConvertToInt(), key, shown(value) + " is no integer");
    return value.intValue();
  }

  /** As the file has it: numbers that are not finite are bare words there. */
  private static String shown(JsonNode value) {
    return value.isNumber() ? value.asText() : value.toString();
  }

  /** Refuses the file where a key is not as it must be. */
  void require(boolean condition, String key, String problem) {
    if (!condition) {
      throw new ModelLoadException(file, prefix + key, problem, REMEDY);
    }
  }
}
