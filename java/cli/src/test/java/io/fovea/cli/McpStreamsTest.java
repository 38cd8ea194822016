package io.fovea.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import org.junit.jupiter.api.Test;

class McpStreamsTest {
  private static final String NOTE = "{\"method\":\"note\"}\n";

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  private McpStreams streams(String input) {
    return new McpStreams(
        new JsonFactory(), 40, new ByteArrayInputStream(input.getBytes(UTF_8)), out);
  }

  @Test
  void onlyMessagesComeThrough() throws Exception {
    McpStreams streams =
        streams("\n" + NOTE + "x\n{\n{} {}\n" + "9".repeat(41) + "\n \r\n" + NOTE.strip());
    assertThat(new String(streams.input().readAllBytes(), UTF_8)).isEqualTo(NOTE + NOTE);
    streams.await();
    assertThat(out.toString(UTF_8).lines())
        .hasSize(4)
        .filteredOn(line -> line.contains("-32600") && line.contains("40 bytes"))
        .hasSize(1);
  }

  @Test
  void theEndWaitsForResponses() throws Exception {
    McpStreams streams = streams("{\"id\":1,\"method\":\"ask\"}\n{\"id\":2,\"result\":3}\n");
    Thread reader =
        new Thread(
            () -> {
              try {
                streams.input().readAllBytes();
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
    reader.start();
    reader.join(300);
    assertThat(reader.isAlive()).isTrue();
    OutputStream output = streams.output();
    output.write("{\"id\":1}".getBytes(UTF_8));
    assertThat(out.size()).isZero();
    output.write('\n');
    reader.join();
    streams.await();
    assertThat(out.toString(UTF_8)).isEqualTo("{\"id\":1}\n");
  }
}
