package io.fovea.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.ByteArrayOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The two streams of a session, between the assistant and the SDK, which ends a session at a line
 * that is no JSON and forgets what is being answered when the input ends. Such lines are answered
 * here, and the end is passed on when every request has its response. Messages are lines in both
 * directions.
 */
final class McpStreams {
  private static final int PARSE_ERROR = -32700; // of JSON-RPC, as the next
  private static final int INVALID_REQUEST = -32600;
  private static final long PATIENCE_SECONDS = 60; // for responses after the end of the input

  private final JsonFactory json;
  private final int longest;
  private final InputStream in;
  private final OutputStream out;
  private final CountDownLatch ended = new CountDownLatch(1);
  private int unanswered;

  /**
   * Over the process's streams.
   *
   * @param longest bytes of a line that is read
   */
  McpStreams(JsonFactory json, int longest, InputStream in, OutputStream out) {
    this.json = json;
    this.longest = longest;
    this.in = in;
    this.out = out;
  }

  /** Complete messages that are JSON. */
  InputStream input() {
    return new Messages();
  }

  OutputStream output() {
    return new Responses(out);
  }

  /** Waits for the end of the input and the responses to all that came before. */
  void await() throws InterruptedException {
    ended.await();
  }

  private final class Messages extends InputStream {
    private byte[] line = {};
    private int read;

    @Override
    public int read() throws IOException {
      return available() == 0 && !next() ? -1 : line[read++] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int from, int count) throws IOException {
      if (available() == 0 && !next()) {
        return -1;
      }
      int length = Math.min(count, available());
      System.arraycopy(line, read, bytes, from, length);
      read += length;
      return length;
    }

    @Override
    public int available() {
      return line.length - read;
    }

    private boolean next() throws IOException {
      do {
        byte[] next = ended.getCount() == 0 ? new byte[0] : nextMessage();
        line = next;
        read = 0;
      } while (line.length == 0 && ended.getCount() > 0);
      return line.length > 0;
    }
  }

  /** The next line with its end; empty where it has been answered here, or the input has ended. */
  private byte[] nextMessage() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    long length = 0;
    int next = in.read();
    for (; next >= 0 && next != '\n'; next = in.read()) {
      if (length++ < longest) {
        line.write(next);
      }
    }
    if (next < 0 && length == 0) {
      end();
      return new byte[0];
    }
    if (length > longest) {
      refuse(INVALID_REQUEST, "the message has more than " + longest + " bytes");
      return new byte[0];
    }
    line.write('\n');
    return length == 0 || line.toString(StandardCharsets.UTF_8).isBlank()
        ? new byte[0]
        : checked(line.toByteArray());
  }

  private byte[] checked(byte[] line) throws IOException {
    boolean request;
    try {
      request = isRequest(line);
    } catch (IOException e) {
      refuse(PARSE_ERROR, "the message is not a JSON object");
      return new byte[0];
    }
    if (request) {
      synchronized (this) {
        unanswered++;
      }
    }
    return line;
  }

  /**
   * Whether an object has a method and an id, which makes it a request: there will be a response.
   */
  private boolean isRequest(byte[] line) throws IOException {
    boolean method = false;
    boolean id = false;
    try (JsonParser parser = json.createParser(line)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new IOException("no object");
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        method |= parser.currentName().equals("method");
        id |= parser.currentName().equals("id");
        parser.nextToken();
        parser.skipChildren();
      }
      if (parser.nextToken() != null) {
        throw new IOException("more than an object");
      }
    }
    return method && id;
  }

  private void refuse(int code, String message) throws IOException {
    String response =
        "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":"
            + code
            + ",\"message\":\""
            + message
            + "\"}}\n";
    synchronized (out) {
      out.write(response.getBytes(StandardCharsets.UTF_8));
      out.flush();
    }
  }

  private synchronized void end() {
    long last = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    try {
      while (unanswered > 0 && System.nanoTime() < last) {
        wait(100);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    ended.countDown();
  }

  /** Whole lines only are passed on, so that none comes into another; they count as responses. */
  private final class Responses extends FilterOutputStream {
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();

    Responses(OutputStream out) {
      super(out);
    }

    @Override
    public synchronized void write(int b) throws IOException {
      line.write(b);
      if (b == '\n') {
        synchronized (McpStreams.this.out) {
          line.writeTo(out);
          out.flush();
        }
        line.reset();
        answered();
      }
    }

    @Override
    public synchronized void write(byte[] bytes, int from, int count) throws IOException {
      for (int i = from; i < from + count; i++) {
        write(bytes[i]);
      }
    }
  }

  private synchronized void answered() {
    unanswered--;
    notifyAll();
  }
}
