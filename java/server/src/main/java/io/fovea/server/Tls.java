package io.fovea.server;

import java.nio.file.Path;

/** Where certificate and key of a server are. */
public sealed interface Tls {
  /**
   * Two PEM files.
   *
   * @param certificate the server's own first, then those above it
   * @param key of the server's certificate, PKCS#8, not encrypted
   */
  record Pem(Path certificate, Path key) implements Tls {}

  /**
   * A keystore: PKCS#12 ({@code .p12}, {@code .pfx}), or JKS for any other name.
   *
   * @param password of the keystore and its key
   */
  record Keystore(Path file, String password) implements Tls {
    /** Without the password. */
    @Override
    public String toString() {
      return "Keystore[" + file + "]";
    }
  }
}
