package io.fovea.engine;

import io.fovea.image.PictureNote;
import java.nio.file.Path;
import java.util.List;

/**
 * What {@link FoveaEngine#trace} wrote.
 *
 * @param file safetensors
 * @param tensors names in it, in the order they were computed
 * @param notes what the picture's file holds and the model did not see; mostly nothing
 */
public record TraceResult(
    Path file,
    List<String> tensors,
    int promptTokens,
    int generatedTokens,
    List<PictureNote> notes) {
  public TraceResult {
    notes = List.copyOf(notes);
    tensors = List.copyOf(tensors);
  }
}
