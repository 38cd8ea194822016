package io.fovea.cli;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.fovea.engine.Caption;
import io.fovea.engine.EncodedImage;
import io.fovea.engine.FoveaEngine;
import io.fovea.grounding.Region;
import io.fovea.image.ImageInput;
import io.fovea.image.RgbImage;
import io.fovea.server.wire.FoundRegion;
import io.fovea.server.wire.Milliseconds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code fovea demo}: the bundled picture, from encoding to drawing. */
@Command(
    name = "demo",
    description = "Finds the objects of the bundled picture with the bundled model.",
    footer = {
      "",
      "Prints each object's box, how sure the model is and how well it covers the true",
      "box (IoU, 1 is exact), then a caption and an answer, and draws fovea-demo.png.",
      "",
      "Examples:",
      "  fovea demo",
      "  fovea demo --json --out /tmp"
    })
final class DemoCommand extends EngineCommand {
  private static final String PNG = "fovea-demo.png";
  private static final String QUESTION = "How many objects are there?";

  @Option(
      names = {"-o", "--out"},
      paramLabel = "DIR",
      defaultValue = ".",
      description = "Where to write " + PNG + ". Default: the current folder.")
  @SuppressWarnings("NullAway.Init") // has a default
  private Path folder;

  /** One object: what {@link FoundRegion} says, and the truth (pixels). */
  record Target(@JsonUnwrapped FoundRegion found, List<Double> truth, double iou) {}

  /** The grounded caption. */
  record Description(String text, List<FoundRegion> regions) {}

  /** A question and what the model said. */
  record Reply(String question, String text) {}

  /** The JSON result. found: how many objects have an IoU of at least 0.5. */
  record Result(
      String command,
      String model,
      String device,
      Facts.Picture image,
      double encodeMilliseconds,
      List<Target> objects,
      int found,
      Description caption,
      Reply answer,
      String annotated) {}

  @Override
  void check() {
    OutputFile.check(createFolder().resolve(PNG));
  }

  @Override
  int run(FoveaEngine engine) {
    Path demo = BundledModel.directory().resolve("demo");
    Path picture = demo.resolve("scene.png");
    Path png = folder.resolve(PNG);
    List<Region> regions = new ArrayList<>();
    List<Target> targets = new ArrayList<>();
    RgbImage decoded = pictures().decoder().decode(ImageInput.of(picture));
    try (EncodedImage image = engine.encode(ImageInput.of(decoded))) {
      for (Expected.Located expected : Expected.located(demo.resolve("truth.json"))) {
        Region region = engine.locate(image, expected.phrase()).regions().get(0);
        regions.add(region);
        targets.add(target(FoundRegion.of(region, image.size()), expected, region, image));
      }
      Caption caption = engine.caption(image);
      String answer = engine.ask(image, QUESTION).text();
      Annotation.write(decoded, regions, png);
      Result result =
          new Result(
              "demo",
              modelName(engine),
              engine.device().name(),
              Facts.Picture.of(picture, image),
              Milliseconds.millis(image.encodeTime()),
              targets,
              (int) targets.stream().filter(t -> t.iou() >= Score.RIGHT_IOU).count(),
              new Description(caption.text(), FoundRegion.of(caption.regions(), image.size())),
              new Reply(QUESTION, answer),
              png.toString());
      if (json()) {
        printJson(result);
      } else {
        report(result, caption.plainText());
      }
    }
    return ExitCode.OK;
  }

  private static Target target(
      FoundRegion found, Expected.Located expected, Region region, EncodedImage image) {
    double iou = region.box().toPixels(image.size()).iou(expected.pixels());
    return new Target(found, expected.box(), Facts.rounded(iou, 1e4));
  }

  private Path createFolder() {
    if (Files.exists(folder) && !Files.isDirectory(folder)) {
      throw new CommandFailure(folder + " is not a folder", "name another with --out");
    }
    try {
      return Files.createDirectories(folder);
    } catch (IOException e) {
      throw new CommandFailure(
          "cannot create the folder " + folder + ": " + e.getMessage(),
          "name another with --out",
          e);
    }
  }

  private void report(Result result, String plainCaption) {
    print(
        "%s on %s; %s, %d x %d, encoded in %.0f ms",
        result.model(),
        result.device(),
        result.image().file(),
        result.image().width(),
        result.image().height(),
        result.encodeMilliseconds());
    print("");
    int width =
        result.objects().stream().mapToInt(t -> t.found().phrase().length()).max().orElse(0);
    for (Target t : result.objects()) {
      print("  %s  IoU %.2f", Facts.line(t.found(), width), t.iou());
    }
    print("");
    print("  %d of %d with IoU >= 0.5", result.found(), result.objects().size());
    print("  caption: %s", plainCaption);
    print("  %s %s", result.answer().question(), result.answer().text());
    print("");
    print("wrote %s", result.annotated());
  }
}
