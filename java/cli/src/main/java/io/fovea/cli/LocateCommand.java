package io.fovea.cli;

import io.fovea.engine.EncodedImage;
import io.fovea.engine.FoveaEngine;
import io.fovea.engine.Grounding;
import io.fovea.engine.LocateOptions;
import io.fovea.engine.PresenceCheck;
import io.fovea.grounding.Region;
import io.fovea.server.wire.FoundRegion;
import io.fovea.server.wire.Milliseconds;
import io.fovea.server.wire.Tokens;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code fovea locate}: boxes of the phrases asked for. */
@Command(
    name = "locate",
    description = "Finds what phrases name in a picture and prints its boxes.",
    footer = {
      "",
      "Examples:",
      "  fovea locate --image photo.png \"the red circle\"",
      "  fovea locate --image photo.png --json --out boxes.png \"the circle\" \"the star\"",
      "",
      "A box is [[x0,y0,x1,y1]] in thousandths of the picture's width and height.",
      "The model is asked whether there is such a thing at all; where it thinks not,",
      "there is no box.",
      "Exit code 3: at least one phrase got no box."
    })
final class LocateCommand extends EngineCommand {
  @Mixin private PictureFlags picture = new PictureFlags();

  @Option(
      names = "--unconstrained",
      description = "Let the model write freely instead of holding it to the form of a box.")
  private boolean unconstrained;

  @Option(
      names = "--max-boxes",
      paramLabel = "N",
      defaultValue = "8",
      description = "Most boxes for one phrase. Default: 8.")
  private int maxBoxes;

  @Option(
      names = "--presence",
      paramLabel = "CHECK",
      defaultValue = "require",
      description = {
        "require: no boxes where the model thinks that there is no such thing (default);",
        "report: boxes in any case, with what it thinks; skip: do not ask."
      })
  private PresenceCheck presence = PresenceCheck.REQUIRE;

  @Option(
      names = "--least-presence",
      paramLabel = "P",
      description =
          "Below this probability it is not there. Default: what the model's folder says.")
  private @Nullable Double leastPresence;

  @Parameters(paramLabel = "PHRASE", arity = "1..*", description = "What to look for.")
  private List<String> phrases = List.of();

  /** One phrase's answer. */
  record Located(
      String phrase,
      String text,
      List<FoundRegion> regions,
      @Nullable Double presence,
      boolean absent,
      Tokens tokens,
      Milliseconds milliseconds) {}

  /** The JSON result. */
  record Result(
      String command,
      String model,
      Facts.Picture image,
      List<Located> results,
      @Nullable String annotated) {}

  @Override
  void check() {
    checkPicture(picture.image());
    picture.check();
    options(); // refuses what is out of range
  }

  @Override
  int run(FoveaEngine engine) {
    LocateOptions options = options();
    List<Located> located = new ArrayList<>();
    List<Region> regions = new ArrayList<>();
    try (EncodedImage encoded =
        encode(engine, picture.image(), picture.input(pictures().decoder()))) {
      for (String phrase : phrases) {
        Grounding grounding = engine.locate(encoded, phrase, options);
        regions.addAll(grounding.regions());
        located.add(located(phrase, grounding));
      }
      picture.annotate(regions);
      report(modelName(engine), Facts.Picture.of(picture.image(), encoded), located);
    }
    boolean all = located.stream().noneMatch(answer -> answer.regions().isEmpty());
    return all ? ExitCode.OK : ExitCode.NOTHING_FOUND;
  }

  private static Located located(String phrase, Grounding grounding) {
    Double presence = grounding.presence();
    return new Located(
        phrase,
        grounding.text(),
        FoundRegion.of(grounding.regions(), grounding.imageSize()),
        presence == null ? null : Facts.rounded(presence, 1e4),
        grounding.absent(),
        Tokens.of(grounding.usage()),
        Milliseconds.of(grounding.timings()));
  }

  private LocateOptions options() {
    return LocateOptions.builder()
        .constrained(!unconstrained)
        .maxBoxes(maxBoxes)
        .presence(presence)
        .leastPresence(leastPresence)
        .build();
  }

  private void report(String model, Facts.Picture facts, List<Located> located) {
    if (json()) {
      printJson(new Result("locate", model, facts, located, picture.annotated()));
      return;
    }
    int width = located.stream().mapToInt(a -> Facts.phraseWidth(a.regions())).max().orElse(0);
    for (Located answer : located) {
      answer.regions().forEach(found -> out().println(Facts.line(found, width)));
      if (presence == PresenceCheck.REPORT) {
        print(
            "%s: presence %.2f%s",
            answer.phrase(),
            Objects.requireNonNull(answer.presence()), // it was asked for
            answer.absent() ? ", not there as the model sees it" : "");
      }
      Double seen = answer.presence();
      if (answer.absent() && answer.regions().isEmpty() && seen != null) {
        print("%s: not there, as the model sees it (presence %.2f)", answer.phrase(), seen);
      } else if (answer.regions().isEmpty()) {
        print("%s: no box in the answer \"%s\"", answer.phrase(), answer.text());
      }
    }
    if (picture.annotated() != null) {
      print("wrote %s", picture.annotated());
    }
  }
}
