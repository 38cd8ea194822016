package io.fovea.weights;

import com.fasterxml.jackson.databind.JsonNode;
import io.fovea.Downloads;
import io.fovea.ModelLoadException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which files of a directory hold a model's weights, by the names and in the order of preference of
 * the transformers library: one file of the usual name, whatever lies beside it; else an index and
 * its shards. Where neither is there, what can be meant in one way only is taken: all shards of one
 * set, one variant such as fp16, one file of another name.
 */
public final class WeightFiles {
  private static final long MAX_INDEX_BYTES = 100_000_000; // as a safetensors header

  private WeightFiles() {}

  /** A file format that weights come in. */
  public enum Format {
    /** {@code model.safetensors}. */
    SAFETENSORS("model", ".safetensors"),
    /** {@code pytorch_model.bin}. */
    PYTORCH("pytorch_model", ".bin");

    private final String stem;
    private final String suffix;

    Format(String stem, String suffix) {
      this.stem = stem;
      this.suffix = suffix;
    }

    String stem() {
      return stem;
    }

    String suffix() {
      return suffix;
    }

    /** The usual name of weights in one file. */
    public String single() {
      return stem + suffix;
    }

    /** The usual name of the index that names the shard of each tensor. */
    public String index() {
      return single() + ".index.json";
    }
  }

  /**
   * The files chosen.
   *
   * @param files in the order to read them
   * @param fileOf by the index: in which of them each tensor is; null without an index
   * @param notes why these, where it is not plain
   */
  public record Chosen(List<Path> files, @Nullable Map<String, Path> fileOf, List<String> notes) {
    public Chosen {
      files = List.copyOf(files);
      notes = List.copyOf(notes);
    }

    static Chosen file(Path file, List<String> notes) {
      return new Chosen(List.of(file), null, notes);
    }
  }

  /** Whether a directory seems to hold weights in that format, by the names of its files. */
  public static boolean has(Path directory, Format format) {
    return Files.isDirectory(directory) && new WeightNames(directory, format).any();
  }

  /**
   * The files of a directory in that format.
   *
   * @throws ModelLoadException where there are none, some are missing, or it is not clear which are
   *     meant
   */
  public static Chosen choose(Path directory, Format format) {
    Chosen chosen = chosen(directory, format);
    Optional<String> adapter = WeightNames.adapterBeside(directory);
    if (adapter.isEmpty()) {
      return chosen;
    }
    List<String> notes = new ArrayList<>(chosen.notes());
    notes.add(
        "a PEFT adapter lies beside the model ("
            + adapter.get()
            + ") and is not used; to have it in the weights, "
            + TensorNames.MERGE);
    return new Chosen(chosen.files(), chosen.fileOf(), notes);
  }

  private static Chosen chosen(Path directory, Format format) {
    if (!Files.isDirectory(directory)) {
      throw new ModelLoadException(
          directory, "directory", "does not exist", "name a Hugging Face model directory");
    }
    Path single = directory.resolve(format.single());
    Path index = directory.resolve(format.index());
    if (Files.isRegularFile(single)) {
      return Chosen.file(
          single,
          Files.exists(index)
              ? List.of(format.single() + " is read; " + format.index() + " beside it is not")
              : List.of());
    }
    if (Files.exists(index)) {
      return indexed(index, List.of());
    }
    return new WeightNames(directory, format).only();
  }

  /**
   * Refuses a directory without weights whose files tell why there are none.
   *
   * @throws ModelLoadException naming an adapter without its model, an entry of the Hub's cache, or
   *     a download that has not ended
   */
  public static void refuseWithoutWeights(Path directory) {
    new WeightNames(directory, Format.SAFETENSORS).refuseKnown();
  }

  /**
   * What to say of a tensor that is needed, where an index is why it was not found.
   *
   * @param absent tensors that the index names, with the file that lacks them
   * @param unlisted tensors of its files that it does not name there, by stored name, with the file
   */
  public static Optional<ModelLoadException> missing(
      String name, Map<String, Path> absent, Map<String, Path> unlisted) {
    Optional<Path> elsewhere =
        unlisted.entrySet().stream()
            .filter(e -> e.getKey().equals(name) || e.getKey().endsWith("." + name))
            .map(Map.Entry::getValue)
            .findFirst();
    Path file = absent.get(name);
    if (file == null && elsewhere.isEmpty()) {
      return Optional.empty();
    }
    String problem =
        file != null
            ? "is not in the file that the index names"
                + elsewhere.map(other -> ", but in " + other).orElse("")
            : "is missing from the index, but in this file";
    return Optional.of(
        new ModelLoadException(
            file != null ? file : elsewhere.orElseThrow(),
            name,
            problem,
            "fetch the shards and the index of one version"
                + (elsewhere.isPresent()
                    ? ", or mend weight_map in the index: \""
                        + name
                        + "\" is in \""
                        + elsewhere.get().getFileName()
                        + "\""
                    : "")));
  }

  /** The shards that an index names. */
  static Chosen indexed(Path index, List<String> notes) {
    Map<String, Path> fileOf = new LinkedHashMap<>();
    weightMap(index).forEach((name, shard) -> fileOf.put(name, shard(index, shard)));
    List<Path> files = new ArrayList<>(new TreeSet<>(fileOf.values()));
    for (Path file : files) {
      if (!Files.isRegularFile(file)) {
        throw new ModelLoadException(
            file, "shard", Downloads.whyMissing(file), "fetch it again: " + index + " names it");
      }
    }
    return new Chosen(files, fileOf, notes);
  }

  /** Of a name in an index, the file: in the index's folder or below it. */
  private static Path shard(Path index, String name) {
    try {
      Path file = Path.of(name).normalize();
      if (!file.isAbsolute() && !file.startsWith("..") && !file.toString().isEmpty()) {
        return index.resolveSibling(file);
      }
    } catch (InvalidPathException e) {
      // not a name that a file can have
    }
    throw new ModelLoadException(
        index, "weight_map", "names '" + name + "', not a file in its folder", "mend the index");
  }

  private static Map<String, String> weightMap(Path index) {
    Map<String, String> fileOf = new LinkedHashMap<>();
    JsonNode map = JsonFile.read(index, MAX_INDEX_BYTES, "fetch it again").path("weight_map");
    for (Map.Entry<String, JsonNode> entry : map.properties()) {
      if (!entry.getValue().isTextual()) {
        throw new ModelLoadException(
            index,
            "weight_map",
            "names " + entry.getValue() + " as the file of '" + entry.getKey() + "'",
            "fetch it again");
      }
      fileOf.put(entry.getKey(), entry.getValue().textValue());
    }
    if (fileOf.isEmpty()) {
      throw new ModelLoadException(index, "weight_map", "is missing or empty", "fetch it again");
    }
    return fileOf;
  }

  /** Names of the files in a directory, sorted. */
  static List<String> names(Path directory) {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .filter(file -> !Files.isDirectory(file))
          .map(file -> String.valueOf(file.getFileName()))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new ModelLoadException(
          directory, "directory", "cannot be listed: " + e.getMessage(), "check its rights", e);
    }
  }
}
