package io.fovea.image;

import io.fovea.ImageException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;

/** A picture in some file format. */
record EncodedInput(String name, Bytes source) implements ImageInput {
  /** What a Java array holds, but for the one byte more that shows that there are too many. */
  private static final long MOST_BYTES = Integer.MAX_VALUE - 9;

  /** Where the bytes are. */
  sealed interface Bytes permits FileSource, ArraySource, StreamSource {
    /**
     * Gives the bytes; one more than the limit is enough to show that there are too many.
     *
     * @param name what messages call the picture
     * @throws ImageException when they cannot be read
     */
    byte[] read(String name, long limit);

    /** What to do where there are none. */
    String remedyOfNothing();
  }

  /**
   * The bytes of the file.
   *
   * @throws ImageException when they cannot be read, or are none, or more than {@code maxBytes}
   */
  byte[] read(long maxBytes) {
    long limit = Math.min(maxBytes, MOST_BYTES);
    byte[] bytes = source.read(name, limit);
    if (bytes.length == 0) {
      throw new ImageException(name, "is empty", source.remedyOfNothing());
    }
    if (bytes.length > limit) {
      boolean mayRise = limit == maxBytes;
      throw new ImageException(
          name,
          "is larger than the limit of " + limit + " bytes",
          "give a smaller file" + (mayRise ? ", or raise ImageLimits.maxBytes" : ""));
    }
    return bytes;
  }

  private static byte[] upTo(long limit, InputStream in) throws IOException {
    return in.readNBytes((int) limit + 1);
  }

  private static ImageException unreadable(String name, IOException e, String remedy) {
    return new ImageException(
        name, "cannot be read (" + PlainText.of(e.getMessage()) + ")", remedy, e);
  }

  /** A file by its path. */
  record FileSource(Path file) implements Bytes {
    @Override
    public byte[] read(String name, long limit) {
      if (Files.isDirectory(file)) {
        throw new ImageException(name, "is a directory", "name a picture file in it");
      }
      try (InputStream in = Files.newInputStream(file)) {
        return upTo(limit, in);
      } catch (NoSuchFileException | FileNotFoundException e) {
        throw new ImageException(name, "there is no such file", "check the path", e);
      } catch (IOException e) {
        throw unreadable(name, e, "check the path and its permissions");
      }
    }

    @Override
    public String remedyOfNothing() {
      return "give a picture file with content";
    }
  }

  /** A file's bytes in memory. */
  @SuppressWarnings("ArrayRecordComponent") // a view
  record ArraySource(byte[] bytes) implements Bytes {
    @Override
    public byte[] read(String name, long limit) {
      return bytes;
    }

    @Override
    public String remedyOfNothing() {
      return "give the bytes of a picture file";
    }
  }

  /** A stream, which gives its bytes once. */
  record StreamSource(InputStream in, AtomicBoolean isRead) implements Bytes {
    StreamSource(InputStream in) {
      this(in, new AtomicBoolean());
    }

    @Override
    public byte[] read(String name, long limit) {
      if (isRead.getAndSet(true)) {
        throw new ImageException(
            name, "was read before", "a stream can be read once: give its bytes instead");
      }
      try {
        return upTo(limit, in);
      } catch (IOException e) {
        throw unreadable(name, e, "check where the stream comes from, and that it is open");
      }
    }

    @Override
    public String remedyOfNothing() {
      return "give a stream that is at the picture's first byte";
    }
  }
}
