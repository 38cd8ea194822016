package io.fovea.tools;

import java.util.List;

/**
 * What checking a model directory found.
 *
 * @param problems why the model is not sound, each naming file and tensor or key; empty of a sound
 *     one
 * @param notes what could not be checked, or is missing without harm
 * @param tensors read
 * @param bytes they take in their files
 * @param checksums files compared with recorded checksums
 */
public record Verification(
    List<String> problems, List<String> notes, int tensors, long bytes, int checksums) {
  public Verification {
    problems = List.copyOf(problems);
    notes = List.copyOf(notes);
  }

  /** Whether nothing is wrong. */
  public boolean ok() {
    return problems.isEmpty();
  }
}
