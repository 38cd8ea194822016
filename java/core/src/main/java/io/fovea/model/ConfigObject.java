package io.fovea.model;

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
public record ConfigObject(Path file, String prefix, JsonNode node) {
  public static final String REMEDY = "use the config.json published with the weights";
  public static final int MAX_SIZE = 1 << 20;
  private static final int MAX_SIDE = 1 << 14; // pixels

  public ConfigObject within(String key) {
    return new ConfigObject(file, prefix + key + ".", node.path(key));
  }

  public boolean has(String key) {
    return node.hasNonNull(key);
  }

  public String text(String key, String byDefault) {
    return node.path(key).asText(byDefault);
  }

  /** A size: 1 to 2^20. */
  public int size(String key) {
    JsonNode value = node.path(key);
    requireNumber(key, value);
    require(value.isIntegralNumber(), key, shown(value) + " is no integer");
    require(
        value.isInt() && value.intValue() >= 1 && value.intValue() <= MAX_SIZE,
        key,
        shown(value) + " is outside 1.." + MAX_SIZE);
    return value.intValue();
  }

  public int size(String key, int byDefault) {
    return has(key) ? size(key) : byDefault;
  }

  /** True or false. */
  public boolean flag(String key, boolean byDefault) {
    JsonNode value = node.path(key);
    require(
        value.isMissingNode() || value.isNull() || value.isBoolean(),
        key,
        shown(value) + " is neither true nor false");
    return has(key) ? value.booleanValue() : byDefault;
  }

  /** A number between 0 and 1, both excluded. */
  public float fraction(String key) {
    JsonNode value = node.path(key);
    requireNumber(key, value);
    require(
        value.floatValue() > 0 && value.floatValue() < 1, key, shown(value) + " is outside (0, 1)");
    return value.floatValue();
  }

  /** A finite number above 0. */
  public double positive(String key, double byDefault) {
    JsonNode value = node.path(key);
    if (value.isMissingNode() || value.isNull()) {
      return byDefault;
    }
    requireNumber(key, value);
    require(
        value.doubleValue() > 0 && Double.isFinite(value.doubleValue()),
        key,
        shown(value) + " is not above 0");
    return value.doubleValue();
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
  public @Nullable Integer id(String key) {
    List<Integer> ids = ids(key);
    require(ids.size() <= 1, key, "holds " + ids.size() + " ids in place of one");
    return ids.isEmpty() || ids.get(0) < 0 ? null : ids.get(0);
  }

  /** The ids of a key, one or a list of them; none where it is absent or null. */
  public List<Integer> ids(String key) {
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

  /**
   * Refuses the file where a picture of {@code side} pixels is too large or does not split into
   * patches.
   */
  public void requireGrid(String key, int side, int patch) {
    require(
        side <= MAX_SIDE && side % patch == 0,
        key,
        side + " is not a multiple of the patch size " + patch + ", or beyond " + MAX_SIDE);
  }

  /** Refuses the file where a key is not as it must be. */
  public void require(boolean condition, String key, String problem) {
    if (!condition) {
      throw new ModelLoadException(file, prefix + key, problem, REMEDY);
    }
  }
}
