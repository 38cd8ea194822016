package io.fovea.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.PrintStream;

/**
 * Where a command reads and writes.
 *
 * @param out results and nothing else, UTF-8
 * @param err errors and progress, UTF-8
 * @param showsProgress whether {@code err} is a screen that progress bars can be drawn on
 * @param interactive whether somebody types into {@code in}, so that a prompt is wanted
 */
record Terminal(
    InputStream in, PrintStream out, PrintStream err, boolean showsProgress, boolean interactive) {
  /**
   * System property: the streams that are terminals, such as {@code in,err}. Set by the launcher.
   */
  static final String SCREENS_PROPERTY = "fovea.terminal";

  /** The process's own streams. */
  static Terminal ofProcess() {
    String screens = System.getProperty(SCREENS_PROPERTY, "");
    return new Terminal(
        System.in,
        utf8(FileDescriptor.out),
        utf8(FileDescriptor.err),
        screens.contains("err"),
        screens.contains("in") && screens.contains("err"));
  }

  private static PrintStream utf8(FileDescriptor descriptor) {
    return new ResultStream(new FileOutputStream(descriptor));
  }
}
