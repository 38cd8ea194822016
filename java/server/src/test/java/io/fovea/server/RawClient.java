package io.fovea.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;

/** Sends bytes as they are, and tells what comes back. */
final class RawClient {
  private static final int HANG_MILLIS = 30_000;
  private final int port;

  private RawClient(int port) {
    this.port = port;
  }

  static RawClient of(TestServer server) {
    return new RawClient(server.server.uri().getPort());
  }

  Socket connect() {
    try {
      Socket socket = new Socket("127.0.0.1", port);
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(HANG_MILLIS);
      return socket;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void write(Socket socket, String text) throws IOException {
    OutputStream out = socket.getOutputStream();
    out.write(text.getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
  }

  /** The beginning of the answer; empty where the connection is closed without one. */
  String exchange(String request) {
    try (Socket socket = connect()) {
      write(socket, request);
      return head(socket);
    } catch (IOException e) {
      return ""; // reset
    }
  }

  /** What comes first. */
  static String head(Socket socket) throws IOException {
    byte[] buffer = new byte[8192];
    int read = socket.getInputStream().read(buffer);
    return read < 0 ? "" : new String(buffer, 0, read, StandardCharsets.ISO_8859_1);
  }

  /** Waits until the other side closes; fails where it never does. */
  static void awaitClose(Socket socket) throws IOException {
    InputStream in = socket.getInputStream();
    byte[] buffer = new byte[8192];
    try {
      while (in.read(buffer) >= 0) {
        // what it still says
      }
    } catch (SocketTimeoutException e) {
      throw new AssertionError("the connection stays open", e);
    } catch (IOException e) {
      // reset: closed, too
    }
  }
}
