package io.fovea.server;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toList;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** Sends bytes as they are, and tells what comes back. */
final class RawClient {
  private static final int HANG_MILLIS = 30_000;
  private final int port;

  private RawClient(int port) {
    this.port = port;
  }

  static RawClient of(TestServer server) {
    return at(server.server.uri().getPort());
  }

  static RawClient at(int port) {
    return new RawClient(port);
  }

  /**
   * An answer, read as a whole.
   *
   * @param body in UTF-8
   */
  record Answer(int status, HttpHeaders headers, String body) {}

  /** The answer to a request, after which the server closes. */
  Answer answer(String request) {
    try (Socket socket = connect()) {
      write(socket, request);
      String whole = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      String[] parts = whole.split("\r\n\r\n", 2);
      List<String> head = parts[0].lines().toList();
      Map<String, List<String>> headers =
          head.stream()
              .skip(1)
              .map(line -> line.split(": *", 2))
              .collect(groupingBy(pair -> pair[0], mapping(pair -> pair[1], toList())));
      return new Answer(
          Integer.parseInt(head.get(0).split(" ")[1]),
          HttpHeaders.of(headers, (name, value) -> true),
          parts[1]);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
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
