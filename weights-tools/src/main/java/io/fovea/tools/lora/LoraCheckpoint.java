package io.fovea.tools.lora;

import io.fovea.FoveaException;
import io.fovea.tools.layout.ModelLayout;
import io.fovea.tools.source.SourceCheckpoint;
import io.fovea.tools.source.SourceTensor;
import io.fovea.weights.StoredScheme;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A checkpoint with adapters merged into its weights; nothing is computed before it is read. */
public final class LoraCheckpoint implements SourceCheckpoint {
  private final SourceCheckpoint base;
  private final List<LoraAdapter> adapters = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();
  private List<SourceTensor> tensors = List.of();

  private LoraCheckpoint(SourceCheckpoint base) {
    this.base = base;
  }

  /**
   * Opens adapters and checks that all of each fits.
   *
   * @param base stays the caller's to close
   * @param layout of its tensors
   * @param directories of the adapters, in the order in which they are merged
   * @throws io.fovea.ModelLoadException where one is damaged, or does not fit the model
   * @throws io.fovea.UnsupportedModelException where one is of a kind that is not merged here
   */
  public static LoraCheckpoint of(
      SourceCheckpoint base, ModelLayout layout, List<Path> directories) {
    LoraCheckpoint merged = new LoraCheckpoint(base);
    try {
      merged.open(layout, directories);
      return merged;
    } catch (RuntimeException | Error e) {
      merged.close();
      throw e;
    }
  }

  private void open(ModelLayout layout, List<Path> directories) {
    notes.addAll(base.notes());
    Map<String, SourceTensor> changed = new LinkedHashMap<>();
    base.tensors().forEach(tensor -> changed.put(tensor.name(), tensor));
    LoraMerge merge = new LoraMerge(base, layout, changed);
    for (Path directory : directories) {
      LoraAdapter adapter = LoraAdapter.open(directory);
      adapters.add(adapter);
      notes.add(merge.add(adapter));
      if (adapter.config().transposed()) {
        notes.add(
            "fan_in_fan_out of "
                + adapter.config().file()
                + " has no effect, as in peft: these are layers of torch.nn.Linear");
      }
    }
    tensors = List.copyOf(changed.values());
  }

  /** The files that the adapters come from. */
  public List<Path> files() {
    List<Path> files = new ArrayList<>();
    for (LoraAdapter adapter : adapters) {
      files.add(adapter.config().file());
      adapter.file().tensors().stream().map(SourceTensor::file).distinct().forEach(files::add);
    }
    return files;
  }

  @Override
  public String format() {
    return base.format();
  }

  @Override
  public StoredScheme scheme() {
    return base.scheme();
  }

  @Override
  public String config() {
    return base.config();
  }

  @Override
  public List<SourceTensor> tensors() {
    return tensors;
  }

  @Override
  public Map<String, byte[]> companions() {
    return base.companions();
  }

  @Override
  public List<String> notes() {
    return List.copyOf(notes);
  }

  @Override
  public FoveaException missing(Path path, String name) {
    return base.missing(path, name);
  }

  /** Closes the adapters. */
  @Override
  public void close() {
    adapters.forEach(LoraAdapter::close);
  }
}
