package io.fovea.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** A text from a file or from standard input, in UTF-8. */
final class TextInput {
  /** The name of standard input. */
  static final String STANDARD = "-";

  private static final int MAX_BYTES = 64 << 20; // answers have some thousands
  private static final char BYTE_ORDER_MARK = '\uFEFF';

  private TextInput() {}

  /**
   * The whole text, without a byte-order mark.
   *
   * @param source a file as people give it, or {@link #STANDARD}
   * @throws CommandFailure where it cannot be read or is not UTF-8
   */
  static String read(String source, InputStream standard) {
    String name = source.equals(STANDARD) ? "standard input" : source;
    try {
      byte[] content = bytes(source, standard);
      if (content.length > MAX_BYTES) {
        throw new CommandFailure(name + " has more than 64 MiB", "give it in parts");
      }
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString();
      return !text.isEmpty() && text.charAt(0) == BYTE_ORDER_MARK ? text.substring(1) : text;
    } catch (CharacterCodingException e) {
      throw new CommandFailure(name + " is not UTF-8", "convert it, for example with iconv", e);
    } catch (NoSuchFileException e) {
      throw new CommandFailure(name + " does not exist", "name the file with the text", e);
    } catch (IOException e) {
      throw new CommandFailure(
          "cannot read " + name + ": " + e.getMessage(), "name the file with the text", e);
    }
  }

  private static byte[] bytes(String source, InputStream standard) throws IOException {
    if (source.equals(STANDARD)) {
      return standard.readNBytes(MAX_BYTES + 1);
    }
    Path file = PathArgument.of(source);
    try (InputStream in = Files.newInputStream(file)) {
      return in.readNBytes(MAX_BYTES + 1);
    }
  }
}
