package io.fovea.tools.gguf;

import io.fovea.ModelLoadException;
import io.fovea.tools.source.SourceTensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;

/** One file of a pair, planned to the byte before anything is written. */
final class GgufPart {
  private static final int CHUNK_ELEMENTS = 1 << 20; // a multiple of every block

  private record Planned(SourceTensor source, GgmlType type) {
    long bytes() {
      long blocks = source.elements() / type.blockElements();
      return Math.multiplyExact(blocks, type.blockBytes());
    }
  }

  private final GgufHeader header;
  private final List<Planned> tensors = new ArrayList<>();
  private final Map<String, Long> nonFinite = new LinkedHashMap<>();

  GgufPart(GgufHeader header) {
    this.header = header;
  }

  /** Adds a tensor under its name in the file; rows must be whole blocks of {@code type}. */
  void add(String name, SourceTensor source, GgmlType type) {
    Planned planned = new Planned(source, type);
    tensors.add(planned);
    header.tensor(name, source.shape(), type, planned.bytes());
  }

  /** Length of the file. */
  long bytes() {
    return header.toBytes().length + header.dataBytes();
  }

  /**
   * Writes the file and brings it to the disk.
   *
   * @param written told of bytes as they are written
   * @throws IOException where source or target fail
   * @throws ModelLoadException where a value cannot be represented
   */
  void write(Path file, LongConsumer written) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer start = ByteBuffer.wrap(header.toBytes());
      written.accept(start.remaining());
      writeFully(channel, start);
      float[] values = new float[CHUNK_ELEMENTS];
      ByteBuffer out = ByteBuffer.allocateDirect(4 * CHUNK_ELEMENTS).order(ByteOrder.LITTLE_ENDIAN);
      for (Planned tensor : tensors) {
        write(channel, tensor, values, out, written);
      }
      channel.force(true);
    }
  }

  private void write(
      FileChannel channel, Planned tensor, float[] values, ByteBuffer out, LongConsumer written)
      throws IOException {
    long elements = tensor.source().elements();
    for (long done = 0; done < elements; done += CHUNK_ELEMENTS) {
      int count = (int) Math.min(CHUNK_ELEMENTS, elements - done);
      tensor.source().read(done, values, count);
      count(tensor.source().name(), values, count);
      encode(tensor, values, count, out.clear());
      written.accept(out.flip().remaining());
      writeFully(channel, out);
    }
    int padding = (int) (GgufHeader.aligned(tensor.bytes()) - tensor.bytes());
    written.accept(padding);
    writeFully(channel, ByteBuffer.allocate(padding));
  }

  private void count(String name, float[] values, int count) {
    long bad = 0;
    for (int i = 0; i < count; i++) {
      bad += Float.isFinite(values[i]) ? 0 : 1;
    }
    if (bad > 0) {
      nonFinite.merge(name, bad, Long::sum);
    }
  }

  /** After writing: values that are no finite numbers, of the tensors that hold any. */
  Map<String, Long> nonFinite() {
    return nonFinite;
  }

  private static void encode(Planned tensor, float[] values, int count, ByteBuffer out) {
    try {
      GgmlEncoder.encode(tensor.type(), values, count, out);
    } catch (GgmlEncoder.RangeException e) {
      throw new ModelLoadException(
          tensor.source().file(),
          tensor.source().name(),
          String.valueOf(e.getMessage()),
          e.remedy(),
          e);
    }
  }

  private static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }
}
