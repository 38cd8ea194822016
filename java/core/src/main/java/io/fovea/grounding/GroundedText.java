package io.fovea.grounding;

import java.util.List;

/**
 * What a text points at, in the order of the text.
 *
 * @param regions one for each box
 * @param pointings one for each point
 */
public record GroundedText(List<Region> regions, List<Pointing> pointings) {
  public GroundedText {
    regions = List.copyOf(regions);
    pointings = List.copyOf(pointings);
  }
}
