package io.fovea.grounding;

import java.util.List;

/**
 * Something on a picture, to be written.
 *
 * @param phrase what it is called; empty if it has no name
 * @param shapes where it is, at least one; several where a phrase names several things
 */
public record Mention(String phrase, List<Geometry> shapes) {
  /**
   * @throws IllegalArgumentException where there is no shape
   */
  public Mention {
    shapes = List.copyOf(shapes);
    if (shapes.isEmpty()) {
      throw new IllegalArgumentException("nothing to write for '" + phrase + "'");
    }
  }
}
