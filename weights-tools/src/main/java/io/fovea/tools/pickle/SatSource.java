package io.fovea.tools.pickle;

import io.fovea.ModelLoadException;
import io.fovea.tools.pickle.Pickled.Tensor;
import io.fovea.tools.source.Companions;
import io.fovea.tools.source.SourceCheckpoint;
import io.fovea.tools.source.SourceTensor;
import io.fovea.weights.CheckpointFiles.Located;
import io.fovea.weights.QuantizationScheme;
import io.fovea.weights.StoredScheme;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A checkpoint of SwissArmyTransformer: {@code model_config.json}, {@code latest}, which names a
 * folder, and in that folder {@code mp_rank_00_model_states.pt}. States of optimizer and random
 * generators in it are left alone.
 */
public final class SatSource implements SourceCheckpoint {
  private static final String CONFIG = "model_config.json";
  private static final String LATEST = "latest";
  private static final String STATES = "mp_rank_00_model_states.pt";
  private static final String SECOND_PART = "mp_rank_01_model_states.pt";
  private static final long MAX_LATEST_BYTES = 256;

  private final TorchFile file;
  private final Path directory;
  private final List<SourceTensor> tensors;
  private final String config;

  private SatSource(TorchFile file, Path directory, Path states) {
    this.file = file;
    this.directory = directory;
    Map<String, Tensor> found = published(states, file.root());
    requirePlain(found);
    SatConfig sat = new SatConfig(directory.resolve(CONFIG), found.keySet());
    config = sat.compose();
    List<SourceTensor> list = new ArrayList<>();
    found.forEach(
        (name, tensor) -> {
          if (!name.equals(SatNames.FREQUENCIES)) {
            list.add(file.tensor(name, tensor));
            return;
          }
          for (int i = 0; i < sat.layers(); i++) {
            list.add(file.tensor("model.layers." + i + ".self_attn.rotary_emb.inv_freq", tensor));
          }
        });
    tensors = List.copyOf(list);
  }

  /** Of quantised weights SwissArmyTransformer has a form of its own. */
  private void requirePlain(Map<String, Tensor> found) {
    Map<String, Located> located = new LinkedHashMap<>();
    found.forEach((name, tensor) -> located.put(name, file.tensor(name, tensor).located()));
    StoredScheme scheme = StoredScheme.of(directory, located);
    if (scheme.scheme() != QuantizationScheme.PLAIN) {
      String title = scheme.title() + " in a file of SwissArmyTransformer";
      StoredScheme.refused(scheme.scheme(), title, scheme.evidence()).requireReadable(directory);
    }
  }

  /** Whether {@code path} is such a directory, its inner folder, or the file of states. */
  public static boolean recognises(Path path) {
    if (Files.isRegularFile(path)) {
      return path.endsWith(STATES) && TorchFormat.isTorch(path);
    }
    return Files.isRegularFile(path.resolve(STATES))
        || (Files.isRegularFile(path.resolve(CONFIG)) && Files.isRegularFile(path.resolve(LATEST)));
  }

  /**
   * Opens a checkpoint and reads everything but the tensors' values.
   *
   * @throws ModelLoadException where files are missing or damaged, or tensors have names that no
   *     model of the family has
   */
  public static SatSource open(Path path) {
    Path states = states(path);
    Path inner = states.resolveSibling("");
    if (Files.exists(states.resolveSibling(SECOND_PART))) {
      throw new ModelLoadException(
          states.resolveSibling(SECOND_PART),
          "file",
          "shows that the model is split for parallel use",
          "merge the parts into one with SwissArmyTransformer first");
    }
    Path directory =
        Files.exists(inner.resolve(CONFIG)) ? inner : inner.toAbsolutePath().resolveSibling("");
    TorchFile file = TorchFile.open(states);
    try {
      return new SatSource(file, directory, states);
    } catch (RuntimeException | Error e) {
      file.close();
      throw e;
    }
  }

  private static Path states(Path path) {
    if (!Files.isDirectory(path)) {
      return path;
    }
    return Files.isRegularFile(path.resolve(STATES))
        ? path.resolve(STATES)
        : path.resolve(latest(path.resolve(LATEST))).resolve(STATES);
  }

  private static String latest(Path file) {
    try {
      String name = Files.size(file) > MAX_LATEST_BYTES ? "" : Files.readString(file).strip();
      if (name.isEmpty() || !name.matches("[A-Za-z0-9_.-]+") || name.startsWith(".")) {
        throw new ModelLoadException(
            file, "file", "names no folder beside it", "name the folder that holds " + STATES);
      }
      return name;
    } catch (IOException e) {
      throw new ModelLoadException(
          file, "file", "cannot be read: " + e.getMessage(), "name the folder of " + STATES, e);
    }
  }

  private static Map<String, Tensor> published(Path states, Pickled root) {
    Map<String, Tensor> found = new LinkedHashMap<>();
    List<String> unknown = new ArrayList<>();
    StateDict.of(states, root, List.of("module"))
        .forEach(
            (name, tensor) -> {
              if (name.equals(SatNames.FREQUENCIES)) {
                found.put(name, tensor);
              } else if (!SatNames.isRepeated(name)) {
                SatNames.published(name)
                    .ifPresentOrElse(to -> found.put(to, tensor), () -> unknown.add(name));
              }
            });
    if (!unknown.isEmpty()) {
      throw new ModelLoadException(
          states,
          String.join(", ", unknown.subList(0, Math.min(3, unknown.size()))),
          "are " + unknown.size() + " tensors that no model of the CogVLM family has",
          "merge adapters (LoRA, P-tuning) into the weights, or name another checkpoint");
    }
    return found;
  }

  @Override
  public String format() {
    return "SwissArmyTransformer";
  }

  @Override
  public String config() {
    return config;
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
  public void close() {
    file.close();
  }
}
