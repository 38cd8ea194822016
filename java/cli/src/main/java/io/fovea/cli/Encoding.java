package io.fovea.cli;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import org.jspecify.annotations.Nullable;

/**
 * Text that a wrong encoding has damaged. The JVM decodes arguments by the locale and puts U+FFFD
 * where that fails; what a model answers to such a question, or what a file of such a name holds,
 * nobody has asked for.
 */
final class Encoding {
  /** What stands where bytes were no text. */
  static final char REPLACEMENT = '\uFFFD';

  private static final String REMEDY =
      "start Java in a UTF-8 locale, such as LC_ALL=C.UTF-8, as ./fovea does";

  private Encoding() {}

  /** What is wrong with the first damaged argument and what to do, or null where all are text. */
  static @Nullable String problem(String... arguments) {
    for (int i = 0; i < arguments.length; i++) {
      if (arguments[i].indexOf(REPLACEMENT) >= 0) {
        return "argument " + (i + 1) + " ('" + arguments[i] + "') " + reason();
      }
    }
    return null;
  }

  /** A name that cannot be a file's, and what to do: another locale, or another name. */
  static CommandFailure badName(InvalidPathException e) {
    boolean locale = e.getInput().chars().anyMatch(c -> c >= 0x80);
    return new CommandFailure(
        "'" + e.getInput() + "' cannot be a file name: " + e.getReason(),
        locale ? REMEDY : "give another",
        e);
  }

  private static String reason() {
    String name = System.getProperty("sun.jnu.encoding", "UTF-8");
    return isUtf8(name)
        ? "is not UTF-8; type it in UTF-8, rename the file, or give it a link of another name"
        : "cannot be read in the locale's encoding, " + name + "; " + REMEDY;
  }

  private static boolean isUtf8(String name) {
    return Charset.isSupported(name) && Charset.forName(name).equals(StandardCharsets.UTF_8);
  }
}
