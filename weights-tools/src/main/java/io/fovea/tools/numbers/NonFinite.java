package io.fovea.tools.numbers;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Says which tensors were written with infinities and NaN in them. */
public final class NonFinite {
  private static final int NAMES_SHOWN = 5;

  private NonFinite() {}

  /**
   * A line for each of the first tensors, and one for the others.
   *
   * @param counts of such values, at least one each, by the tensor's name
   */
  public static List<String> notes(Map<String, Long> counts) {
    List<String> notes = new ArrayList<>();
    counts.entrySet().stream()
        .limit(NAMES_SHOWN)
        .forEach(
            tensor ->
                notes.add(
                    tensor.getKey()
                        + " holds "
                        + tensor.getValue()
                        + (tensor.getValue() == 1
                            ? " value that is no finite number, written as it is"
                            : " values that are no finite numbers, written as they are")
                        + ": './fovea verify' refuses such a model"));
    if (counts.size() > NAMES_SHOWN) {
      notes.add("so do " + (counts.size() - NAMES_SHOWN) + " other tensors");
    }
    return notes;
  }
}
