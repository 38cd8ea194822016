package io.fovea.tools.output;

import io.fovea.ModelLoadException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** SHA-256 sums of a directory's files, in the form that {@code sha256sum -c} reads. */
public final class Checksums {
  /** The list's name in a model directory. */
  public static final String FILE = PartDirectory.CHECKSUMS;

  private static final Pattern LINE = Pattern.compile("([0-9a-f]{64})[ ][ *]([^/\\\\]+)");

  private Checksums() {}

  static String of(byte[] content) {
    return HexFormat.of().formatHex(DurableFiles.sha256().digest(content));
  }

  static byte[] format(Map<String, String> sums) {
    StringBuilder text = new StringBuilder();
    sums.forEach((name, sum) -> text.append(sum).append("  ").append(name).append('\n'));
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  /**
   * The recorded sums of {@code directory} by file name.
   *
   * @throws ModelLoadException where the list is not of that form
   */
  public static Map<String, String> read(Path directory) throws IOException {
    Path file = directory.resolve(FILE);
    Map<String, String> sums = new LinkedHashMap<>();
    for (String line : Files.readAllLines(file)) {
      Matcher matcher = LINE.matcher(line);
      if (!matcher.matches()) {
        throw new ModelLoadException(
            file, "line " + (sums.size() + 1), "is not a checksum and a name", "remove the file");
      }
      sums.put(matcher.group(2), matcher.group(1));
    }
    return sums;
  }

  /** The sum of a file as it is now. */
  public static String compute(Path file) throws IOException {
    return DurableFiles.sha256(file);
  }
}
