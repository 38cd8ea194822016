package io.fovea.tools.source;

import io.fovea.Downloads;
import io.fovea.ModelLoadException;
import io.fovea.tools.gguf.GgufSource;
import io.fovea.tools.pickle.SatSource;
import io.fovea.tools.pickle.TorchSource;
import io.fovea.weights.WeightFiles;
import java.nio.file.Files;
import java.nio.file.Path;

/** Opens checkpoints of any format that is read. */
public final class SourceCheckpoints {
  private SourceCheckpoints() {}

  /**
   * Opens {@code path}, a directory or file, with the reader that its content calls for.
   *
   * @throws ModelLoadException where there is nothing, or nothing that is known
   * @throws io.fovea.UnsupportedModelException where weights are quantised in a way that is not
   *     read
   */
  public static SourceCheckpoint open(Path path) {
    if (!Files.exists(path)) {
      throw new ModelLoadException(path, "path", "does not exist", "name a model's folder or file");
    }
    if (SafetensorsSource.recognises(path)) {
      return SafetensorsSource.open(path);
    }
    if (SatSource.recognises(path)) { // before PyTorch, whose files they hold
      return SatSource.open(path);
    }
    if (TorchSource.recognises(path)) {
      return TorchSource.open(path);
    }
    if (GgufSource.recognises(path)) {
      return GgufSource.open(path);
    }
    Downloads.check(path);
    if (Files.isDirectory(path)) {
      WeightFiles.refuseWithoutWeights(path);
    }
    throw new ModelLoadException(
        path,
        "format",
        "is none that is read",
        "name a folder or file of safetensors, PyTorch, SwissArmyTransformer or GGUF weights");
  }
}
