package io.fovea.engine;

import io.fovea.grounding.Region;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A description of a picture with a box for what it names.
 *
 * @param text as generated, boxes included
 * @param plainText the same without the boxes
 * @param regions the boxes and their phrases, in the order of the text
 */
public record Caption(
    String text,
    String plainText,
    List<Region> regions,
    FinishReason finish,
    Usage usage,
    Timings timings) {
  private static final Pattern BOXES = Pattern.compile("\\s*+\\[\\[[0-9,;\\s]++\\]\\]");

  public Caption {
    regions = List.copyOf(regions);
  }

  static Caption of(Answer answer) {
    return new Caption(
        answer.text(),
        BOXES.matcher(answer.text()).replaceAll("").strip(),
        answer.regions(),
        answer.finish(),
        answer.usage(),
        answer.timings());
  }
}
