package io.fovea.engine;

import io.fovea.image.PictureNote;
import java.nio.file.Path;
import java.util.List;

/**
 * What {@link Diagnostics#trace} wrote.
 *
 * @param file safetensors
 * @param tensors names in it, in the order they were computed
 * @param notes of each picture, what its file holds and the model did not see; mostly nothing
 */
public record TraceResult(
    Path file,
    List<String> tensors,
    int promptTokens,
    int generatedTokens,
    List<List<PictureNote>> notes) {
  public TraceResult {
    notes = notes.stream().map(List::copyOf).toList();
    tensors = List.copyOf(tensors);
  }
}
