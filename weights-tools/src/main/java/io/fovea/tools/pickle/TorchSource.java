package io.fovea.tools.pickle;

import io.fovea.FoveaException;
import io.fovea.ModelLoadException;
import io.fovea.tools.pickle.Pickled.Tensor;
import io.fovea.tools.source.BinaryFile;
import io.fovea.tools.source.Companions;
import io.fovea.tools.source.SourceCheckpoint;
import io.fovea.tools.source.SourceTensor;
import io.fovea.tools.source.StoredTensors;
import io.fovea.weights.CheckpointFiles.Located;
import io.fovea.weights.StoredScheme;
import io.fovea.weights.TensorNames;
import io.fovea.weights.TiedEmbedding;
import io.fovea.weights.WeightFiles;
import io.fovea.weights.WeightFiles.Format;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * A Hugging Face model saved by {@code torch.save}: {@code pytorch_model.bin}, shards with their
 * index, or a state dictionary in any other file; {@code config.json} lies beside it. No code in
 * the files is run.
 */
public final class TorchSource implements SourceCheckpoint {
  /** Keys under which training programs keep the state dictionary. */
  private static final List<String> WRAPPERS =
      List.of("state_dict", "model_state_dict", "model", "module");

  private final List<TorchFile> files = new ArrayList<>();
  private final Map<String, TorchTensor> stored = new LinkedHashMap<>(); // by published name
  private final Map<String, Path> absent = new LinkedHashMap<>(); // where the index has them
  private final Map<String, Path> unlisted = new LinkedHashMap<>(); // in files, not in the index
  private final List<String> notes = new ArrayList<>();
  private final Path directory;
  private List<SourceTensor> tensors = List.of();
  private StoredScheme scheme = StoredScheme.plain();

  private TorchSource(Path directory) {
    this.directory = directory;
  }

  /** Whether {@code path} is a directory or file of this kind, by its files' names and content. */
  public static boolean recognises(Path path) {
    return Files.isDirectory(path)
        ? WeightFiles.has(path, Format.PYTORCH)
        : TorchFormat.isTorch(path);
  }

  /**
   * Opens a directory or file and reads everything but the tensors' values.
   *
   * @throws ModelLoadException where files are missing, damaged or hold more than plain tensors
   */
  public static TorchSource open(Path path) {
    boolean isDirectory = Files.isDirectory(path);
    TorchSource source =
        new TorchSource(isDirectory ? path : path.toAbsolutePath().resolveSibling(""));
    try {
      source.read(
          path,
          isDirectory
              ? WeightFiles.choose(path, Format.PYTORCH)
              : new WeightFiles.Chosen(List.of(path), null, List.of()));
      return source;
    } catch (RuntimeException | Error e) {
      source.close();
      throw e;
    }
  }

  /** A tensor and the file it is in. */
  private record Found(Path file, TorchFile opened, Tensor tensor) {}

  private void read(Path path, WeightFiles.Chosen chosen) {
    Map<String, Found> found = found(chosen);
    Map<String, Path> fileOf = chosen.fileOf();
    TensorNames names = TensorNames.of(path, fileOf == null ? found.keySet() : fileOf.keySet());
    names
        .published()
        .forEach(
            (name, published) -> {
              Found at = found.get(name);
              if (at != null) {
                stored.put(published, at.opened().tensor(published, at.tensor()));
              } else if (fileOf != null) {
                absent.put(published, fileOf.get(name));
              }
            });
    notes.addAll(chosen.notes());
    notes.addAll(names.notes());
    TiedEmbedding.tie(directory, stored, t -> t.withName(TiedEmbedding.HEAD_WEIGHT))
        .ifPresent(notes::add);
    decode();
    notes.addAll(scheme.notes());
  }

  /** All tensors of the files; of one that is in two files, that which the index names. */
  private Map<String, Found> found(WeightFiles.Chosen chosen) {
    Map<String, Path> fileOf = chosen.fileOf();
    Map<String, Found> all = new LinkedHashMap<>();
    for (Path file : chosen.files()) {
      TorchFile opened = TorchFile.open(file);
      files.add(opened);
      StateDict.of(file, opened.root(), WRAPPERS)
          .forEach(
              (name, tensor) -> {
                Found found = new Found(file, opened, tensor);
                if (fileOf == null) {
                  addOnce(all, name, found);
                } else if (file.equals(fileOf.get(name))) {
                  all.put(name, found);
                } else {
                  unlisted.putIfAbsent(name, file);
                }
              });
    }
    return all;
  }

  private static void addOnce(Map<String, Found> all, String name, Found found) {
    Found before = all.put(name, found);
    if (before != null) {
      throw new ModelLoadException(
          found.file(),
          name,
          "is also in " + before.file() + ", and no index says which is meant",
          "fetch the " + Format.PYTORCH.index() + " of these shards, or remove one of the files");
    }
  }

  /** The tensors of the model: quantised weights are one tensor each. */
  private void decode() {
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
  public List<String> notes() {
    return List.copyOf(notes);
  }

  @Override
  public FoveaException missing(Path path, String name) {
    Optional<ModelLoadException> byIndex = WeightFiles.missing(name, absent, unlisted);
    return byIndex.isPresent() ? byIndex.get() : SourceCheckpoint.super.missing(path, name);
  }

  @Override
  public void close() {
    files.forEach(TorchFile::close);
  }
}
