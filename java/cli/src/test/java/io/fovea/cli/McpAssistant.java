package io.fovea.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.fovea.engine.EngineListener;
import io.fovea.engine.FoveaEngine;
import io.fovea.prompt.PromptTemplate;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A session in this process with the bundled model, and its assistant, who writes bare lines. */
final class McpAssistant implements AutoCloseable {
  static final Path PICTURES = BundledModel.directory().resolve("demo");

  private static final int PIPE = 1 << 16; // bytes
  private static final long PATIENCE = 60; // seconds

  final FoveaEngine engine;
  final BlockingQueue<JsonNode> received = new LinkedBlockingQueue<>();
  private final PipedOutputStream in = new PipedOutputStream();
  private final Thread server;

  McpAssistant(EngineListener listener) throws IOException {
    engine =
        FoveaEngine.builder()
            .model(BundledModel.directory())
            .promptTemplate(PromptTemplate.BASE)
            .listener(listener)
            .build();
    AllowedFolders folders = AllowedFolders.of(List.of(PICTURES));
    McpTools tools =
        new McpTools(new LoadingEngine(() -> engine), folders, new DecoderFlags().decoder());
    PipedInputStream input = new PipedInputStream(in, PIPE);
    PrintStream out = new PrintStream(new Received(), true, UTF_8);
    server = new Thread(() -> McpSession.run(tools, input, out), "server");
    server.start();
  }

  /** Takes the server's lines apart. */
  private final class Received extends OutputStream {
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();

    @Override
    public void write(int b) throws IOException {
      line.write(b);
      if (b == '\n') {
        received.add(new JsonMapper().readTree(line.toByteArray()));
        line.reset();
      }
    }
  }

  /** Begins the session. */
  McpAssistant greet() throws Exception {
    send(
        "{'jsonrpc':'2.0','id':'greet','method':'initialize','params':{'protocolVersion':"
            + "'2025-06-18','capabilities':{},'clientInfo':{'name':'test','version':'1'}}}");
    response("greet");
    send("{'jsonrpc':'2.0','method':'notifications/initialized'}");
    return this;
  }

  /** Sends a line with ' for ". */
  void send(String line) throws IOException {
    send(line.replace('\'', '"').getBytes(UTF_8));
  }

  void send(byte[] line) throws IOException {
    in.write(line);
    in.write('\n');
    in.flush();
  }

  void call(int id, String tool, String arguments) throws IOException {
    send(
        "{'jsonrpc':'2.0','id':%d,'method':'tools/call','params':{'name':'%s','arguments':%s}}"
            .formatted(id, tool, arguments));
  }

  /** The next message. */
  JsonNode next() throws InterruptedException {
    return requireNonNull(received.poll(PATIENCE, TimeUnit.SECONDS), "no message");
  }

  /** The response to a request; what comes before is let go. */
  JsonNode response(String id) throws InterruptedException {
    JsonNode message = next();
    while (!message.path("id").asText().equals(id)) {
      message = next();
    }
    return message;
  }

  /** Ends the input and tells whether the session ends. */
  boolean hangUp() throws Exception {
    in.close();
    server.join(TimeUnit.SECONDS.toMillis(PATIENCE));
    return !server.isAlive();
  }

  @Override
  public void close() throws IOException {
    in.close();
    engine.close();
  }
}
