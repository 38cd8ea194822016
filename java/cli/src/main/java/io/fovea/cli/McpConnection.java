package io.fovea.cli;

import static io.modelcontextprotocol.spec.McpSchema.ErrorCodes.INTERNAL_ERROR;
import static io.modelcontextprotocol.spec.McpSchema.ErrorCodes.INVALID_REQUEST;
import static io.modelcontextprotocol.spec.McpSchema.METHOD_PING;
import static java.util.Objects.requireNonNull;

import io.modelcontextprotocol.json.McpJsonMapper;
import io.modelcontextprotocol.json.TypeRef;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCNotification;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCRequest;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse;
import io.modelcontextprotocol.spec.McpServerSession;
import io.modelcontextprotocol.spec.McpServerTransport;
import io.modelcontextprotocol.spec.McpServerTransportProvider;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;

/**
 * One assistant on two streams, a message on each line. Each request is work of its own, which can
 * be cancelled: the thread that works is interrupted, which ends what it waits for in the engine
 * within a step, and there is no response. The SDK's own transport cannot do that, and ends a
 * session for good at a message that it does not understand.
 */
final class McpConnection implements McpServerTransportProvider {
  private static final Logger LOG = LoggerFactory.getLogger(McpConnection.class);
  private static final String CANCELLED = "notifications/cancelled";

  private final McpJsonMapper mapper;
  private final McpMessages messages;
  private final McpGate gate;
  private final int longest;
  private final McpLines lines;
  private final PrintStream out;
  private final Map<Object, Disposable> running = new ConcurrentHashMap<>(); // by id
  private final CountDownLatch ended = new CountDownLatch(1);
  private @Nullable McpServerSession session;

  /**
   * Over the process's streams.
   *
   * @param longest bytes of a message that is read
   */
  McpConnection(
      McpJsonMapper mapper,
      McpMessages messages,
      McpGate gate,
      int longest,
      InputStream in,
      PrintStream out) {
    this.mapper = mapper;
    this.messages = messages;
    this.gate = gate;
    this.longest = longest;
    lines = new McpLines(in, longest);
    this.out = out;
  }

  @Override
  public void setSessionFactory(McpServerSession.Factory factory) {
    session = factory.create(new Transport());
  }

  /**
   * Serves until the input ends, nobody reads the output any more, or the SDK ends the session.
   * What is running then is cancelled.
   */
  void serve() {
    Thread reader = new Thread(this::readAll, "fovea-mcp");
    reader.setDaemon(true); // reading cannot be interrupted
    reader.start();
    try {
      ended.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    running.keySet().forEach(this::cancel);
  }

  private void readAll() {
    try {
      byte[] line = lines.next();
      for (; line != null && ended.getCount() > 0; line = lines.next()) {
        receive(line);
      }
    } catch (IOException e) {
      LOG.warn("the input cannot be read any more", e);
    } finally {
      ended.countDown();
    }
  }

  private void receive(byte[] line) {
    try {
      if (line.length > longest) {
        throw new McpRefusal(
            INVALID_REQUEST,
            null,
            "the message has more than " + longest + " bytes",
            "give a picture by its path");
      }
      if (!isBlank(line)) {
        handle(messages.read(line));
      }
    } catch (McpRefusal e) {
      refuse(e.code(), e.id(), String.valueOf(e.getMessage()));
    } catch (RuntimeException | Error e) { // such as no memory for it: the next may do
      LOG.error("a message could not be handled", e);
      refuse(INTERNAL_ERROR, null, "internal error: " + e);
    }
  }

  private static boolean isBlank(byte[] line) {
    for (byte each : line) {
      if (each != ' ' && each != '\t' && each != '\r') {
        return false;
      }
    }
    return true;
  }

  private void handle(@Nullable JSONRPCMessage message) throws McpRefusal {
    if (message instanceof JSONRPCRequest request) {
      gate.admit(request);
      start(request);
    } else if (message instanceof JSONRPCNotification notification) {
      if (notification.method().equals(CANCELLED)) {
        cancelled(notification);
      } else if (gate.admits(notification)) {
        session().handle(notification).subscribe(none -> {}, e -> LOG.warn("{}", notification, e));
      }
    }
  }

  private McpServerSession session() {
    return requireNonNull(session, "the server has been built");
  }

  private void start(JSONRPCRequest request) throws McpRefusal {
    Object id = request.id();
    Disposable.Swap work = Disposables.swap();
    if (running.putIfAbsent(id, work) != null) {
      throw new McpRefusal(
          INVALID_REQUEST, null, "id " + id + " is that of another request", "number them anew");
    }
    if (request.method().equals(METHOD_PING)) { // the SDK answers none before the session begins
      respond(JSONRPCResponse.result(id, Map.of()), work);
      return;
    }
    work.update(
        session()
            .handle(request)
            .contextWrite(context -> context.put(Disposable.class, work))
            .subscribe(
                none -> {},
                e -> failed(id, work, e),
                () -> failed(id, work, new IllegalStateException("no response"))));
  }

  /** Answers a request that has ended without a response, unless it has been cancelled. */
  private void failed(Object id, Disposable work, Throwable error) {
    if (running.remove(id, work)) {
      LOG.error("request {} has failed", id, error);
      refuse(INTERNAL_ERROR, (Serializable) id, "internal error: " + error);
    }
  }

  private void cancelled(JSONRPCNotification notification) {
    Object params = notification.params();
    Object id = params instanceof Map<?, ?> map ? McpMessages.id(map.get("requestId")) : null;
    if (id != null) {
      cancel(id);
    }
  }

  private void cancel(Object id) {
    Disposable work = running.remove(id);
    if (work != null) {
      work.dispose();
    }
  }

  /** Answers a request, unless it has been cancelled; the next may have its id. */
  private void respond(JSONRPCResponse response, Disposable work) {
    byte[] line = json(response);
    if (running.remove(response.id(), work)) {
      write(line);
    }
  }

  private void refuse(int code, @Nullable Serializable id, String message) {
    Map<String, Object> response = new LinkedHashMap<>();
    response.put("jsonrpc", "2.0");
    response.put("id", id); // the SDK's responses leave a null out, which JSON-RPC wants there
    response.put("error", Map.of("code", code, "message", message));
    write(json(response));
  }

  private byte[] json(Object message) {
    try {
      return mapper.writeValueAsBytes(message);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void write(byte[] line) {
    synchronized (out) {
      out.write(line, 0, line.length);
      out.write('\n');
      out.flush();
    }
    if (out.checkError()) {
      ended.countDown();
    }
  }

  @Override
  public Mono<Void> notifyClients(String method, Object params) {
    return session().sendNotification(method, params);
  }

  @Override
  public Mono<Void> closeGracefully() {
    return session().closeGracefully();
  }

  /** How the SDK sends. */
  private final class Transport implements McpServerTransport {
    @Override
    public Mono<Void> sendMessage(JSONRPCMessage message) {
      return Mono.deferContextual(
          context -> {
            if (message instanceof JSONRPCResponse response) {
              respond(response, context.get(Disposable.class));
            } else {
              write(json(message));
            }
            return Mono.empty();
          });
    }

    @Override
    public <T> T unmarshalFrom(Object data, TypeRef<T> type) {
      return mapper.convertValue(data, type);
    }

    @Override
    public Mono<Void> closeGracefully() {
      return Mono.fromRunnable(ended::countDown);
    }
  }
}
