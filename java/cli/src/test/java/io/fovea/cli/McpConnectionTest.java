package io.fovea.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.fovea.engine.FoveaEngine;
import io.fovea.prompt.PromptTemplate;
import io.modelcontextprotocol.json.jackson2.JacksonMcpJsonMapper;
import io.modelcontextprotocol.server.McpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How a session ends other than with its input. */
@Timeout(300)
class McpConnectionTest {
  private final PipedOutputStream input = new PipedOutputStream();

  private static boolean ends(Thread thread) throws InterruptedException {
    thread.join(TimeUnit.SECONDS.toMillis(60));
    return !thread.isAlive();
  }

  private McpConnection connection(OutputStream out) throws IOException {
    JsonMapper json = new JsonMapper();
    McpConnection connection =
        new McpConnection(
            new JacksonMcpJsonMapper(json),
            new McpMessages(json),
            new McpGate(json, List.of()),
            1000,
            new PipedInputStream(input),
            new PrintStream(out, true, UTF_8));
    McpServer.sync(connection).serverInfo("test", "1").build();
    return connection;
  }

  @Test
  void itEndsWithTheSessionOfTheSdk() throws Exception {
    McpConnection connection = connection(new ByteArrayOutputStream());
    Thread serving = new Thread(connection::serve);
    serving.start();
    connection.closeGracefully().block();
    assertThat(ends(serving)).isTrue();
  }

  @Test
  void itEndsWhereNobodyReadsTheAnswers() throws Exception {
    OutputStream closed =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("Broken pipe");
          }
        };
    Thread serving = new Thread(connection(closed)::serve);
    serving.start();
    input.write("{}\n".getBytes(UTF_8));
    input.flush();
    assertThat(ends(serving)).isTrue();
  }

  @Test
  void whatHoldsTheModelUpHoldsUpNoEnd() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    try (LoadingEngine engine = new LoadingEngine(() -> late(asked, goOn))) {
      AtomicReference<String> message = new AtomicReference<>();
      Thread waiting = new Thread(() -> message.set(tried(engine)));
      asked.await();
      waiting.start();
      waiting.interrupt();
      assertThat(ends(waiting)).isTrue();
      assertThat(message.get()).contains("interrupted");
    }
    goOn.countDown();
  }

  private static String tried(LoadingEngine engine) {
    try {
      return engine.get().toString();
    } catch (RuntimeException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private static FoveaEngine late(CountDownLatch asked, CountDownLatch goOn) {
    asked.countDown();
    try {
      goOn.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return FoveaEngine.builder()
        .model(BundledModel.directory())
        .promptTemplate(PromptTemplate.BASE)
        .build();
  }
}
