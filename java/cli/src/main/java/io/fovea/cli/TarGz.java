package io.fovea.cli;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;

/**
 * Writes a folder as .tar.gz in POSIX ustar; owners and times are left out, so equal folders give
 * equal files.
 */
final class TarGz {
  private static final int BLOCK = 512;
  private static final int NAME = 100; // bytes of the header's name; its prefix has 155
  private static final int PREFIX = 155;
  private static final long TIME = 1767225600; // 2026-01-01, that of the jars

  private final OutputStream out;

  private TarGz(OutputStream out) {
    this.out = out;
  }

  /**
   * Writes it.
   *
   * @param folder whose contents are written
   * @param name that the folder has in the archive
   */
  static void write(Path folder, String name, Path archive) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.walk(folder)) {
      files = all.sorted().toList();
    }
    try (OutputStream out =
        new BufferedOutputStream(new GZIPOutputStream(Files.newOutputStream(archive)), 1 << 16)) {
      TarGz tar = new TarGz(out);
      for (Path file : files) {
        String rest = folder.relativize(file).toString();
        tar.add(file, rest.isEmpty() ? name : name + "/" + rest);
      }
      out.write(new byte[2 * BLOCK]);
    }
  }

  private void add(Path file, String name) throws IOException {
    BasicFileAttributes facts =
        Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    if (facts.isSymbolicLink()) {
      header(name, '2', 0777, 0, Files.readSymbolicLink(file).toString());
    } else if (facts.isDirectory()) {
      header(name + "/", '5', 0755, 0, "");
    } else {
      header(name, '0', Files.isExecutable(file) ? 0755 : 0644, facts.size(), "");
      long written = Files.copy(file, out);
      if (written != facts.size()) {
        throw new IOException(file + " changed while it was read");
      }
      out.write(new byte[(int) (-written & (BLOCK - 1))]);
    }
  }

  private void header(String name, char type, int mode, long size, String link) throws IOException {
    byte[] block = new byte[BLOCK];
    int cut = name.length() <= NAME ? -1 : name.indexOf('/', name.length() - NAME - 1);
    put(block, 0, NAME, name.substring(cut + 1));
    octal(block, 100, 8, mode);
    octal(block, 108, 8, 0);
    octal(block, 116, 8, 0);
    octal(block, 124, 12, size);
    octal(block, 136, 12, TIME);
    put(block, 148, 8, "        "); // the checksum counts as spaces
    block[156] = (byte) type;
    put(block, 157, NAME, link);
    put(block, 257, 8, "ustar\00000");
    put(block, 345, PREFIX, cut < 0 ? "" : name.substring(0, cut));
    int sum = 0;
    for (byte each : block) {
      sum += each & 0xff;
    }
    put(block, 148, 8, String.format(Locale.ROOT, "%06o\0 ", sum));
    out.write(block);
  }

  private static void octal(byte[] block, int at, int width, long value) throws IOException {
    put(block, at, width, String.format(Locale.ROOT, "%0" + (width - 1) + "o", value));
  }

  private static void put(byte[] block, int at, int width, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > width) {
      throw new IOException("'" + text + "' is too long a name for an archive");
    }
    System.arraycopy(bytes, 0, block, at, bytes.length);
  }
}
