package io.fovea.cli;

import io.fovea.engine.Caption;
import io.fovea.engine.EncodedImage;
import io.fovea.engine.FoveaEngine;
import io.fovea.server.wire.FoundRegion;
import io.fovea.server.wire.Milliseconds;
import io.fovea.server.wire.Tokens;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code fovea caption}: a description with a box for each thing it mentions. */
@Command(
    name = "caption",
    description = "Describes a picture, with a box for each thing mentioned.",
    footer = {
      "",
      "Examples:",
      "  fovea caption --image photo.png",
      "  fovea caption --image photo.png --json --out boxes.png"
    })
final class CaptionCommand extends EngineCommand {
  @Mixin private PictureFlags picture = new PictureFlags();

  @ArgGroup(exclusive = false, validate = false, order = 10, heading = "%nGeneration:%n")
  private SamplingFlags sampling = new SamplingFlags();

  /** The JSON result. */
  record Result(
      String command,
      String model,
      Facts.Picture image,
      String text,
      String plainText,
      List<FoundRegion> regions,
      String finish,
      Tokens tokens,
      Milliseconds milliseconds,
      @Nullable String annotated) {}

  @Override
  void check() {
    checkPicture(picture.image());
    picture.check();
    sampling.options(); // refuses what is out of range
  }

  @Override
  int run(FoveaEngine engine) {
    try (EncodedImage encoded =
        encode(engine, picture.image(), picture.input(pictures().decoder()))) {
      Caption caption = engine.caption(encoded, sampling.options());
      picture.annotate(caption.regions());
      List<FoundRegion> found = FoundRegion.of(caption.regions(), encoded.size());
      if (json()) {
        printJson(
            result(modelName(engine), Facts.Picture.of(picture.image(), encoded), caption, found));
      } else {
        out().println(caption.plainText());
        int width = Facts.phraseWidth(found);
        found.forEach(region -> out().println("  " + Facts.line(region, width)));
        if (picture.annotated() != null) {
          print("wrote %s", picture.annotated());
        }
      }
    }
    return ExitCode.OK;
  }

  private Result result(
      String model, Facts.Picture facts, Caption caption, List<FoundRegion> found) {
    return new Result(
        "caption",
        model,
        facts,
        caption.text(),
        caption.plainText(),
        found,
        caption.finish().name().toLowerCase(Locale.ROOT),
        Tokens.of(caption.usage()),
        Milliseconds.of(caption.timings()),
        picture.annotated());
  }
}
