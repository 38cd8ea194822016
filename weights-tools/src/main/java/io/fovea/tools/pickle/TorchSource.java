package io.fovea.tools.pickle;

import io.fovea.ModelLoadException;
import io.fovea.tools.pickle.Pickled.Tensor;
import io.fovea.tools.source.BinaryFile;
import io.fovea.tools.source.Companions;
import io.fovea.tools.source.SourceCheckpoint;
import io.fovea.tools.source.SourceTensor;
import io.fovea.tools.source.StoredTensors;
import io.fovea.weights.CheckpointFiles;
import io.fovea.weights.CheckpointFiles.Located;
import io.fovea.weights.StoredScheme;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;

/**
 * A Hugging Face model saved by {@code torch.save}: {@code pytorch_model.bin}, shards with their
 * index, or a state dictionary in any other file; {@code config.json} lies beside it. No code in
 * the files is run.
 */
public final class TorchSource implements SourceCheckpoint {
  private static final String SINGLE = "pytorch_model.bin";
  private static final String INDEX = "pytorch_model.bin.index.json";

  /** Keys under which training programs keep the state dictionary. */
  private static final List<String> WRAPPERS = List.of("state_dict", "model");

  private final List<TorchFile> files = new ArrayList<>();
  private final Map<String, TorchTensor> stored = new LinkedHashMap<>();
  private final Path directory;
  private List<SourceTensor> tensors = List.of();
  private StoredScheme scheme = StoredScheme.plain();

  private TorchSource(Path directory) {
    this.directory = directory;
  }

  /** Whether {@code path} is a directory or file of this kind, by its files' names and content. */
  public static boolean recognises(Path path) {
    return Files.isDirectory(path)
        ? Files.isRegularFile(path.resolve(INDEX)) || Files.isRegularFile(path.resolve(SINGLE))
        : TorchFormat.isTorch(path);
  }

  /**
   * Opens a directory or file and reads everything but the tensors' values.
   *
   * @throws ModelLoadException where files are missing, damaged or hold more than plain tensors
   */
  public static TorchSource open(Path path) {
    boolean isDirectory = Files.isDirectory(path);
    TorchSource source = new TorchSource(isDirectory ? path : path.resolveSibling(""));
    try {
      Path index = path.resolve(INDEX);
      if (isDirectory && Files.exists(index)) {
        source.addShards(index);
      } else {
        source.add(isDirectory ? path.resolve(SINGLE) : path);
      }
      source.read();
      return source;
    } catch (RuntimeException | Error e) {
      source.close();
      throw e;
    }
  }

  private void addShards(Path index) {
    Map<String, String> fileOf = CheckpointFiles.weightMap(index);
    for (String shard : new TreeSet<>(fileOf.values())) {
      add(CheckpointFiles.shard(index, shard));
    }
    fileOf.forEach(
        (name, shard) -> {
          SourceTensor tensor = stored.get(name);
          if (tensor == null || !tensor.file().equals(directory.resolve(shard))) {
            throw new ModelLoadException(
                directory.resolve(shard),
                name,
                "is not in the file that the index names",
                "fetch the shard and the index of one version");
          }
        });
    stored.keySet().retainAll(fileOf.keySet());
  }

  private void add(Path path) {
    TorchFile file = TorchFile.open(path);
    files.add(file);
    for (Map.Entry<String, Tensor> entry : StateDict.of(path, file.root(), WRAPPERS).entrySet()) {
      TorchTensor tensor = file.tensor(entry.getKey(), entry.getValue());
      SourceTensor before = stored.put(entry.getKey(), tensor);
      if (before != null) {
        throw new ModelLoadException(
            path, entry.getKey(), "is also in " + before.file(), "remove one of the files");
      }
    }
  }

  private void read() {
    Map<String, Located> located = new LinkedHashMap<>();
    Map<Path, BinaryFile> sources = new HashMap<>();
    stored.forEach(
        (name, tensor) -> {
          located.put(name, tensor.located());
          sources.put(tensor.file(), tensor.source());
        });
    scheme = StoredScheme.of(directory, located);
    tensors =
        StoredTensors.of(
            scheme,
            located,
            path -> Objects.requireNonNull(sources.get(path)),
            name -> Objects.requireNonNull(stored.get(name)));
  }

  @Override
  public StoredScheme scheme() {
    return scheme;
  }

  @Override
  public String format() {
    return "PyTorch";
  }

  @Override
  public String config() {
    return Companions.config(directory);
  }

  @Override
  public List<SourceTensor> tensors() {
    return List.copyOf(tensors);
  }

  @Override
  public Map<String, byte[]> companions() {
    return Companions.of(directory);
  }

  @Override
  public void close() {
    files.forEach(TorchFile::close);
  }
}
