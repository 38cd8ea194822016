package io.fovea.weights;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.fovea.FoveaException;
import io.fovea.ModelLoadException;
import io.fovea.UnsupportedModelException;
import io.fovea.weights.CheckpointFiles.Located;
import io.fovea.weights.QuantizationScheme.Use;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * How the weights of one checkpoint are stored: decided here for every reader, so that engine and
 * tools say the same of the same files. What is refused or must be converted has a sentence that
 * names the scheme, where it shows, and a way out.
 *
 * @param title the scheme's name, or that of its variant which is refused
 * @param evidence the tensor or key that shows it; empty of plain numbers
 * @param settings the object that describes it; missing where there is none
 * @param notes what is read differently from what the files ask for, for people
 */
public record StoredScheme(
    QuantizationScheme scheme,
    String title,
    Use use,
    String evidence,
    JsonNode settings,
    List<String> notes) {
  private static final Set<String> FLOATS = Set.of("F64", "F32", "F16", "BF16");
  private static final String FROM_THE_ORIGINAL =
      "take the original checkpoint in bf16, f16 or f32, and make it smaller with"
          + " './fovea quantize ORIGINAL --out OUT'";

  public StoredScheme {
    notes = List.copyOf(notes);
  }

  /** Plain numbers, of files whose format has no other way to store weights. */
  public static StoredScheme plain() {
    return plain(List.of());
  }

  static StoredScheme plain(List<String> notes) {
    QuantizationScheme plain = QuantizationScheme.PLAIN;
    return new StoredScheme(plain, plain.title(), Use.RUN, "", MissingNode.getInstance(), notes);
  }

  /** A scheme that is read, or sent to {@code convert}. */
  static StoredScheme read(
      QuantizationScheme scheme, String evidence, JsonNode settings, List<String> notes) {
    return new StoredScheme(scheme, scheme.title(), scheme.use(), evidence, settings, notes);
  }

  /** A scheme, or a variant of one, that nothing reads. */
  public static StoredScheme refused(QuantizationScheme scheme, String title, String evidence) {
    return new StoredScheme(
        scheme, title, Use.REFUSE, evidence, MissingNode.getInstance(), List.of());
  }

  /**
   * The scheme of a checkpoint, by its tensors and the files beside them.
   *
   * @param directory holds config.json, which need not be there
   * @param tensors all, by name; only such of one byte may be read
   * @throws UnsupportedModelException where it is one that nothing reads
   * @throws ModelLoadException where a file that describes it is damaged, or the parts of a weight
   *     do not fit each other
   */
  public static StoredScheme of(Path directory, Map<String, Located> tensors) {
    StoredScheme found = new SchemeDetection(tensors, QuantizationConfig.read(directory)).scheme();
    found.requireReadable(directory);
    CodedParts.check(found, tensors);
    return found;
  }

  /** Throws where nothing reads it. */
  public void requireReadable(Path path) {
    if (use == Use.REFUSE) {
      throw refusal(path);
    }
  }

  /** What is thrown where nothing reads it. */
  public FoveaException refusal(Path path) {
    return new UnsupportedModelException(
        path + " holds weights quantised by " + title + " (" + evidence + "), which is not read",
        FROM_THE_ORIGINAL);
  }

  /**
   * Throws where the engine does not run it.
   *
   * @param path of the checkpoint
   */
  public void requireRunnable(Path path) {
    requireReadable(path);
    if (use == Use.CONVERT) {
      throw new UnsupportedModelException(conversionNeeded(path), conversion(path));
    }
  }

  /** What {@link #requireRunnable} says of a scheme to be converted, as one line. */
  public String conversionLine(Path path) {
    return conversionNeeded(path) + "; " + conversion(path);
  }

  private String conversionNeeded(Path path) {
    return path
        + " holds weights quantised by "
        + title
        + " ("
        + evidence
        + "), which the engine does not run";
  }

  static String conversion(Path path) {
    return "turn them into plain weights with './fovea convert " + path + " --out OUT'";
  }

  /** Whether values of that dtype of safetensors and PyTorch are taken as numbers of their own. */
  public static boolean isNumbers(String dtype) {
    return FLOATS.contains(dtype);
  }

  /** The refusal of a tensor of the model whose values are codes and not numbers. */
  public static UnsupportedModelException codes(Path file, String tensor, String dtype) {
    return new UnsupportedModelException(
        file + ": " + tensor + ": is stored as " + dtype + " without a scale that is understood",
        FROM_THE_ORIGINAL);
  }

  /**
   * The refusal of a checkpoint that lacks a tensor of its model and has others in its place: its
   * weights are stored in a way that is not known. Empty where nothing lies there.
   *
   * @param names of all tensors that it has
   */
  public static Optional<FoveaException> inPlaceOf(
      Path path, String tensor, Collection<String> names) {
    String module = tensor.substring(0, tensor.lastIndexOf('.') + 1);
    if (!tensor.endsWith(".weight")) {
      return Optional.empty();
    }
    return names.stream()
        .filter(name -> name.startsWith(module) && !name.equals(module + "bias"))
        .min(Comparator.naturalOrder()) // whatever order the names come in
        .map(
            name ->
                refused(
                        QuantizationScheme.UNKNOWN,
                        QuantizationScheme.UNKNOWN.title(),
                        name + " in place of " + tensor)
                    .refusal(path));
  }
}
