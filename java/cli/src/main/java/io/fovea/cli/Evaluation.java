package io.fovea.cli;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.fovea.ProgressListener;
import io.fovea.engine.ChatRequest;
import io.fovea.engine.EncodedImage;
import io.fovea.engine.FoveaEngine;
import io.fovea.engine.Grounding;
import io.fovea.engine.LocateOptions;
import io.fovea.grounding.Box;
import io.fovea.grounding.CogVlmDialect;
import io.fovea.grounding.Region;
import io.fovea.image.ImageInput;
import io.fovea.prompt.PromptTemplate;
import io.fovea.server.wire.FoundRegion;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Asks a model every expected question, one after another, and scores the answers. */
final class Evaluation {
  /** CogVLM's prompt for naming what a box shows. */
  private static final String DESCRIBE =
      "Tell me what you see within the designated area %s in the picture.";

  /** What people ask for a description without boxes. */
  private static final String CAPTION = "Describe the image.";

  private static final double NANOS_PER_MILLI = 1e6;

  private final FoveaEngine engine;
  private final Path folder;
  private final LocateOptions options;
  private final Score encoding = new Score();
  private final Score locating = new Score();
  private final Map<String, Score> locatingByKind = new TreeMap<>();
  private final Reliability reliability = new Reliability();
  private final List<Found> found = new ArrayList<>();
  private final Score admitting = new Score();
  private final Score missing = new Score();
  private final Map<String, Score> missingByKind = new TreeMap<>();
  private final Score describing = new Score();
  private final Score asking = new Score();
  private final Map<String, Score> askingByKind = new TreeMap<>();
  private final Score captioning = new Score();
  private final Score grounding = new Score();

  /**
   * The box of a phrase.
   *
   * @param image the picture's path
   * @param iou with the truth
   */
  record Found(String image, @Nullable String kind, @JsonUnwrapped FoundRegion box, double iou) {}

  /** An answer and the milliseconds it took. */
  private record Timed<T>(T value, double milliseconds) {
    static <T> Timed<T> of(Supplier<T> work) {
      long start = System.nanoTime();
      T value = work.get();
      return new Timed<>(value, (System.nanoTime() - start) / NANOS_PER_MILLI);
    }
  }

  /** {@code folder} holds the pictures. */
  Evaluation(FoveaEngine engine, Path folder, LocateOptions options) {
    this.engine = engine;
    this.folder = folder;
    this.options = options;
  }

  /**
   * Goes through the pictures in the order in which the files name them.
   *
   * @param limit most pictures to use
   */
  void run(Expected expected, int limit, ProgressListener progress) {
    List<Map.Entry<String, Expected>> pictures =
        expected.byPicture().entrySet().stream().limit(limit).toList();
    int done = 0;
    for (Map.Entry<String, Expected> picture : pictures) {
      progress.progress("pictures", done++, pictures.size());
      ask(ImageInput.of(folder.resolve(picture.getKey())), picture.getValue());
    }
    progress.progress("pictures", done, pictures.size());
  }

  private void ask(ImageInput picture, Expected questions) {
    Timed<EncodedImage> encoded = Timed.of(() -> engine.encode(picture));
    encoding.add(1, encoded.milliseconds());
    try (EncodedImage image = encoded.value()) {
      questions.located().forEach(question -> locate(image, question));
      questions.described().forEach(question -> describe(image, question));
      questions.asked().forEach(question -> answer(image, question));
      questions.captioned().forEach(question -> caption(image, question));
      questions.absent().forEach(question -> miss(image, question));
    }
  }

  private void locate(EncodedImage image, Expected.Located question) {
    Timed<Grounding> answer = Timed.of(() -> engine.locate(image, question.phrase(), options));
    List<Region> regions = answer.value().regions();
    double iou =
        regions.isEmpty() ? 0 : regions.get(0).box().toPixels(image.size()).iou(question.pixels());
    locating.add(iou, answer.milliseconds());
    of(locatingByKind, question.kind()).add(iou, answer.milliseconds());
    admitting.add(answer.value().absent() ? 0 : 1, answer.milliseconds());
    regions.stream().limit(1).forEach(region -> judge(region, image, question, iou));
  }

