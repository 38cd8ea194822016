package io.fovea.bench.load;

import io.fovea.bench.load.Question.Kind;
import io.fovea.bench.load.Question.Reply;
import io.fovea.engine.EncodedImage;
import io.fovea.engine.EngineStats;
import io.fovea.engine.FoveaEngine;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Pictures, questions about them, and the answers that an engine gives when nothing else runs. Any
 * of them, at any time, must be answered with the same text and boxes.
 */
final class Workload {
  /**
   * One thing to ask for.
   *
   * @param question where it is of kind ENCODE, its text is the phrase by which the new handle is
   *     checked: what encoding makes cannot be seen but in answers
   */
  record Item(int picture, Question question) {}

  /**
   * What serving an item gave.
   *
   * @param end when it was there, of System.nanoTime; before any check
   */
  record Served(Reply reply, long end) {}

  /** Of 100 requests. */
  private static final Map<Kind, Integer> SHARES =
      Map.of(Kind.ENCODE, 2, Kind.LOCATE, 40, Kind.ASK, 40, Kind.CAPTION, 6, Kind.CHAT, 12);

  private static final int CHAT_SEEDS = 3;

  private final FoveaEngine engine;
  private final List<Scene> scenes;
  private final List<EncodedImage> images;
  private final Map<Kind, List<Item>> items = new EnumMap<>(Kind.class);
  private final Map<Item, Reply> alone = new HashMap<>();
  private final Map<Item, Long> needed = new HashMap<>();
  private final Map<Kind, Samples> aloneTimes = new EnumMap<>(Kind.class);

  private Workload(FoveaEngine engine, List<Scene> scenes, long seed) {
    this.engine = engine;
    this.scenes = scenes;
    images = Engines.encode(engine, scenes);
    for (int i = 0; i < scenes.size(); i++) {
      addItems(i, seed);
    }
  }

  /** Encodes the pictures and has every question answered alone. */
  static Workload prepare(FoveaEngine engine, List<Scene> scenes, long seed) {
    Workload workload = new Workload(engine, scenes, seed);
    for (Kind kind : Kind.values()) {
      for (Item item : workload.items(kind)) {
        workload.alone.put(item, workload.serve(item).reply());
      }
    }
    return workload;
  }

  /**
   * Measures what each item takes alone; before that, times and tokens are not known.
   *
   * @throws IllegalStateException where an answer is another than before, though nothing else ran
   */
  void measureAlone() throws InterruptedException {
    for (Kind kind : Kind.values()) {
      Samples times = new Samples();
      for (Item item : items(kind)) {
        measureAlone(item, times);
      }
      aloneTimes.put(kind, times);
    }
  }

  private void addItems(int picture, long seed) {
    for (String shape : scenes.get(picture).shapes()) {
      add(picture, Question.locate("the " + shape));
      String color = shape.substring(0, shape.indexOf(' '));
      add(picture, Question.ask("Is there a " + shape + "?"));
      add(picture, Question.ask("How many " + color + " objects are there?"));
    }
    add(picture, Question.ask("How many objects are there?"));
    add(picture, Question.caption());
    for (int i = 0; i < CHAT_SEEDS; i++) {
      add(picture, Question.chat("Describe the image.", seed * CHAT_SEEDS + i));
    }
    add(picture, new Question(Kind.ENCODE, "the " + scenes.get(picture).shapes().get(0), 0));
  }

  private void add(int picture, Question question) {
    List<Item> ofKind = items.computeIfAbsent(question.kind(), kind -> new ArrayList<>());
    Item item = new Item(picture, question);
    if (!ofKind.contains(item)) {
      ofKind.add(item);
    }
  }

  private List<Item> items(Kind kind) {
    return Objects.requireNonNull(items.get(kind));
  }

  private void measureAlone(Item item, Samples times) throws InterruptedException {
    serve(item); // its prefix is cached now
    EngineStats before = Engines.settled(engine);
    long start = System.nanoTime();
    Served served = serve(item);
    times.add(served.end() - start);
    String difference = difference(item, served.reply());
    if (difference != null) {
      throw new IllegalStateException(difference + ", which was none");
    }
    needed.put(item, Engines.settled(engine).promptTokens() - before.promptTokens());
  }

  /** Any of the items, kinds by their shares. */
  Item draw(SplittableRandom random) {
    int left = random.nextInt(100);
    for (Kind kind : Kind.values()) {
      left -= Objects.requireNonNull(SHARES.get(kind));
      if (left < 0) {
        return draw(random, kind);
      }
    }
    throw new IllegalStateException("the shares do not add up to 100");
  }

  /** Any of the items of a kind. */
  Item draw(SplittableRandom random, Kind kind) {
    List<Item> ofKind = items(kind);
    return ofKind.get(random.nextInt(ofKind.size()));
  }

  /** Puts an item to the engine and waits; where a picture is encoded, also checks the handle. */
  Served serve(Item item) {
    Question question = item.question();
    if (question.kind() != Kind.ENCODE) {
      Reply reply = question.put(engine, images.get(item.picture()));
      return new Served(reply, System.nanoTime());
    }
    try (EncodedImage image = engine.encode(scenes.get(item.picture()).input())) {
      long end = System.nanoTime();
      return new Served(Question.locate(question.text()).put(engine, image), end);
    }
  }

  /** How a reply differs from the one alone, or null where it does not. */
  @Nullable String difference(Item item, Reply reply) {
    Reply expected = expected(item);
    return reply.equalsAnswer(expected)
        ? null
        : item + ": alone " + expected.answer() + ", under load " + reply.answer();
  }

  Reply expected(Item item) {
    return Objects.requireNonNull(alone.get(item));
  }

  /** Prompt tokens that an item computes with its picture's prefix cached. */
  long neededTokens(Item item) {
    return Objects.requireNonNull(needed.get(item));
  }

  /** The handle of a picture. */
  EncodedImage image(int picture) {
    return images.get(picture);
  }

  int pictures() {
    return scenes.size();
  }

  /** The durations of a kind when nothing else ran. */
  Samples aloneTimes(Kind kind) {
    return Objects.requireNonNull(aloneTimes.get(kind));
  }

  /** Gives the pictures back. */
  void closeImages() {
    images.forEach(EncodedImage::close);
  }
}
