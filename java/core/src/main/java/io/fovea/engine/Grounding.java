package io.fovea.engine;

import io.fovea.grounding.Region;
import java.util.List;

/**
 * Where the model sees what was asked for.
 *
 * @param text the answer as generated
 * @param regions one for each box, under the phrase asked for; with a confidence where boxes were
 *     decoded by the grammar
 */
public record Grounding(String text, List<Region> regions, Usage usage, Timings timings) {
  public Grounding {
    regions = List.copyOf(regions);
  }
}
