package io.fovea.tools.source;

import io.fovea.FoveaException;
import io.fovea.ModelLoadException;
import io.fovea.weights.CheckpointFiles;
import io.fovea.weights.CheckpointFiles.Located;
import io.fovea.weights.StoredScheme;
import io.fovea.weights.WeightFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A Hugging Face directory in safetensors, plain or quantised in a way that is read, or one
 * safetensors file with a config.json beside it.
 */
public final class SafetensorsSource implements SourceCheckpoint {
  private static final String SUFFIX = ".safetensors";

  private final Path directory;
  private final CheckpointFiles.Contents contents;
  private final Map<Path, BinaryFile> files = new LinkedHashMap<>();
  private List<SourceTensor> tensors = List.of();
  private StoredScheme scheme = StoredScheme.plain();

  private SafetensorsSource(Path directory, CheckpointFiles.Contents contents) {
    this.directory = directory;
    this.contents = contents;
  }

  /** Whether {@code path} is a directory with safetensors, or a file named as one. */
  public static boolean recognises(Path path) {
    return Files.isDirectory(path)
        ? WeightFiles.has(path, WeightFiles.Format.SAFETENSORS)
        : path.toString().endsWith(SUFFIX) && Files.isRegularFile(path);
  }

  /**
   * Reads and checks all headers.
   *
   * @throws ModelLoadException where files are missing, damaged or of an unknown quantisation
   */
  public static SafetensorsSource open(Path path) {
    boolean single = Files.isRegularFile(path);
    SafetensorsSource source =
        new SafetensorsSource(
            single ? path.toAbsolutePath().resolveSibling("") : path, CheckpointFiles.open(path));
    try {
      source.read(source.contents.tensors());
      return source;
    } catch (RuntimeException | Error e) {
      source.close();
      throw e;
    }
  }

  private void read(Map<String, Located> located) {
    scheme = StoredScheme.of(directory, located);
    tensors =
        StoredTensors.of(
            scheme,
            located,
            this::file,
            name -> {
              Located found = Objects.requireNonNull(located.get(name));
              return new PlainTensor(file(found.file()), name, found.tensor());
            });
  }

  private BinaryFile file(Path path) {
    return files.computeIfAbsent(path, BinaryFile::open);
  }

  @Override
  public String format() {
    return "safetensors";
  }

  @Override
  public StoredScheme scheme() {
    return scheme;
  }

  @Override
  public String config() {
    return Companions.config(directory);
  }

  @Override
  public List<SourceTensor> tensors() {
    return tensors;
  }

  @Override
  public Map<String, byte[]> companions() {
    return Companions.of(directory);
  }

  @Override
  public List<String> notes() {
    List<String> notes = new ArrayList<>(contents.notes());
    notes.addAll(scheme.notes());
    return notes;
  }

  @Override
  public FoveaException missing(Path path, String name) {
    return contents.missing(name);
  }

  @Override
  public void close() {
    files.values().forEach(BinaryFile::close);
  }
}
