package io.fovea.engine;

import io.fovea.grounding.Region;
import java.util.List;

/**
 * What the model answered.
 *
 * @param text as generated, without the end token
 * @param regions the boxes in it, in the order of the text; often none
 */
public record Answer(
    String text, List<Region> regions, FinishReason finish, Usage usage, Timings timings) {
  public Answer {
    regions = List.copyOf(regions);
  }
}
