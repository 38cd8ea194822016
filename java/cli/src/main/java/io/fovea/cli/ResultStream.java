package io.fovea.cli;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Text output in UTF-8 that remembers why a write failed; a PrintStream only knows that. */
final class ResultStream extends PrintStream {
  private static final String CLOSED_PIPE = "Broken pipe"; // strerror(EPIPE)

  private final Target target;

  private static final class Target extends FilterOutputStream {
    private @Nullable IOException failure;

    Target(OutputStream out) {
      super(out);
    }

    @Override
    public void write(byte[] bytes, int from, int count) throws IOException {
      try {
        out.write(bytes, from, count);
      } catch (IOException e) {
        failure = failure == null ? e : failure;
        throw e;
      }
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }
  }

  ResultStream(OutputStream out) {
    this(new Target(out));
  }

  private ResultStream(Target target) {
    super(target, true, StandardCharsets.UTF_8);
    this.target = target;
  }

  /** Why the first failed write failed; null where none did, or nothing is known. */
  @Nullable String failure() {
    return target.failure == null ? null : target.failure.getMessage();
  }

  /** Whether the reader has gone, as {@code head} does: no fault that anybody wants to read of. */
  boolean readerHasGone() {
    return CLOSED_PIPE.equals(failure());
  }
}
