package io.fovea.tools;

import io.fovea.tools.layout.Part;
import io.fovea.tools.output.SquaredError;
import io.fovea.tools.output.Written;
import io.fovea.tools.quant.WeightFormat;
import java.util.List;
import java.util.Map;

/**
 * What a conversion did.
 *
 * @param written the new directory
 * @param errors of the parts that were quantised
 * @param unfitting weights that got int8 because their inputs do not divide into groups
 * @param leftOut tensors of the source that the model does not have
 * @param notes what was read differently from what the source's files ask for
 */
public record Conversion(
    Written written,
    Map<Part, PartError> errors,
    List<String> unfitting,
    List<String> leftOut,
    List<String> notes) {

  /**
   * What rounding a part's weights has cost.
   *
   * @param format asked for
   */
  public record PartError(WeightFormat format, SquaredError error) {}

  public Conversion {
    errors = Map.copyOf(errors);
    unfitting = List.copyOf(unfitting);
    leftOut = List.copyOf(leftOut);
    notes = List.copyOf(notes);
  }
}
