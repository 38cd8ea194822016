package io.fovea.cli;

import io.fovea.ProgressListener;
import io.fovea.engine.ChatRequest;
import io.fovea.engine.EncodedImage;
import io.fovea.engine.FoveaEngine;
import io.fovea.engine.LocateOptions;
import io.fovea.grounding.Box;
import io.fovea.grounding.CogVlmDialect;
import io.fovea.grounding.Region;
import io.fovea.image.ImageInput;
import io.fovea.text.PromptTemplate;
import java.nio.file.Path;
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
  private final Score describing = new Score();
  private final Score asking = new Score();
  private final Map<String, Score> askingByKind = new TreeMap<>();
  private final Score captioning = new Score();
  private final Score grounding = new Score();

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
    }
  }

  private void locate(EncodedImage image, Expected.Located question) {
    Timed<List<Region>> found =
        Timed.of(() -> engine.locate(image, question.phrase(), options).regions());
    double iou =
        found.value().isEmpty()
            ? 0
            : found.value().get(0).box().toPixels(image.size()).iou(question.pixels());
    locating.add(iou, found.milliseconds());
    of(locatingByKind, question.kind()).add(iou, found.milliseconds());
  }

  private static Score of(Map<String, Score> scores, @Nullable String kind) {
    return scores.computeIfAbsent(kind == null ? "other" : kind, k -> new Score());
  }

  private void describe(EncodedImage image, Expected.Described question) {
    var pixels = question.pixels();
    Box box =
        Box.ofPixels(pixels.left(), pixels.top(), pixels.right(), pixels.bottom(), image.size());
    String prompt = String.format(DESCRIBE, new CogVlmDialect().format(List.of(box)));
    ChatRequest request = ChatRequest.of(image, prompt).withTemplate(PromptTemplate.BASE);
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
    ChatRequest request = ChatRequest.of(image, CAPTION).withTemplate(PromptTemplate.BASE);
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
