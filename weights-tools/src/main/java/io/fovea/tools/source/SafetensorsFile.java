package io.fovea.tools.source;

import io.fovea.Downloads;
import io.fovea.weights.SafetensorsHeader;
import java.nio.file.Path;
import java.util.List;

/** One safetensors file, whatever its tensors are. */
public record SafetensorsFile(BinaryFile file, List<SourceTensor> tensors) implements TensorFile {
  public SafetensorsFile {
    tensors = List.copyOf(tensors);
  }

  /**
   * Reads and checks the header.
   *
   * @throws io.fovea.ModelLoadException where the file is missing or damaged
   */
  public static SafetensorsFile open(Path path) {
    Downloads.check(path);
    var stored = SafetensorsHeader.read(path);
    BinaryFile file = BinaryFile.open(path);
    return new SafetensorsFile(
        file,
        stored.entrySet().stream()
            .<SourceTensor>map(e -> new PlainTensor(file, e.getKey(), e.getValue()))
            .toList());
  }

  @Override
  public void close() {
    file.close();
  }
}
