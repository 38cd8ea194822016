package io.fovea.image;

import io.fovea.ImageException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
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
     * @param hold takes room for those that were not in memory before
     * @throws ImageException when they cannot be read
     */
    byte[] read(String name, long limit, DecodingRoom.Hold hold);

    /** What to do where there are none. */
    String remedyOfNothing();
  }

  /**
   * The bytes of the file.
   *
   * @throws ImageException when they cannot be read, or are none, or more than {@code maxBytes}
   */
  byte[] read(long maxBytes, DecodingRoom.Hold hold) {
    long limit = Math.min(maxBytes, MOST_BYTES);
    byte[] bytes = source.read(name, limit, hold);
    if (bytes.length == 0) {
      throw new ImageException(name, "is empty", source.remedyOfNothing());
    }
    requireWithin(name, bytes.length, limit);
    return bytes;
  }

  private static void requireWithin(String name, long bytes, long limit) {
    if (bytes > limit) {
      boolean mayRise = limit < MOST_BYTES;
      throw new ImageException(
          name,
          "is larger than the limit of " + limit + " bytes",
          "give a smaller file" + (mayRise ? ", or raise ImageLimits.maxBytes" : ""));
    }
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
    public byte[] read(String name, long limit, DecodingRoom.Hold hold) {
      if (Files.isDirectory(file)) {
        throw new ImageException(name, "is a directory", "name a picture file in it");
      }
      try (InputStream in = Files.newInputStream(file)) {
        long size = Files.isRegularFile(file) ? Files.size(file) : 0;
        if (size == 0) { // a pipe, or a file of the system's that does not know its size
          return upTo(limit, in);
        }
        requireWithin(name, size, limit);
        hold.claimFile(name, size);
        byte[] bytes = new byte[(int) size];
        int read = in.readNBytes(bytes, 0, bytes.length);
        return read == bytes.length ? bytes : Arrays.copyOf(bytes, read);
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
    public byte[] read(String name, long limit, DecodingRoom.Hold hold) {
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
    public byte[] read(String name, long limit, DecodingRoom.Hold hold) {
      if (isRead.getAndSet(true)) {
        throw new ImageException(
            name, "was read before", "a stream can be read once: give its bytes instead");
      }
      try {
        byte[] bytes = upTo(limit, in);
        hold.claimFile(name, bytes.length); // not before: it may come slowly
        return bytes;
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
