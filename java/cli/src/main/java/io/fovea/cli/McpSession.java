package io.fovea.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.modelcontextprotocol.json.McpJsonMapper;
import io.modelcontextprotocol.json.jackson2.JacksonMcpJsonMapper;
import io.modelcontextprotocol.server.McpServer;
import io.modelcontextprotocol.server.McpSyncServer;
import io.modelcontextprotocol.server.transport.StdioServerTransportProvider;
import io.modelcontextprotocol.spec.McpSchema.ServerCapabilities;
import java.io.InputStream;
import java.io.OutputStream;

/** One assistant's session on two streams, until the first ends. */
final class McpSession {
  /** Bytes of one message; a picture in base64 takes four for three. */
  private static final int LONGEST_MESSAGE = 64 << 20;

  private static final String INSTRUCTIONS =
      "Looks at pictures with a grounding model. Boxes are [x0, y0, x1, y1]: 'box' in thousandths of"
          + " the picture's width and height, 'pixels' in pixels, from the upper left. 'confidence' is how"
          + " sure the decoder was of the digits, not whether the thing is there: that is 'presence'."
          + " Give a picture as 'image', a path, or as 'image_data', base64.";

  private McpSession() {}

  static void run(McpTools tools, InputStream in, OutputStream out) {
    JsonFactory json =
        JsonFactory.builder()
            .streamReadConstraints(
                StreamReadConstraints.builder().maxStringLength(LONGEST_MESSAGE).build())
            .build();
    McpStreams streams = new McpStreams(json, LONGEST_MESSAGE, in, out);
    McpJsonMapper mapper = new JacksonMcpJsonMapper(new JsonMapper(json));
    McpSyncServer server =
        McpServer.sync(
                new StdioServerTransportProvider(
                    mapper, streams.input(), streams.output(), LONGEST_MESSAGE + 1))
            .serverInfo("fovea", FoveaCommand.Version.number())
            .instructions(INSTRUCTIONS)
            .capabilities(ServerCapabilities.builder().tools(false).build())
            .jsonMapper(mapper)
            .tools(tools.all())
            .build();
    try {
      streams.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    server.closeGracefully();
  }
}
