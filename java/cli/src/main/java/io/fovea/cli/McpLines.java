package io.fovea.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** The lines of a stream; of one that is too long no more is kept than tells that. */
final class McpLines {
  private final InputStream in;
  private final int longest;

  /**
   * From a stream.
   *
   * @param longest bytes of a line that is wanted whole
   */
  McpLines(InputStream in, int longest) {
    this.in = in;
    this.longest = longest;
  }

  /** The next line without its end, of a longer one {@code longest + 1} bytes; null at the end. */
  byte @Nullable [] next() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    int next = in.read();
    if (next < 0) {
      return null;
    }
    for (; next >= 0 && next != '\n'; next = in.read()) {
      if (line.size() <= longest) {
        line.write(next);
      }
    }
    return line.toByteArray();
  }
}
