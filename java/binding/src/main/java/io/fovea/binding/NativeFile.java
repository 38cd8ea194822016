package io.fovea.binding;

import java.nio.file.Path;

/** Opens libraries for the class loader of this module's native methods. */
public final class NativeFile {
  private NativeFile() {}

  /**
   * Opens this very file: no other place is searched. From JDK 24 on it is this module that needs
   * leave to call native code, as it does for its native methods anyway.
   *
   * @throws UnsatisfiedLinkError in the dynamic linker's own words
   */
  public static void open(Path file) {
    System.load(file.toAbsolutePath().toString());
  }
}
