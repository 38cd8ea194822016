package io.fovea.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.modelcontextprotocol.json.McpJsonMapper;
import io.modelcontextprotocol.json.jackson2.JacksonMcpJsonMapper;
import io.modelcontextprotocol.server.McpServer;
import io.modelcontextprotocol.server.McpServerFeatures.SyncToolSpecification;
import io.modelcontextprotocol.server.McpSyncServer;
import io.modelcontextprotocol.spec.McpSchema.ServerCapabilities;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.List;

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

  static void run(McpTools tools, InputStream in, PrintStream out) {
    JsonMapper json =
        new JsonMapper(
            JsonFactory.builder()
                .streamReadConstraints(
                    StreamReadConstraints.builder().maxStringLength(LONGEST_MESSAGE).build())
                .build());
    McpJsonMapper mapper = new JacksonMcpJsonMapper(json);
    List<SyncToolSpecification> all = tools.all();
    McpGate gate = new McpGate(json, all.stream().map(each -> each.tool().name()).toList());
    McpConnection connection =
        new McpConnection(mapper, new McpMessages(json), gate, LONGEST_MESSAGE, in, out);
    McpSyncServer server =
        McpServer.sync(connection)
            .serverInfo("fovea", FoveaCommand.Version.number())
            .instructions(INSTRUCTIONS)
            .capabilities(ServerCapabilities.builder().tools(false).build())
            .jsonMapper(mapper)
            .validateToolInputs(false) // McpArguments does, and says what to do
            .tools(all)
            .build();
    connection.serve();
    server.closeGracefully();
  }
}
