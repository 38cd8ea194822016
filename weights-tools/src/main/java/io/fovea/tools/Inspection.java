package io.fovea.tools;

import io.fovea.tools.layout.Part;
import io.fovea.weights.StoredScheme;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a checkpoint holds.
 *
 * @param format of its files
 * @param family its architecture, for people
 * @param scheme how its weights are stored; only the command line can name its type
 * @param elements parameters in all, buffers and unused tensors included
 * @param bytes all values take in their files
 * @param parts those that have tensors, in the data's order
 * @param missing tensors that the model needs and the checkpoint lacks
 * @param unknown names that the model does not have
 * @param notes how the files were read, where that is not plain
 */
@SuppressWarnings("exports") // of scheme
public record Inspection(
    String format,
    String family,
    StoredScheme scheme,
    long elements,
    long bytes,
    List<PartSummary> parts,
    List<TensorSummary> tensors,
    List<String> missing,
    List<String> unknown,
    List<String> notes) {

  /**
   * One part of the model.
   *
   * @param dtypes elements by stored dtype
   */
  public record PartSummary(
      Part part, int tensors, long elements, long bytes, Map<String, Long> dtypes) {}

  /**
   * One tensor.
   *
   * @param part null where the model has no such tensor
   * @param dtype by the file format's name
   */
  public record TensorSummary(
      String name, List<Long> shape, String dtype, long bytes, @Nullable Part part, Path file) {}

  public Inspection {
    parts = List.copyOf(parts);
    tensors = List.copyOf(tensors);
    missing = List.copyOf(missing);
    unknown = List.copyOf(unknown);
    notes = List.copyOf(notes);
  }
}
