package io.fovea.langchain4j;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fovea.grounding.Region;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** What a schema for boxes may ask of each. The names are those of Fovea's own records. */
enum BoxField {
  LABEL(null),
  PHRASE(null),
  LEFT(region -> requireNonNull(region.pixels()).left()),
  TOP(region -> requireNonNull(region.pixels()).top()),
  RIGHT(region -> requireNonNull(region.pixels()).right()),
  BOTTOM(region -> requireNonNull(region.pixels()).bottom()),
  X0(region -> region.box().x0()),
  Y0(region -> region.box().y0()),
  X1(region -> region.box().x1()),
  Y1(region -> region.box().y1()),
  CONFIDENCE(region -> requireNonNull(region.confidence()));

  /** The number; null: it is text. */
  private final @Nullable ToDoubleFunction<Region> number;

  BoxField(@Nullable ToDoubleFunction<Region> number) {
    this.number = number;
  }

  /** The field that a schema calls so. */
  static @Nullable BoxField named(String name) {
    return Arrays.stream(values()).filter(each -> each.key().equals(name)).findFirst().orElse(null);
  }

  boolean isText() {
    return number == null;
  }

  /**
   * Writes it.
   *
   * @param whole whether the number is to be rounded
   */
  void write(Region region, boolean whole, ObjectNode box) {
    if (number == null) {
      box.put(key(), region.phrase());
    } else if (whole) {
      box.put(key(), Math.round(number.applyAsDouble(region)));
    } else {
      box.put(key(), number.applyAsDouble(region));
    }
  }

  private String key() {
    return name().toLowerCase(Locale.ROOT);
  }
}
