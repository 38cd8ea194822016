package io.fovea.tools.source;

import io.fovea.ModelLoadException;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/** A little-endian binary file, open for reading at any place and by several threads at once. */
public final class BinaryFile implements Closeable {
  private final Path path;
  private final FileChannel channel;
  private final long size;

  private BinaryFile(Path path, FileChannel channel, long size) {
    this.path = path;
    this.channel = channel;
    this.size = size;
  }

  /**
   * @throws ModelLoadException where the file cannot be opened
   */
  public static BinaryFile open(Path path) {
    try {
      FileChannel channel = FileChannel.open(path);
      return new BinaryFile(path, channel, channel.size());
    } catch (IOException e) {
      throw new ModelLoadException(
          path, "file", "cannot be read: " + e.getMessage(), "check the path and its rights", e);
    }
  }

  /** Where the file is. */
  public Path path() {
    return path;
  }

  /** Its length when it was opened, bytes. */
  public long size() {
    return size;
  }

  /** Whether bytes {@code [at, at + bytes)} lie within the file. */
  public boolean holds(long at, long bytes) {
    return at >= 0 && bytes >= 0 && at <= size && bytes <= size - at;
  }

  /**
   * Bytes {@code [at, at + bytes)}, little-endian; checked against the file before allocation.
   *
   * @throws IOException where the system fails to read
   * @throws ModelLoadException where the file ends before
   */
  public ByteBuffer read(long at, int bytes) throws IOException {
    if (!holds(at, bytes)) {
      throw truncated(at, bytes);
    }
    ByteBuffer buffer = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, at + buffer.position()) < 0) {
        throw truncated(at, bytes);
      }
    }
    return buffer.flip();
  }

  private ModelLoadException truncated(long at, long bytes) {
    return new ModelLoadException(
        path,
        "byte " + at,
        bytes + " bytes were expected here, the file ends at " + size,
        "the file is truncated: fetch or write it again");
  }

  /** Maps bytes {@code [at, at + bytes)}, which the caller has checked with {@link #holds}. */
  public ByteBuffer map(long at, long bytes) throws IOException {
    return channel.map(FileChannel.MapMode.READ_ONLY, at, bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
