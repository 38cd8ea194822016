package io.fovea.tools.output;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A finished model directory.
 *
 * @param shards files with tensors
 * @param resumed of these, how many an earlier run had finished
 * @param bytes of all files but the list of checksums
 * @param errors of tensors that were quantised, by the name of their codes
 * @param nonFinite values that are no finite numbers, of the tensors that hold any, by name
 */
public record Written(
    Path directory,
    int shards,
    int resumed,
    long bytes,
    Map<String, SquaredError> errors,
    Map<String, Long> nonFinite) {
  public Written {
    nonFinite = Collections.unmodifiableMap(new LinkedHashMap<>(nonFinite)); // keeps the order
    errors = Map.copyOf(errors);
  }
}
