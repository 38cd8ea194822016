package io.fovea.tools.synthetic;

import io.fovea.InvalidRequestException;
import io.fovea.model.ConfigObject;
import java.util.EnumMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The sizes that a family has, and their values.
 *
 * @param values each above 0
 */
public record SizeTable(Map<Size, Long> values) {
  public SizeTable {
    values = Map.copyOf(values);
  }

  /** Those of a language model. */
  static SizeTable text(long hidden, long intermediate, long layers, long heads, long vocabulary) {
    return new SizeTable(Map.of())
        .with(Size.HIDDEN, hidden)
        .with(Size.INTERMEDIATE, intermediate)
        .with(Size.LAYERS, layers)
        .with(Size.HEADS, heads)
        .with(Size.VOCAB, vocabulary);
  }

  /** With those of an encoder. */
  SizeTable vision(
      long hidden, long intermediate, long layers, long heads, long image, long patch) {
    return with(Size.VISION_HIDDEN, hidden)
        .with(Size.VISION_INTERMEDIATE, intermediate)
        .with(Size.VISION_LAYERS, layers)
        .with(Size.VISION_HEADS, heads)
        .with(Size.IMAGE, image)
        .with(Size.PATCH, patch);
  }

  /** With one more, or another value of it. */
  SizeTable with(Size size, long value) {
    Map<Size, Long> all = new EnumMap<>(Size.class);
    all.putAll(values);
    all.put(size, value);
    return new SizeTable(all);
  }

  /**
   * With those given in the place of these.
   *
   * @throws InvalidRequestException where one is given that the family does not have, or that is
   *     below 1 or above what a config.json may say
   */
  SizeTable over(String family, Map<Size, Long> given) {
    SizeTable all = this;
    for (Map.Entry<Size, Long> entry : given.entrySet()) {
      Size size = entry.getKey();
      if (!values.containsKey(size)) {
        throw new InvalidRequestException(
            size.option() + " was given, which " + family + " does not have",
            "its sizes are " + options());
      }
      if (entry.getValue() < 1 || entry.getValue() > ConfigObject.MAX_SIZE) {
        throw new InvalidRequestException(
            size.option() + " is " + entry.getValue(),
            "make it at least 1 and at most " + ConfigObject.MAX_SIZE);
      }
      all = all.with(size, entry.getValue());
    }
    return all;
  }

  /** The value of a size that the family has. */
  long get(Size size) {
    Long value = values.get(size);
    if (value == null) {
      throw new IllegalStateException(size.name());
    }
    return value;
  }

  private String options() {
    return new EnumMap<>(values)
        .keySet().stream().map(Size::option).collect(Collectors.joining(", "));
  }
}
