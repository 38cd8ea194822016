package io.fovea.cli;

import io.fovea.engine.FoveaEngine;
import io.fovea.engine.LocateOptions;
import io.fovea.engine.PresenceCheck;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code fovea eval}: accuracy and latency on questions with known answers. */
@Command(
    name = "eval",
    description = "Measures a model on a folder of questions with known answers.",
    footer = {
      "",
      "The folder holds pictures and rec.json (phrase to box); reg.json (box to",
      "phrase), vqa.json (question to answer), caption.json (all objects of a",
      "picture) and absent.json (what is not there) where present. Make one with:",
      "  python weights-tools/python/scenes.py --seed 7 --count 1000 --out scenes",
      "",
      "Examples:",
      "  fovea eval --data scenes",
      "  fovea eval --model cogvlm-grounding-generalist-hf --data refcoco --limit 100"
    })
final class EvalCommand extends EngineCommand {
  @Option(
      names = {"-d", "--data"},
      paramLabel = "DIR",
      required = true,
      description = "The folder of questions.")
  @SuppressWarnings("NullAway.Init") // required
  private Path data;

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "Use the first N pictures. Default: all.")
  private int limit = Integer.MAX_VALUE;

  @Option(
      names = "--unconstrained",
      description = "Let the model write boxes freely instead of holding it to their form.")
  private boolean unconstrained;

  @Option(
      names = "--presence",
      description =
          "Ask of each phrase whether it is there, too; absent.json has some that are not.")
  private boolean presence;

  @Option(
      names = "--answers",
      paramLabel = "FILE",
      description = "Also write what was found for each phrase to this JSON file.")
  private @Nullable Path answers;

  private @Nullable Expected expected;

  /** Boxes. accuracy: share with IoU of at least 0.5. */
  record Boxes(int count, double accuracy, double meanIou, Score.Latency milliseconds) {
    static Boxes of(Score score) {
      return new Boxes(score.count(), score.accuracy(), score.mean(), score.latency());
    }
  }

  /**
   * Texts. accuracy: share equal to the truth but for case and a final full stop; of captions,
   * share that names exactly the objects of the picture, see {@link NamedObjects}.
   */
  record Texts(int count, double accuracy, Score.Latency milliseconds) {
    static @Nullable Texts of(Score score) {
      return score.count() == 0
          ? null
          : new Texts(score.count(), score.accuracy(), score.latency());
    }
  }

  /** The JSON result. */
  record Result(
      String command,
      String model,
      String data,
      int images,
      Score.Latency encodeMilliseconds,
      Boxes rec,
      Map<String, Boxes> recByKind,
      @Nullable List<Reliability.Tenth> reliability,
      @Nullable Texts present,
      @Nullable Texts absent,
      Map<String, Texts> absentByKind,
      @Nullable Texts reg,
      @Nullable Texts vqa,
      Map<String, Texts> vqaByKind,
      @Nullable Texts caption,
      @Nullable Texts groundedCaption) {}

  @Override
  void check() {
    if (limit < 1) {
      throw new CommandFailure("--limit is " + limit, "give at least 1");
    }
    expected = Expected.read(data);
    if (answers != null) {
      OutputFile.check(answers);
    }
  }

  @Override
  int run(FoveaEngine engine) {
    LocateOptions options =
        LocateOptions.builder()
            .constrained(!unconstrained)
            .maxBoxes(1)
            .presence(presence ? PresenceCheck.REPORT : PresenceCheck.SKIP)
            .build();
    Evaluation evaluation = new Evaluation(engine, data, options);
    try (ProgressBars progress = new ProgressBars(terminal())) {
      evaluation.run(questions(), limit, progress);
    }
    Map<String, Boxes> byKind = new TreeMap<>();
    evaluation.locatingByKind().forEach((kind, score) -> byKind.put(kind, Boxes.of(score)));
    List<Reliability.Tenth> tenths = evaluation.reliability().tenths();
    Result result =
        new Result(
            "eval",
            modelName(engine),
            data.toString(),
            evaluation.encoding().count(),
            evaluation.encoding().latency(),
            Boxes.of(evaluation.locating()),
            byKind,
            tenths.isEmpty() ? null : tenths,
            presence ? Texts.of(evaluation.admitting()) : null,
            Texts.of(evaluation.missing()),
            texts(evaluation.missingByKind()),
            Texts.of(evaluation.describing()),
            Texts.of(evaluation.asking()),
            texts(evaluation.askingByKind()),
            Texts.of(evaluation.captioning()),
            Texts.of(evaluation.grounding()));
    if (answers != null) {
      Json.write(answers, evaluation.found());
    }
    if (json()) {
      printJson(result);
    } else {
      report(result);
    }
    return ExitCode.OK;
  }

  /** What is not there is asked about only where presence is. */
  private Expected questions() {
    Expected all = expected == null ? Expected.read(data) : expected;
    return presence ? all : all.withoutAbsent();
  }

  private static Map<String, Texts> texts(Map<String, Score> byKind) {
    Map<String, Texts> texts = new TreeMap<>();
    byKind.forEach((kind, score) -> texts.put(kind, Texts.of(score)));
    return texts;
  }

  private void report(Result result) {
    print("%s on %d pictures of %s", result.model(), result.images(), result.data());
    print("%-24s %6s %9s %9s %10s %8s", "", "count", "accuracy", "mean IoU", "median ms", "p90 ms");
    boxes("locate (IoU >= 0.5)", result.rec());
    result.recByKind().forEach((kind, boxes) -> boxes("  " + kind, boxes));
    texts("found there", result.present());
    texts("found missing", result.absent());
    result.absentByKind().forEach((kind, texts) -> texts("  " + kind, texts));
    texts("describe a box", result.reg());
    texts("answer", result.vqa());
    result.vqaByKind().forEach((kind, texts) -> texts("  " + kind, texts));
    texts("caption", result.caption());
    texts("caption with boxes", result.groundedCaption());
    Score.Latency encode = result.encodeMilliseconds();
    print(
        "%-24s %6d %9s %9s %10.1f %8.1f",
        "encode", result.images(), "", "", encode.median(), encode.p90());
    if (result.reliability() != null) {
      reliability(result.reliability());
    }
  }

  private void reliability(List<Reliability.Tenth> tenths) {
    print("");
    print("%-24s %6s %9s %9s", "calibrated confidence", "count", "predicted", "actual");
    for (Reliability.Tenth tenth : tenths) {
      print(
          "%-24s %6d %8.1f%% %8.1f%%",
          String.format(Locale.ROOT, "  %.4f to %.4f", tenth.least(), tenth.most()),
          tenth.count(),
          100 * tenth.predicted(),
          100 * tenth.actual());
    }
  }

  private void boxes(String name, Boxes boxes) {
    print(
        "%-24s %6d %8.1f%% %9.3f %10.1f %8.1f",
        name,
        boxes.count(),
        100 * boxes.accuracy(),
        boxes.meanIou(),
        boxes.milliseconds().median(),
        boxes.milliseconds().p90());
  }

  private void texts(String name, @Nullable Texts texts) {
    if (texts != null) {
      print(
          "%-24s %6d %8.1f%% %9s %10.1f %8.1f",
          name,
          texts.count(),
          100 * texts.accuracy(),
          "",
          texts.milliseconds().median(),
          texts.milliseconds().p90());
    }
  }
}
