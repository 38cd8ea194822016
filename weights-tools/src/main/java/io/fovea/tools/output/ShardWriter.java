package io.fovea.tools.output;

import io.fovea.weights.TensorEntry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.function.LongConsumer;

/** Writes one shard, several blocks of rows at once. */
final class ShardWriter {
  private final ExecutorService workers;
  private final LongConsumer written;

  /**
   * @param workers compute and write the blocks
   * @param written told the size of each block, from any of them
   */
  ShardWriter(ExecutorService workers, LongConsumer written) {
    this.workers = workers;
    this.written = written;
  }

  /** Writes the shard under another name, brings it to the disk and renames it. */
  void write(Shard shard, Path directory) throws IOException {
    Path target = directory.resolve(shard.file());
    Path partial = directory.resolve(shard.file() + ".partial");
    try (FileChannel channel =
        FileChannel.open(
            partial,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      byte[] header = shard.header();
      writeFully(channel, ByteBuffer.wrap(header), 0);
      writeContents(shard, channel, header.length);
      channel.force(true);
    }
    Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
  }

  private void writeContents(Shard shard, FileChannel channel, long start) throws IOException {
    List<Future<?>> blocks = new ArrayList<>();
    long offset = start;
    for (TensorContent content : shard.contents()) {
      List<Long> offsets = new ArrayList<>();
      for (TensorEntry entry : content.entries()) {
        offsets.add(offset);
        offset += entry.bytes();
      }
      TensorContent.Sink sink =
          (entry, at, bytes) -> {
            int size = bytes.remaining();
            writeFully(channel, bytes, offsets.get(entry) + at);
            written.accept(size);
          };
      for (long row = 0; row < content.rows(); row += content.blockRows()) {
        long first = row;
        int rows = (int) Math.min(content.blockRows(), content.rows() - row);
        blocks.add(workers.submit(() -> compute(content, first, rows, sink)));
      }
    }
    await(blocks);
  }

  private static Void compute(TensorContent content, long first, int rows, TensorContent.Sink sink)
      throws IOException {
    content.compute(first, rows, sink);
    return null;
  }

  /** Waits for all blocks; after a failure those not begun are dropped. */
  private static void await(List<Future<?>> blocks) throws IOException {
    try {
      for (Future<?> block : blocks) {
        block.get();
      }
    } catch (ExecutionException e) {
      throw rethrown(e.getCause() == null ? e : e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      blocks.forEach(block -> block.cancel(false));
    }
  }

  private static IOException rethrown(Throwable cause) {
    if (cause instanceof IOException e) {
      return e;
    }
    if (cause instanceof RuntimeException e) {
      throw e;
    }
    if (cause instanceof Error e) {
      throw e;
    }
    throw new IllegalStateException(cause);
  }

  private static void writeFully(FileChannel channel, ByteBuffer bytes, long at)
      throws IOException {
    long position = at;
    while (bytes.hasRemaining()) {
      position += channel.write(bytes, position);
    }
  }
}
