package io.fovea.tools.source;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** One tensor of a checkpoint, in a file of whatever format; its values are read in parts. */
public interface SourceTensor {
  /** Its name in the published model, such as {@code model.norm.weight}. */
  String name();

  /** Sizes, outermost first; empty for a scalar. */
  List<Long> shape();

  /** How its values are stored, by the file format's own name: {@code BF16}, {@code Q4_K}. */
  String dtype();

  /** Bytes it takes in its file, scales of quantised values included. */
  long storedBytes();

  /** The file that holds it. */
  Path file();

  /**
   * Reads elements {@code [first, first + count)} of the row-major tensor, widened or dequantised
   * to f32, into {@code values[0..count)}. Any range is allowed; ranges that begin and end with a
   * row are fast. Any number of threads may read at once.
   *
   * @throws IOException where the file cannot be read
   * @throws io.fovea.ModelLoadException where the stored values make no sense
   */
  void read(long first, float[] values, int count) throws IOException;

  /** Whether its values are numbers, and not codes whose scale is not known. */
  default boolean holdsNumbers() {
    return true;
  }

  /** Its codes and scales, where it comes quantised in a way that the model's formats hold. */
  default Optional<CodedTensor> coded() {
    return Optional.empty();
  }

  /** Number of elements. */
  default long elements() {
    return shape().stream().reduce(1L, Math::multiplyExact);
  }
}
