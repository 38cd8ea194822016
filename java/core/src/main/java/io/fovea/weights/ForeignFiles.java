package io.fovea.weights;

import io.fovea.ModelLoadException;
import io.fovea.UnsupportedModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Model directories whose weights lie in files that only the tools read. */
public final class ForeignFiles {
  private static final String OURS = ".safetensors";

  private ForeignFiles() {}

  /**
   * Refuses such a directory by the name of its format, or of its quantisation where config.json
   * names one that nothing reads. Other directories, and what is none, are left to other checks.
   *
   * @throws UnsupportedModelException naming the file and what to do
   */
  public static void refuse(Path directory) {
    List<String> names = names(directory);
    if (names.stream()
        .anyMatch(name -> name.endsWith(OURS) || name.endsWith(OURS + ".index.json"))) {
      return;
    }
    Map<String, String> endings = new LinkedHashMap<>();
    endings.put(".gguf", "GGUF");
    endings.put("latest", "SwissArmyTransformer");
    endings.put("model_states.pt", "SwissArmyTransformer");
    endings.put(".bin", "PyTorch");
    endings.put(".pt", "PyTorch");
    endings.put(".pth", "PyTorch");
    endings.forEach(
        (ending, format) -> {
          Optional<String> file = names.stream().filter(name -> name.endsWith(ending)).findFirst();
          if (file.isPresent()) {
            SchemeDetection.named(QuantizationConfig.read(directory))
                .ifPresent(scheme -> scheme.requireReadable(directory));
            throw new UnsupportedModelException(
                directory + " holds weights in a file of " + format + " (" + file.get() + ")",
                StoredScheme.conversion(directory));
          }
        });
  }

  private static List<String> names(Path directory) {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> String.valueOf(file.getFileName())).sorted().toList();
    } catch (IOException e) {
      throw new ModelLoadException(
          directory, "directory", "cannot be listed: " + e.getMessage(), "check its rights", e);
    }
  }
}
