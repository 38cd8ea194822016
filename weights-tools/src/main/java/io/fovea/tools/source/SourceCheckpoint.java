package io.fovea.tools.source;

import io.fovea.FoveaException;
import io.fovea.ModelLoadException;
import io.fovea.weights.StoredScheme;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A checkpoint to convert, in any of the formats that are read: its tensors under the names of the
 * published Hugging Face model, whatever its files call them.
 */
public interface SourceCheckpoint extends AutoCloseable {
  /** The file format, for people: {@code safetensors}, {@code PyTorch}, {@code GGUF}. */
  String format();

  /** How its weights are stored: plainly, or quantised in a way that is read. */
  default StoredScheme scheme() {
    return StoredScheme.plain();
  }

  /** The model's {@code config.json}, taken over or made from the format's own metadata. */
  String config();

  /** All tensors of the model, in file order; no two have one name. */
  List<SourceTensor> tensors();

  /**
   * Small files that belong beside the weights, by name: tokenizer, {@code generation_config.json}.
   */
  Map<String, byte[]> companions();

  /**
   * For people: which files were chosen where others lie beside, what was left out of names, what
   * is read differently from what the files ask for.
   */
  default List<String> notes() {
    return scheme().notes();
  }

  /** What to say where a tensor that the model needs is not there. */
  default FoveaException missing(Path path, String name) {
    List<String> names = tensors().stream().map(SourceTensor::name).toList();
    return StoredScheme.inPlaceOf(path, name, names)
        .orElseGet(
            () ->
                new ModelLoadException(
                    path, name, "is missing", "the checkpoint is incomplete or of another model"));
  }

  /** Closes the files; tensors must not be read any more. */
  @Override
  void close();
}
