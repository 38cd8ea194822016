package io.fovea.tools.pickle;

import io.fovea.ModelLoadException;
import io.fovea.tools.source.BinaryFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/** The two containers of {@code torch.save}, told apart by their first bytes. */
enum TorchFormat {
  /** A zip file: PyTorch 1.6 and later. */
  ZIP,
  /** A row of pickles, then the storages: before PyTorch 1.6. */
  LEGACY,
  /** Neither of the two. */
  NONE;

  private static final int LOCAL_SIGNATURE = 0x04034b50;

  /** A pickle of protocol 2 that holds the number 0x1950a86a20f9469cfc6c. */
  private static final long LEGACY_START = 0x9cfc_6c0a_8a02_80L;

  static TorchFormat of(BinaryFile file) throws IOException {
    if (file.size() < Long.BYTES) {
      return NONE;
    }
    ByteBuffer start = file.read(0, Long.BYTES);
    if (start.getInt(0) == LOCAL_SIGNATURE) {
      return ZIP;
    }
    return (start.getLong(0) & 0x00ff_ffff_ffff_ffffL) == LEGACY_START ? LEGACY : NONE;
  }

  /** Whether {@code path} is a file of one of the two; false where it cannot be read. */
  static boolean isTorch(Path path) {
    if (!Files.isRegularFile(path)) {
      return false;
    }
    try (BinaryFile file = BinaryFile.open(path)) {
      return of(file) != NONE;
    } catch (IOException | ModelLoadException e) {
      return false;
    }
  }
}
