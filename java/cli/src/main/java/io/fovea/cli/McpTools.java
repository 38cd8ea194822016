package io.fovea.cli;

import io.fovea.FoveaException;
import io.fovea.engine.EncodedImage;
import io.fovea.engine.GenerationOptions;
import io.fovea.engine.Grounding;
import io.fovea.engine.LocateOptions;
import io.fovea.grounding.Region;
import io.fovea.image.ImageDecoder;
import io.fovea.image.ImageInput;
import io.fovea.image.RgbImage;
import io.modelcontextprotocol.server.McpServerFeatures.SyncToolSpecification;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.Tool;
import io.modelcontextprotocol.spec.McpSchema.ToolAnnotations;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The tools that assistants get. What goes wrong is a tool's result, which the assistant reads. */
final class McpTools {
  private static final Logger LOG = LoggerFactory.getLogger(McpTools.class);

  private final LoadingEngine engine;
  private final AllowedFolders folders;
  private final ImageDecoder decoder;

  McpTools(LoadingEngine engine, AllowedFolders folders, ImageDecoder decoder) {
    this.engine = engine;
    this.folders = folders;
    this.decoder = decoder;
  }

  List<SyncToolSpecification> all() {
    return List.of(
        tool(
            "locate",
            "Finds what phrases name in a picture: boxes for each, none where there is no such thing.",
            McpParameters.LOCATE,
            this::locate),
        tool("ask", "Answers a short question about a picture.", McpParameters.ASK, this::ask),
        tool(
            "caption",
            "Describes a picture, with a box for each thing mentioned.",
            McpParameters.CAPTION,
            this::caption),
        tool(
            "annotate",
            "Returns a copy of a picture (PNG) with boxes drawn on it: of the phrases given, or of what"
                + " a description mentions.",
            McpParameters.ANNOTATE,
            this::annotate));
  }

  private SyncToolSpecification tool(
      String name,
      String description,
      McpParameters parameters,
      Function<McpArguments, CallToolResult> work) {
    Tool tool =
        Tool.builder(name, parameters.schema())
            .description(description)
            .annotations(ToolAnnotations.builder().readOnlyHint(true).openWorldHint(false).build())
            .build();
    return SyncToolSpecification.builder()
        .tool(tool)
        .callHandler((exchange, request) -> answer(name, work, parameters, request.arguments()))
        .build();
  }

  private CallToolResult answer(
      String name,
      Function<McpArguments, CallToolResult> work,
      McpParameters parameters,
      @Nullable Map<String, Object> arguments) {
    try {
      return work.apply(new McpArguments(parameters, arguments));
    } catch (FoveaException | CommandFailure e) {
      return McpResults.failure(String.valueOf(e.getMessage()));
    } catch (RuntimeException | Error e) { // whoever waits must hear of it
      LOG.error("{} failed", name, e);
      return McpResults.failure("internal error: " + e);
    }
  }

  private CallToolResult locate(McpArguments arguments) {
    List<String> phrases = arguments.texts("phrases");
    LocateOptions options = locating(arguments);
    try (EncodedImage image = encode(arguments)) {
      return McpResults.located(image, phrases, locate(image, phrases, options));
    }
  }

  private CallToolResult ask(McpArguments arguments) {
    String question = arguments.text("question");
    GenerationOptions options = generating(arguments);
    try (EncodedImage image = encode(arguments)) {
      return McpResults.answered(image, engine.get().ask(List.of(image), question, options));
    }
  }

  private CallToolResult caption(McpArguments arguments) {
    GenerationOptions options = generating(arguments);
    try (EncodedImage image = encode(arguments)) {
      return McpResults.described(image, engine.get().caption(image, options));
    }
  }

  private CallToolResult annotate(McpArguments arguments) {
    List<String> phrases = arguments.texts("phrases");
    if (phrases.isEmpty() && arguments.has("max_boxes")) {
      throw new CommandFailure(
          "max_boxes is given without phrases", "give phrases, or leave max_boxes out");
    }
    LocateOptions options = locating(arguments);
    int side = arguments.number("max_side", McpParameters.USUAL_SIDE);
    RgbImage picture = decoder.decode(arguments.picture(folders, decoder.limits()));
    try (EncodedImage image = engine.get().encode(ImageInput.of(picture))) {
      List<Region> regions = new ArrayList<>();
      if (phrases.isEmpty()) {
        regions.addAll(engine.get().caption(image).regions());
      } else {
        locate(image, phrases, options).forEach(each -> regions.addAll(each.regions()));
      }
      return McpResults.annotated(image, regions, Annotation.png(picture, regions, side));
    }
  }

  private EncodedImage encode(McpArguments arguments) {
    return engine.get().encode(arguments.picture(folders, decoder.limits()));
  }

  /** One after the other, as the command does: so they may be more than the queue holds. */
  private List<Grounding> locate(EncodedImage image, List<String> phrases, LocateOptions options) {
    return phrases.stream().map(phrase -> engine.get().locate(image, phrase, options)).toList();
  }

  private static LocateOptions locating(McpArguments arguments) {
    LocateOptions usual = LocateOptions.defaults();
    return usual.toBuilder().maxBoxes(arguments.number("max_boxes", usual.maxBoxes())).build();
  }

  private static GenerationOptions generating(McpArguments arguments) {
    GenerationOptions usual = GenerationOptions.defaults();
    int tokens = arguments.number("max_new_tokens", usual.maxNewTokens());
    return usual.toBuilder().maxNewTokens(tokens).build();
  }
}
