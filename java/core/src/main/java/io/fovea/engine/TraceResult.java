package io.fovea.engine;

import java.nio.file.Path;
import java.util.List;

/**
 * What {@link FoveaEngine#trace} wrote.
 *
 * @param file safetensors
 * @param tensors names in it, in the order they were computed
 */
public record TraceResult(Path file, List<String> tensors, int promptTokens, int generatedTokens) {
  public TraceResult {
    tensors = List.copyOf(tensors);
  }
}
