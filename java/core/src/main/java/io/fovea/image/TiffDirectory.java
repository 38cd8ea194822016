package io.fovea.image;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import javax.imageio.IIOException;

/**
 * The first directory of a TIFF file (TIFF 6.0, 2), or of EXIF data, which have the same form.
 *
 * @param file from its byte order on
 */
record TiffDirectory(FileBytes file, boolean little, int at, int entries) {
  private static final int ENTRY_BYTES = 12;
  private static final int MOST_DIRECTORIES = 10_000;
  private static final int BYTE = 1;
  private static final int ASCII = 2;
  private static final int SHORT = 3;
  private static final int LONG = 4;
  private static final int UNDEFINED = 7;

  /**
   * Finds the directory.
   *
   * @throws IIOException where there is none
   */
  static TiffDirectory read(FileBytes file) throws IIOException {
    boolean little = file.has("II*\0", 0);
    if (!little && !file.has("MM\0*", 0)) {
      throw new IIOException("it has no TIFF header");
    }
    long at = little ? file.u32Little(4) : file.u32(4);
    if (at > file.length()) {
      throw new IIOException("the file is truncated: its directory is at byte " + at);
    }
    int begin = (int) at;
    return new TiffDirectory(file, little, begin, little ? file.u16Little(begin) : file.u16(begin));
  }

  /** The tag's numbers, 16 or 32 bits each; none where it is missing or of another type. */
  long[] values(int tag) throws IIOException {
    int entry = entry(tag);
    int type = entry < 0 ? 0 : u16(entry + 2);
    return type == SHORT || type == LONG ? values(entry, type == SHORT ? 2 : 4) : new long[0];
  }

  /** Place of the tag's entry, or -1. */
  private int entry(int tag) throws IIOException {
    for (int i = 0; i < entries; i++) {
      int entry = at + 2 + i * ENTRY_BYTES;
      if (u16(entry) == tag) {
        return entry;
      }
    }
    return -1;
  }

  private long[] values(int entry, int bytes) throws IIOException {
    long count = u32(entry + 4);
    long from = count * bytes <= 4 ? entry + 8L : u32(entry + 8);
    if (count * bytes > file.length() || from > file.length() - count * bytes) {
      throw new IIOException("the file is truncated: a tag reaches past its end");
    }
    long[] values = new long[(int) count];
    for (int i = 0; i < values.length; i++) {
      int place = (int) from + bytes * i;
      values[i] = bytes == 2 ? u16(place) : u32(place);
    }
    return values;
  }

  /** The tag's first number, or {@code otherwise} where it is missing. */
  long value(int tag, long otherwise) throws IIOException {
    long[] values = values(tag);
    return values.length == 0 ? otherwise : values[0];
  }

  /** The tag's bytes as Latin-1; empty where it is missing, of another type or cut off. */
  String text(int tag) throws IIOException {
    int entry = entry(tag);
    int type = entry < 0 ? 0 : u16(entry + 2);
    long count = entry < 0 ? 0 : u32(entry + 4);
    long from = count <= 4 ? entry + 8L : u32(entry + 8);
    boolean known = type == BYTE || type == ASCII || type == UNDEFINED;
    if (!known || count > file.length() || from > file.length() - count) {
      return "";
    }
    return new String(file.bytes(), (int) from, (int) count, StandardCharsets.ISO_8859_1);
  }

  /** Whether the tag is there. */
  boolean has(int tag) throws IIOException {
    return entry(tag) >= 0;
  }

  /** Place of the low byte of a tag's only number of 16 bits, from the file's begin; or -1. */
  int place(int tag) throws IIOException {
    int entry = entry(tag);
    return entry < 0 || u16(entry + 2) != SHORT ? -1 : entry + (little ? 8 : 9);
  }

  /** How many directories follow one another from this one on; damage and circles end the chain. */
  int chain() {
    Set<Long> seen = new HashSet<>();
    try {
      long place = at;
      while (place > 0
          && place < file.length()
          && seen.size() < MOST_DIRECTORIES
          && seen.add(place)) {
        place = u32((int) place + 2 + u16((int) place) * ENTRY_BYTES);
      }
    } catch (IIOException damaged) {
      return seen.size();
    }
    return seen.size();
  }

  private int u16(int place) throws IIOException {
    return little ? file.u16Little(place) : file.u16(place);
  }

  private long u32(int place) throws IIOException {
    return little ? file.u32Little(place) : file.u32(place);
  }
}
