package io.fovea.tools.pickle;

import io.fovea.Downloads;
import io.fovea.ModelLoadException;
import io.fovea.tools.pickle.Pickled.Storage;
import io.fovea.tools.pickle.Pickled.Tensor;
import io.fovea.tools.source.BinaryFile;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** One file that {@code torch.save} wrote: the value it describes, and where its tensors lie. */
final class TorchFile implements Closeable {
  /** Longest pickle, bytes; that of the largest published checkpoint has under 1 MiB. */
  static final int MAX_PICKLE_BYTES = 64 << 20;

  private final BinaryFile file;
  private final Pickled root;
  private final Map<String, Long> offsets;

  TorchFile(BinaryFile file, Pickled root, Map<String, Long> offsets) {
    this.file = file;
    this.root = root;
    this.offsets = offsets;
  }

  /**
   * Reads everything but the tensors' values.
   *
   * @throws ModelLoadException where the file is damaged, of another kind, or wants more than plain
   *     tensors
   */
  static TorchFile open(Path path) {
    Downloads.check(path);
    BinaryFile file = BinaryFile.open(path);
    try {
      return switch (TorchFormat.of(file)) {
        case ZIP -> TorchArchive.read(file);
        case LEGACY -> LegacyTorchFile.read(file);
        case NONE ->
            throw new ModelLoadException(
                path, "file", "was not written by torch.save", "name a PyTorch checkpoint");
      };
    } catch (IOException e) {
      file.close();
      throw new ModelLoadException(
          path, "file", "cannot be read: " + e.getMessage(), "check the disk and its rights", e);
    } catch (RuntimeException | Error e) {
      file.close();
      throw e;
    }
  }

  /** What the file describes: for a checkpoint a dictionary. */
  Pickled root() {
    return root;
  }

  /** The values of a tensor of {@link #root}, under a name of the caller's. */
  TorchTensor tensor(String name, Tensor tensor) {
    Storage storage = tensor.storage();
    Long offset = offsets.get(storage.key());
    if (offset == null) {
      throw new ModelLoadException(
          file.path(),
          name,
          "its storage '" + storage.key() + "' is not in the file",
          "the file is damaged: fetch or write it again");
    }
    return new TorchTensor(file, name, tensor, offset);
  }

  @Override
  public void close() {
    file.close();
  }
}
