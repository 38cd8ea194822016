package io.fovea.tools.lora;

import io.fovea.ModelLoadException;
import io.fovea.tools.lora.LoraName.Role;
import io.fovea.tools.pickle.TorchTensors;
import io.fovea.tools.source.SafetensorsFile;
import io.fovea.tools.source.SourceTensor;
import io.fovea.tools.source.TensorFile;
import java.io.Closeable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A folder that {@code save_pretrained} of peft wrote.
 *
 * @param parts of each target, by role, in file order
 */
record LoraAdapter(
    Path directory, LoraConfig config, TensorFile file, Map<String, Map<Role, SourceTensor>> parts)
    implements Closeable {
  private static final String SAFETENSORS = "adapter_model.safetensors";
  private static final String TORCH = "adapter_model.bin";

  /**
   * Opens a folder and reads everything but the tensors' values.
   *
   * @throws ModelLoadException where files are missing or damaged
   * @throws io.fovea.UnsupportedModelException where it is no LoRA
   */
  static LoraAdapter open(Path directory) {
    LoraConfig config = LoraConfig.read(directory);
    TensorFile file = file(directory);
    try {
      return new LoraAdapter(directory, config, file, parts(file.tensors()));
    } catch (RuntimeException | Error e) {
      file.close();
      throw e;
    }
  }

  private static TensorFile file(Path directory) {
    Path safetensors = directory.resolve(SAFETENSORS);
    Path torch = directory.resolve(TORCH);
    if (Files.isRegularFile(safetensors)) {
      return SafetensorsFile.open(safetensors);
    }
    if (Files.isRegularFile(torch)) {
      return TorchTensors.open(torch);
    }
    throw new ModelLoadException(
        directory,
        "weights",
        "has neither " + SAFETENSORS + " nor " + TORCH,
        "fetch the adapter's weights beside its " + LoraConfig.FILE);
  }

  private static Map<String, Map<Role, SourceTensor>> parts(List<SourceTensor> tensors) {
    Map<String, Map<Role, SourceTensor>> parts = new LinkedHashMap<>();
    for (SourceTensor tensor : tensors) {
      LoraName name = LoraName.of(tensor.name());
      Map<Role, SourceTensor> target =
          parts.computeIfAbsent(name.target(), key -> new EnumMap<>(Role.class));
      SourceTensor before = target.put(name.role(), tensor);
      if (before != null) {
        throw new ModelLoadException(
            tensor.file(),
            tensor.name(),
            "and '" + before.name() + "' are for the same",
            "keep the tensors of one adapter only");
      }
      if (!tensor.holdsNumbers()) {
        throw new ModelLoadException(
            tensor.file(), tensor.name(), "is of type " + tensor.dtype(), LoraConfig.REMEDY);
      }
    }
    return parts;
  }

  @Override
  public void close() {
    file.close();
  }
}
