package io.fovea.cli;

import io.fovea.ImageSize;
import io.fovea.engine.Answer;
import io.fovea.engine.Caption;
import io.fovea.engine.EncodedImage;
import io.fovea.engine.FinishReason;
import io.fovea.engine.Grounding;
import io.fovea.grounding.Region;
import io.fovea.image.PictureNote;
import io.fovea.server.wire.FoundRegion;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.ImageContent;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Answers as assistants get them: lines to read, and the same as structured content. */
final class McpResults {
  private McpResults() {}

  /** Size in pixels, and what the file holds and the model did not see. */
  record Picture(int width, int height, @Nullable List<Facts.Note> notes) {
    static Picture of(EncodedImage image) {
      List<Facts.Note> notes = image.notes().stream().map(Facts.Note::of).toList();
      ImageSize size = image.size();
      return new Picture(size.width(), size.height(), notes.isEmpty() ? null : notes);
    }
  }

  /** One phrase's answer; absent: whether the model thinks that there is no such thing. */
  record Located(
      String phrase, List<FoundRegion> regions, @Nullable Double presence, boolean absent) {
    static Located of(String phrase, Grounding grounding) {
      Double presence = grounding.presence();
      return new Located(
          phrase,
          FoundRegion.of(grounding.regions(), grounding.imageSize()),
          presence == null ? null : Facts.rounded(presence, 1e4),
          grounding.absent());
    }

    List<String> lines() {
      if (!regions.isEmpty()) {
        return McpResults.lines(regions);
      }
      String reason = absent ? "not there, as the model sees it" : "no box";
      return List.of(
          phrase
              + ": "
              + reason
              + (presence == null ? "" : String.format(Locale.ROOT, " (presence %.2f)", presence)));
    }
  }

  record LocateResult(Picture image, List<Located> results) {}

  record AskResult(Picture image, String text, List<FoundRegion> regions, String finish) {}

  record CaptionResult(
      Picture image, String text, String plainText, List<FoundRegion> regions, String finish) {}

  record AnnotateResult(Picture image, List<FoundRegion> regions) {}

  static CallToolResult failure(String message) {
    return CallToolResult.builder().addTextContent(message).isError(true).build();
  }

  static CallToolResult located(
      EncodedImage image, List<String> phrases, List<Grounding> groundings) {
    List<Located> located = new ArrayList<>();
    for (int i = 0; i < phrases.size(); i++) {
      located.add(Located.of(phrases.get(i), groundings.get(i)));
    }
    List<String> lines = located.stream().flatMap(each -> each.lines().stream()).toList();
    return of(image, lines, new LocateResult(Picture.of(image), located)).build();
  }

  static CallToolResult answered(EncodedImage image, Answer answer) {
    List<FoundRegion> regions = FoundRegion.of(answer.regions(), image.size());
    String finish = answer.finish().name().toLowerCase(Locale.ROOT);
    return of(
            image,
            withFinish(List.of(answer.text()), answer.finish()),
            new AskResult(Picture.of(image), answer.text(), regions, finish))
        .build();
  }

  static CallToolResult described(EncodedImage image, Caption caption) {
    List<FoundRegion> regions = FoundRegion.of(caption.regions(), image.size());
    List<String> lines = new ArrayList<>(List.of(caption.plainText()));
    lines.addAll(lines(regions));
    String finish = caption.finish().name().toLowerCase(Locale.ROOT);
    return of(
            image,
            withFinish(lines, caption.finish()),
            new CaptionResult(
                Picture.of(image), caption.text(), caption.plainText(), regions, finish))
        .build();
  }

  static CallToolResult annotated(EncodedImage image, List<Region> regions, byte[] png) {
    List<FoundRegion> found = FoundRegion.of(regions, image.size());
    List<String> lines = found.isEmpty() ? List.of("no box") : lines(found);
    String data = Base64.getEncoder().encodeToString(png);
    return of(image, lines, new AnnotateResult(Picture.of(image), found))
        .addContent(ImageContent.builder(data, "image/png").build())
        .build();
  }

  private static CallToolResult.Builder of(
      EncodedImage image, List<String> lines, Record structured) {
    String notes =
        image.notes().stream()
            .map(PictureNote::text)
            .map("\nNote: "::concat)
            .collect(Collectors.joining());
    return CallToolResult.builder()
        .addTextContent(String.join("\n", lines) + notes)
        .structuredContent(Json.map(structured));
  }

  /** Says where an answer is not whole: its end looks like any other. */
  private static List<String> withFinish(List<String> lines, FinishReason finish) {
    List<String> all = new ArrayList<>(lines);
    if (finish == FinishReason.LENGTH) {
      all.add("Note: cut short at the limit; allow more with max_new_tokens.");
    }
    return all;
  }

  private static List<String> lines(List<FoundRegion> regions) {
    int width = Facts.phraseWidth(regions);
    return regions.stream().map(region -> Facts.line(region, width)).toList();
  }
}
