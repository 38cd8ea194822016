package io.fovea.tools.gguf;

import io.fovea.ModelLoadException;
import io.fovea.ModelWriteException;
import io.fovea.ProgressListener;
import io.fovea.UnsupportedModelException;
import io.fovea.model.cogvlm.CogVlmVariant;
import io.fovea.tools.layout.Kind;
import io.fovea.tools.layout.ModelLayout;
import io.fovea.tools.layout.TensorSpec;
import io.fovea.tools.numbers.NonFinite;
import io.fovea.tools.output.FileProblem;
import io.fovea.tools.output.FreeSpace;
import io.fovea.tools.output.NewFolders;
import io.fovea.tools.source.SourceCheckpoint;
import io.fovea.tools.source.SourceTensor;
import io.fovea.weights.StoredShapes;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;

/**
 * Writes a CogVLM v1 model as the two files that llama.cpp wants, under its tensor names and
 * metadata keys. Vectors, norms and tables are F32; matrices have the type asked for.
 */
public final class GgufExport {
  private static final String PART = ".part";

  /** How matrices are stored. */
  public enum Precision {
    /** IEEE binary32. */
    F32(GgmlType.F32, GgmlType.F32, GgmlType.F32, 0),
    /** IEEE binary16: exact for f16 weights, rounded for others. */
    F16(GgmlType.F16, GgmlType.F16, GgmlType.F16, 1),
    /** Exact for bf16 weights. The convolution is F32: llama.cpp has none in bf16. */
    BF16(GgmlType.BF16, GgmlType.BF16, GgmlType.F32, 32),
    /** 8 bits, a scale for 32 values. */
    Q8_0(GgmlType.Q8_0, GgmlType.Q8_0, GgmlType.F16, 7),
    /** 4 bits, a scale for 32 values; token embedding and output in 8. */
    Q4_0(GgmlType.Q4_0, GgmlType.Q8_0, GgmlType.F16, 2);

    private final GgmlType matrices;
    private final GgmlType vocabulary;
    private final GgmlType convolution;
    private final int fileType;

    /**
     * @param fileType llama.cpp's number for such a file
     */
    Precision(GgmlType matrices, GgmlType vocabulary, GgmlType convolution, int fileType) {
      this.matrices = matrices;
      this.vocabulary = vocabulary;
      this.convolution = convolution;
      this.fileType = fileType;
    }

    int fileType() {
      return fileType;
    }

    /** Rows that are no whole blocks are kept in F16. */
    private GgmlType of(TensorSpec tensor) {
      boolean ofVocabulary =
          tensor.kind() == Kind.EMBEDDING || tensor.name().equals("lm_head.weight");
      return switch (tensor.kind()) {
        case LINEAR, EMBEDDING -> {
          GgmlType type = ofVocabulary ? vocabulary : matrices;
          yield tensor.shape().get(1) % type.blockElements() == 0 ? type : GgmlType.F16;
        }
        case CONV -> convolution;
        default -> GgmlType.F32;
      };
    }
  }

  /**
   * The files of a model: its language model, and encoder and adapter.
   *
   * @param notes how the source was read, and what is odd in it
   */
  public record Pair(Path model, Path projector, List<String> notes) {
    public Pair {
      notes = List.copyOf(notes);
    }
  }

  private final SourceCheckpoint source;
  private final Precision precision;
  private final Path config;
  private final ModelLayout layout;
  private final Map<String, SourceTensor> tensors;

  private GgufExport(SourceCheckpoint source, Precision precision) {
    this.source = source;
    this.precision = precision;
    tensors =
        source.tensors().stream()
            .collect(
                Collectors.toMap(
                    SourceTensor::name, Function.identity(), (a, b) -> b, LinkedHashMap::new));
    config = tensors.isEmpty() ? Path.of("config.json") : configOf(source.tensors().get(0).file());
    Map<String, List<Long>> shapes = new HashMap<>();
    tensors.forEach((name, tensor) -> shapes.put(name, tensor.shape()));
    layout = ModelLayout.of(config, source.config(), new StoredShapes(shapes));
  }

  private static Path configOf(Path file) {
    return file.resolveSibling("config.json");
  }

  /**
   * Writes {@code NAME-TYPE.gguf} and {@code mmproj-NAME-TYPE.gguf} into {@code directory}, in
   * bounded memory. They get their names only when both are complete.
   *
   * @param name of the model, in file names and metadata
   * @param progress told of bytes written, of all
   * @throws ModelLoadException where the source lacks tensors or its tokenizer, or a value cannot
   *     be represented
   * @throws ModelWriteException where files exist already, space is short, or writing fails
   * @throws UnsupportedModelException for any model but CogVLM v1: llama.cpp knows no other
   */
  public static Pair write(
      SourceCheckpoint source,
      Path directory,
      String name,
      Precision precision,
      ProgressListener progress) {
    GgufExport export = new GgufExport(source, precision);
    export.requireCogVlm();
    String stem = name + "-" + precision + ".gguf";
    Pair pair =
        new Pair(
            directory.resolve(stem),
            directory.resolve(GgufSource.PROJECTOR + stem),
            source.notes());
    try {
      return export.write(name, pair, directory, progress);
    } catch (IOException e) {
      throw new ModelWriteException(
          directory,
          "cannot be written: " + FileProblem.of(e),
          "check the disk and the rights on it",
          e);
    }
  }

