package io.fovea.cli;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A shared library or program in ELF, 64 bits, little-endian, of which only the needs are read. */
final class SharedObject {
  private static final int MAGIC = 0x464c457f; // "\x7fELF"
  private static final int CLASS_64_LITTLE = 0x0102; // EI_CLASS 2, EI_DATA 1
  private static final int LOAD = 1; // PT_LOAD
  private static final int DYNAMIC = 2; // PT_DYNAMIC
  private static final long NEEDED = 1; // DT_NEEDED
  private static final long STRINGS = 5; // DT_STRTAB

  private final ByteBuffer file;

  private SharedObject(byte[] bytes) {
    file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** A part of the file, and where it lies in memory. */
  private record Segment(int type, int offset, long address, long size) {}

  /** The names of libraries that it needs; none where the file is of another kind. */
  static List<String> needs(Path file) throws IOException {
    SharedObject object = new SharedObject(Files.readAllBytes(file));
    try {
      return object.isElf() ? object.needs() : List.of();
    } catch (BufferUnderflowException | IndexOutOfBoundsException e) {
      throw new IOException(file + " is a damaged library", e);
    }
  }

  private boolean isElf() {
    return file.limit() >= 64 && file.getInt(0) == MAGIC && file.getShort(4) == CLASS_64_LITTLE;
  }

  private List<String> needs() {
    List<Segment> segments = segments();
    List<Long> names = new ArrayList<>();
    long strings = 0;
    for (Segment segment : segments) {
      if (segment.type() == DYNAMIC) {
        int end = segment.offset() + (int) segment.size();
        for (int at = segment.offset(); at < end && file.getLong(at) != 0; at += 16) {
          if (file.getLong(at) == NEEDED) {
            names.add(file.getLong(at + 8));
          } else if (file.getLong(at) == STRINGS) {
            strings = file.getLong(at + 8);
          }
        }
      }
    }
    int table = names.isEmpty() ? 0 : inFile(strings, segments);
    return names.stream().map(name -> string((int) (table + name))).toList();
  }

  /** Program headers: e_phoff, e_phentsize and e_phnum of the ELF header. */
  private List<Segment> segments() {
    List<Segment> segments = new ArrayList<>();
    int at = (int) file.getLong(32);
    int size = Short.toUnsignedInt(file.getShort(54));
    for (int i = Short.toUnsignedInt(file.getShort(56)); i > 0; i--, at += size) {
      segments.add(
          new Segment(
              file.getInt(at),
              (int) file.getLong(at + 8),
              file.getLong(at + 16),
              file.getLong(at + 32)));
    }
    return segments;
  }

  private static int inFile(long address, List<Segment> segments) {
    for (Segment each : segments) {
      if (each.type() == LOAD
          && address >= each.address()
          && address < each.address() + each.size()) {
        return (int) (each.offset() + address - each.address());
      }
    }
    throw new IndexOutOfBoundsException("no segment has its names");
  }

  private String string(int at) {
    int end = at;
    while (file.get(end) != 0) {
      end++;
    }
    return new String(file.array(), at, end - at, StandardCharsets.US_ASCII);
  }
}
