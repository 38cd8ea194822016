package io.fovea.tools.pickle;

import io.fovea.tools.source.SourceTensor;
import io.fovea.tools.source.TensorFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A dictionary of tensors that {@code torch.save} wrote, whatever they are. */
public final class TorchTensors implements TensorFile {
  private final TorchFile file;
  private final List<SourceTensor> tensors = new ArrayList<>();

  private TorchTensors(TorchFile file) {
    this.file = file;
  }

  /**
   * Reads everything but the tensors' values. No code in the file is run.
   *
   * @throws io.fovea.ModelLoadException where the file is damaged or no dictionary of tensors
   */
  public static TorchTensors open(Path path) {
    TorchTensors opened = new TorchTensors(TorchFile.open(path));
    try {
      StateDict.of(path, opened.file.root(), List.of())
          .forEach((name, tensor) -> opened.tensors.add(opened.file.tensor(name, tensor)));
      return opened;
    } catch (RuntimeException | Error e) {
      opened.close();
      throw e;
    }
  }

  @Override
  public List<SourceTensor> tensors() {
    return List.copyOf(tensors);
  }

  @Override
  public void close() {
    file.close();
  }
}
