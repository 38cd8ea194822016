package io.fovea.tools.pickle;

import io.fovea.ModelLoadException;
import io.fovea.tools.source.BinaryFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Where the members of a zip file lie (PKWARE's APPNOTE 6.3, with the 64-bit extension). Only
 * members stored as they are can be read in place; PyTorch writes no others.
 */
final class ZipDirectory {
  private static final int END_SIGNATURE = 0x06054b50;
  private static final int END64_SIGNATURE = 0x06064b50;
  private static final int LOCATOR64_SIGNATURE = 0x07064b50;
  private static final int ENTRY_SIGNATURE = 0x02014b50;
  private static final int LOCAL_SIGNATURE = 0x04034b50;
  private static final int END_BYTES = 22;
  private static final int MAX_COMMENT_BYTES = 0xffff;
  private static final int LOCATOR64_BYTES = 20;
  private static final int END64_BYTES = 56;
  private static final int ENTRY_BYTES = 46;
  private static final int LOCAL_BYTES = 30;
  private static final int EXTRA_ZIP64 = 1;
  private static final long IN_EXTRA = 0xffffffffL;
  private static final long MAX_DIRECTORY_BYTES = 16 << 20;

  private static final String DAMAGED = "the file is damaged: fetch or write it again";

  /**
   * One file within the archive.
   *
   * @param header where its local header begins
   * @param bytes its length
   * @param stored whether it is neither compressed nor encrypted
   */
  record Member(String name, long header, long bytes, boolean stored) {}

  private record Extent(long offset, long bytes) {}

  private final BinaryFile file;

  private ZipDirectory(BinaryFile file) {
    this.file = file;
  }

  /**
   * Members of the archive by name, in the order of its directory.
   *
   * @throws ModelLoadException where the archive is damaged
   */
  static Map<String, Member> read(BinaryFile file) throws IOException {
    ZipDirectory zip = new ZipDirectory(file);
    return zip.members(zip.extent());
  }

  /**
   * Where the content of {@code member} begins.
   *
   * @throws ModelLoadException where it is compressed, encrypted or not within the file
   */
  static long contentOffset(BinaryFile file, Member member) throws IOException {
    if (!member.stored()) {
      throw new ModelLoadException(
          file.path(),
          member.name(),
          "is compressed or encrypted inside the archive",
          "re-save the file with torch.save, which stores its parts plainly");
    }
    ByteBuffer local = file.read(member.header(), LOCAL_BYTES);
    if (local.getInt(0) != LOCAL_SIGNATURE) {
      throw bad(file, member.name(), "has no header at byte " + member.header());
    }
    long names = (long) u2(local, 26) + u2(local, 28);
    long content = member.header() + LOCAL_BYTES + names;
    if (!file.holds(content, member.bytes())) {
      throw bad(file, member.name(), member.bytes() + " bytes at " + content + " exceed the file");
    }
    return content;
  }

  /** The end record is the last thing in the file but for a comment. */
  private Extent extent() throws IOException {
    int tailBytes = (int) Math.min(file.size(), END_BYTES + MAX_COMMENT_BYTES);
    long tailStart = file.size() - tailBytes;
    ByteBuffer tail = file.read(tailStart, tailBytes);
    for (int at = tailBytes - END_BYTES; at >= 0; at--) {
      if (tail.getInt(at) == END_SIGNATURE && u2(tail, at + 20) == tailBytes - END_BYTES - at) {
        long bytes = u4(tail, at + 12);
        long offset = u4(tail, at + 16);
        boolean is64 = bytes == IN_EXTRA || offset == IN_EXTRA || u2(tail, at + 10) == 0xffff;
        return is64 ? extent64(tailStart + at) : new Extent(offset, bytes);
      }
    }
    throw bad(file, "zip directory", "is missing at the end: the file is truncated");
  }

  private Extent extent64(long end) throws IOException {
    ByteBuffer locator = file.read(end - LOCATOR64_BYTES, LOCATOR64_BYTES);
    if (locator.getInt(0) != LOCATOR64_SIGNATURE) {
      throw bad(file, "zip directory", "lacks its 64-bit locator");
    }
    ByteBuffer record = file.read(locator.getLong(8), END64_BYTES);
    if (record.getInt(0) != END64_SIGNATURE) {
      throw bad(file, "zip directory", "lacks its 64-bit end record");
    }
    return new Extent(record.getLong(48), record.getLong(40));
  }

  private Map<String, Member> members(Extent extent) throws IOException {
    if (extent.bytes() > MAX_DIRECTORY_BYTES || !file.holds(extent.offset(), extent.bytes())) {
      throw bad(
          file,
          "zip directory",
          "its %d bytes at %d do not fit".formatted(extent.bytes(), extent.offset()));
    }
    ByteBuffer directory = file.read(extent.offset(), (int) extent.bytes());
    Map<String, Member> members = new LinkedHashMap<>();
    while (directory.hasRemaining()) {
      Member member = next(directory);
      if (members.put(member.name(), member) != null) {
        throw bad(file, "zip directory", "lists '" + member.name() + "' twice");
      }
    }
    return members;
  }

  private Member next(ByteBuffer directory) {
    int at = directory.position();
    if (directory.remaining() < ENTRY_BYTES || directory.getInt(at) != ENTRY_SIGNATURE) {
      throw bad(file, "zip directory", "has no entry at its byte " + at);
    }
    int nameBytes = u2(directory, at + 28);
    int extraBytes = u2(directory, at + 30);
    int entryBytes = ENTRY_BYTES + nameBytes + extraBytes + u2(directory, at + 32);
    if (entryBytes > directory.remaining()) {
      throw bad(file, "zip directory", "ends within the entry at its byte " + at);
    }
    String name =
        StandardCharsets.UTF_8.decode(directory.slice(at + ENTRY_BYTES, nameBytes)).toString();
    ByteBuffer extra = directory.slice(at + ENTRY_BYTES + nameBytes, extraBytes);
    ByteBuffer wide = zip64(extra.order(ByteOrder.LITTLE_ENDIAN));
    // The 64-bit extra field holds, in this order, those of the three that do not fit here.
    long bytes = wide(name, u4(directory, at + 24), wide);
    long packed = wide(name, u4(directory, at + 20), wide);
    long header = wide(name, u4(directory, at + 42), wide);
    boolean plain = u2(directory, at + 10) == 0 && (u2(directory, at + 8) & 1) == 0;
    directory.position(at + entryBytes);
    return new Member(name, header, bytes, plain && packed == bytes);
  }

  private long wide(String name, long value, ByteBuffer wide) {
    if (value != IN_EXTRA) {
      return value;
    }
    if (wide.remaining() < Long.BYTES) {
      throw bad(file, name, "lacks its 64-bit size or offset");
    }
    return wide.getLong();
  }

  private static ByteBuffer zip64(ByteBuffer extra) {
    while (extra.remaining() >= 4) {
      int id = u2(extra, extra.position());
      int bytes = Math.min(u2(extra, extra.position() + 2), extra.remaining() - 4);
      ByteBuffer content = extra.slice(extra.position() + 4, bytes).order(ByteOrder.LITTLE_ENDIAN);
      if (id == EXTRA_ZIP64) {
        return content;
      }
      extra.position(extra.position() + 4 + bytes);
    }
    return ByteBuffer.allocate(0);
  }

  private static int u2(ByteBuffer buffer, int at) {
    return buffer.getShort(at) & 0xffff;
  }

  private static long u4(ByteBuffer buffer, int at) {
    return buffer.getInt(at) & 0xffffffffL;
  }

  private static ModelLoadException bad(BinaryFile file, String field, String problem) {
    return new ModelLoadException(file.path(), field, problem, DAMAGED);
  }
}
