package io.fovea.tools.output;

import java.nio.file.Path;
import java.util.Map;

/**
 * A finished model directory.
 *
 * @param shards files with tensors
 * @param resumed of these, how many an earlier run had finished
 * @param bytes of all files but the list of checksums
 * @param errors of tensors that were quantised, by the name of their codes
 */
public record Written(
    Path directory, int shards, int resumed, long bytes, Map<String, SquaredError> errors) {
  public Written {
    errors = Map.copyOf(errors);
  }
}