  private void requireCogVlm() {
    if (!layout.is(CogVlmVariant.COGVLM)) {
      throw new UnsupportedModelException(
          config + " describes " + layout.family(),
          "llama.cpp has no GGUF convention but for CogVLM v1; write safetensors");
    }
    for (String name : tensors.keySet()) {
      if (layout.find(name) == null) {
        throw new ModelLoadException(
            tensors.get(name).file(), name, "is no tensor of CogVLM v1", "check config.json");
      }
    }
  }

  private Pair write(String name, Pair pair, Path directory, ProgressListener progress)
      throws IOException {
    LlamaCppMetadata metadata = new LlamaCppMetadata(config, source, layout.sizes(), precision);
    GgufPart model = new GgufPart(metadata.model(name, frequencies()));
    GgufPart projector = new GgufPart(metadata.projector(name));
    addAll(model, GgufNames.language((int) layout.sizes().layers()));
    addAll(projector, GgufNames.vision((int) layout.sizes().vision().layers()));
    NewFolders folders = NewFolders.make(directory);
    try {
      write(model, projector, pair, directory, progress);
    } catch (IOException | RuntimeException e) {
      Files.deleteIfExists(part(pair.model()));
      Files.deleteIfExists(part(pair.projector()));
      folders.removeEmpty();
      throw e;
    }
    Map<String, Long> nonFinite = new LinkedHashMap<>(model.nonFinite());
    nonFinite.putAll(projector.nonFinite());
    List<String> notes = new ArrayList<>(pair.notes());
    notes.addAll(NonFinite.notes(nonFinite));
    return new Pair(pair.model(), pair.projector(), notes);
  }

  private static void write(
      GgufPart model, GgufPart projector, Pair pair, Path directory, ProgressListener progress)
      throws IOException {
    long total = model.bytes() + projector.bytes();
    requireRoom(pair, directory, total);
    LongConsumer counter = counter(total, progress);
    model.write(part(pair.model()), counter);
    projector.write(part(pair.projector()), counter);
    publish(pair.model());
    publish(pair.projector());
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true); // the names
    }
  }

  private static LongConsumer counter(long total, ProgressListener progress) {
    long[] done = {0};
    return bytes -> {
      done[0] += bytes;
      progress.progress("writing GGUF", done[0], total);
    };
  }

  private static Path part(Path file) {
    return file.resolveSibling(file.getFileName() + PART);
  }

  private static void publish(Path file) throws IOException {
    Files.move(part(file), file, StandardCopyOption.ATOMIC_MOVE);
  }

  private static void requireRoom(Pair pair, Path directory, long bytes) throws IOException {
    for (Path file : List.of(pair.model(), pair.projector())) {
      if (Files.exists(file)) {
        throw new ModelWriteException(file, "exists", "remove it or choose another directory");
      }
      Files.deleteIfExists(part(file)); // of a run that was interrupted
    }
    long free = FreeSpace.bytes(directory);
    if (bytes > free) {
      throw new ModelWriteException(
          directory,
          bytes + " bytes are needed, " + free + " are free",
          "free some, or choose another disk");
    }
  }

  private void addAll(GgufPart part, Map<String, String> names) {
    names.forEach((name, stored) -> part.add(stored, tensor(name), precision.of(spec(name))));
  }

  private TensorSpec spec(String name) {
    TensorSpec spec = layout.find(name);
    if (spec == null) {
      throw new IllegalStateException(name + " is in no layout");
    }
    return spec;
  }

  private SourceTensor tensor(String name) {
    SourceTensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new ModelLoadException(config, name, "is missing", "use a complete checkpoint");
    }
    if (!tensor.shape().equals(spec(name).shape())) {
      throw new ModelLoadException(
          tensor.file(),
          name,
          "has shape " + tensor.shape() + ", config.json wants " + spec(name).shape(),
          "use the config.json that belongs to these weights");
    }
    return tensor;
  }

  /** The rotary frequencies, where stored: one table, which all layers repeat. */
  private float[] frequencies() throws IOException {
    float[] first = new float[0];
    for (int i = 0; i < layout.sizes().layers(); i++) {
      SourceTensor tensor = tensors.get(GgufNames.frequencies(i));
      if (tensor != null) {
        float[] values = new float[(int) layout.sizes().headSize() / 2];
        tensor(tensor.name()).read(0, values, values.length);
        if (first.length > 0 && !Arrays.equals(first, values)) {
          throw new ModelLoadException(
              tensor.file(), tensor.name(), "differs between layers", "check the checkpoint");
        }
        first = values;
      }
    }
    return first;
  }
}