  private void judge(Region region, EncodedImage image, Expected.Located question, double iou) {
    FoundRegion box = FoundRegion.of(region, image.size());
    found.add(new Found(question.image(), question.kind(), box, Facts.rounded(iou, 1e4)));
    Double predicted = region.calibratedConfidence();
    if (predicted != null) {
      reliability.add(predicted, iou >= Score.RIGHT_IOU);
    }
  }

  /** What is not there must be said not to be. */
  private void miss(EncodedImage image, Expected.Absent question) {
    Timed<Grounding> found = Timed.of(() -> engine.locate(image, question.phrase(), options));
    int right = found.value().absent() ? 1 : 0;
    missing.add(right, found.milliseconds());
    of(missingByKind, question.kind()).add(right, found.milliseconds());
  }

  private static Score of(Map<String, Score> scores, @Nullable String kind) {
    return scores.computeIfAbsent(kind == null ? "other" : kind, k -> new Score());
  }

  private void describe(EncodedImage image, Expected.Described question) {
    var pixels = question.pixels();
    Box box =
        Box.ofPixels(pixels.left(), pixels.top(), pixels.right(), pixels.bottom(), image.size());
    String prompt = String.format(DESCRIBE, new CogVlmDialect().format(List.of(box)));
    ChatRequest request = ChatRequest.about(image, prompt).template(PromptTemplate.BASE).build();
    Timed<String> answer = Timed.of(() -> engine.chat(request).text());
    describing.add(same(answer.value(), question.phrase()) ? 1 : 0, answer.milliseconds());
  }

  private void answer(EncodedImage image, Expected.Asked question) {
    Timed<String> answer = Timed.of(() -> engine.ask(image, question.question()).text());
    int right = same(answer.value(), question.answer()) ? 1 : 0;
    asking.add(right, answer.milliseconds());
    of(askingByKind, question.kind()).add(right, answer.milliseconds());
  }

  /** With boxes and without. */
  private void caption(EncodedImage image, Expected.Captioned question) {
    ChatRequest request = ChatRequest.about(image, CAPTION).template(PromptTemplate.BASE).build();
    Timed<String> plain = Timed.of(() -> engine.chat(request).text());
    NamedObjects truth = new NamedObjects(question.objects());
    captioning.add(truth.equalNamesOf(plain.value()) ? 1 : 0, plain.milliseconds());
    Timed<List<Region>> grounded = Timed.of(() -> engine.caption(image).regions());
    boolean right = truth.equalRegions(grounded.value(), image.size());
    grounding.add(right ? 1 : 0, grounded.milliseconds());
  }

  /** Equal but for case, outer blanks and a final full stop. */
  static boolean same(String answer, String truth) {
    return plain(answer).equals(plain(truth));
  }

  private static String plain(String text) {
    String stripped = text.strip().toLowerCase(Locale.ROOT);
    return stripped.endsWith(".") ? stripped.substring(0, stripped.length() - 1) : stripped;
  }

  Score encoding() {
    return encoding;
  }

  Score locating() {
    return locating;
  }

  Map<String, Score> locatingByKind() {
    return locatingByKind;
  }

  /** Of the boxes of phrases that have a calibrated confidence. */
  Reliability reliability() {
    return reliability;
  }

  /** The boxes of phrases, in the order of the questions. */
  List<Found> found() {
    return found;
  }

  /** Whether what was located was thought to be there. */
  Score admitting() {
    return admitting;
  }

  /** Whether what is not there was thought absent. */
  Score missing() {
    return missing;
  }

  Map<String, Score> missingByKind() {
    return missingByKind;
  }

  Score describing() {
    return describing;
  }

  Score asking() {
    return asking;
  }

  Map<String, Score> askingByKind() {
    return askingByKind;
  }

  /** Captions without boxes. */
  Score captioning() {
    return captioning;
  }

  /** Captions with boxes. */
  Score grounding() {
    return grounding;
  }
}
