package io.fovea.image;

import io.fovea.ImageException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** A picture in some file format. */
record EncodedInput(String name, Bytes source) implements ImageInput {
  /** Gives the bytes; one more than the limit is enough to show that there are too many. */
  interface Bytes {
    byte[] read(long limit) throws IOException;
  }

  /**
   * The bytes of the file.
   *
   * @throws ImageException when they cannot be read, or are none, or more than {@code maxBytes}
   */
  byte[] read(long maxBytes) {
    byte[] bytes;
    try {
      bytes = source.read(maxBytes);
    } catch (NoSuchFileException | FileNotFoundException e) {
      throw new ImageException(name, "there is no such file", "check the path", e);
    } catch (DirectoryException e) {
      throw new ImageException(name, "is a directory", "name a picture file in it", e);
    } catch (IOException e) {
      throw new ImageException(
          name, "cannot be read (" + e.getMessage() + ")", "check the path and its permissions", e);
    }
    if (bytes.length == 0) {
      throw new ImageException(name, "is empty", "give a picture file with content");
    }
    if (bytes.length > maxBytes) {
      throw new ImageException(
          name,
          "is larger than the limit of " + maxBytes + " bytes",
          "give a smaller file, or raise ImageLimits.maxBytes");
    }
    return bytes;
  }

  private static final class DirectoryException extends IOException {
    private static final long serialVersionUID = 1;
  }

  static Bytes file(Path file) {
    return limit -> {
      if (Files.isDirectory(file)) {
        throw new DirectoryException();
      }
      try (InputStream in = Files.newInputStream(file)) {
        return upTo(limit, in);
      }
    };
  }

  /** At most {@code limit + 1} bytes. */
  static byte[] upTo(long limit, InputStream in) throws IOException {
    return in.readNBytes((int) Math.min(limit + 1, Integer.MAX_VALUE - 8));
  }
}
