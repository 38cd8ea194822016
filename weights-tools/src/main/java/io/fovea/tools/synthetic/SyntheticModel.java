package io.fovea.tools.synthetic;

import io.fovea.tools.layout.Kind;
import io.fovea.tools.layout.ModelLayout;
import io.fovea.tools.layout.TensorSpec;
import io.fovea.tools.source.SourceTensor;
import io.fovea.weights.StoredShapes;
import java.nio.file.Path;
import java.util.Map;

/**
 * What must be known of a model to make it up: one record a family, which follows from its sizes.
 * Its tensors are those that {@link ModelLayout} wants for its config.json.
 */
public interface SyntheticModel {
  /** What messages call its config.json, which is in no folder yet. */
  Path CONFIG = Path.of("random", "config.json");

  /** The text of its config.json, as the published model has it. */
  String config();

  /** The files beside it, by name: the tokenizer's, and those without which it cannot be asked. */
  Map<String, byte[]> companions();

  /**
   * Its tensors.
   *
   * @throws io.fovea.ModelLoadException where sizes do not fit each other; it names the key of
   *     config.json
   */
  default ModelLayout layout() {
    return ModelLayout.of(CONFIG, config(), StoredShapes.none());
  }

  /** Whether a tensor is made up; those that repeat others are not. */
  default boolean has(TensorSpec spec) {
    return spec.kind() != Kind.TIED;
  }

  /** How the values of a tensor are distributed. */
  default Spread spread(TensorSpec spec) {
    return Spread.of(spec);
  }

  /** The values of a tensor of kind {@code BUFFER}, which follow from the sizes. */
  default SourceTensor constant(TensorSpec spec) {
    throw new IllegalStateException(spec.name());
  }
}
