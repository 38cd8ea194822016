package io.fovea.grounding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class GroundingStreamTest {
  private static final long SEED = 7;

  static Stream<String> names() {
    return Dialects.all().stream().map(GroundingDialect::name);
  }

  /** What a stream gave in all. */
  private static final class Collected {
    private final StringBuilder text = new StringBuilder();
    private final List<Region> regions = new ArrayList<>();
    private final List<Pointing> pointings = new ArrayList<>();

    private void add(GroundingStream.Released released) {
      text.append(released.text());
      regions.addAll(released.regions());
      pointings.addAll(released.pointings());
    }
  }

  private static void assertSame(GroundingDialect dialect, List<String> pieces, String about) {
    String text = String.join("", pieces);
    GroundingStream stream = dialect.stream(DialectSamples.FRAME);
    Collected collected = new Collected();
    pieces.forEach(piece -> collected.add(stream.feed(piece)));
    collected.add(stream.finish());
    GroundedText whole = dialect.parse(text, DialectSamples.FRAME);
    String name = about + ", pieces " + pieces;
    assertThat(collected.text.toString()).as(name).isEqualTo(whole.plainText());
    assertThat(collected.regions).as(name).isEqualTo(whole.regions());
    assertThat(collected.pointings).as(name).isEqualTo(whole.pointings());
    assertThat(stream.soFar()).as(name).isEqualTo(whole);
  }

  private static List<String> cut(Random random, String text, int longest) {
    List<String> pieces = new ArrayList<>();
    for (int at = 0; at < text.length(); ) {
      int end = Math.min(text.length(), at + 1 + random.nextInt(longest));
      pieces.add(text.substring(at, end));
      at = end;
    }
    return pieces;
  }

  @ParameterizedTest
  @MethodSource("names")
  void everyCutOfTheExampleGivesTheSame(String name) {
    GroundingDialect dialect = Dialects.named(name);
    String text = " Look: " + dialect.example() + " and \ud83d\ude00, " + dialect.example() + " ";
    for (int at = 0; at <= text.length(); at++) {
      assertSame(dialect, List.of(text.substring(0, at), text.substring(at)), "cut " + at);
    }
    assertSame(dialect, cut(new Random(SEED), text, 1), "char by char");
  }

  @ParameterizedTest
  @MethodSource("names")
  void randomTextsInRandomPiecesGiveTheSame(String name) {
    GroundingDialect dialect = Dialects.named(name);
    Random random = new Random(SEED);
    for (int i = 0; i < 1_500; i++) {
      String text =
          i % 2 == 0 ? DialectSamples.text(random, 12) : DialectSamples.text(random, dialect);
      List<String> pieces = cut(random, text, 1 + random.nextInt(12));
      assertSame(dialect, pieces, "seed " + SEED + ", case " + i);
    }
  }

  @Test
  void releasesWordsAtOnceAndBoxesWhole() {
    GroundingStream stream = Dialects.named("qwen-vl").stream(Frame.unknown());
    assertThat(stream.feed("See").text()).isEqualTo("See");
    assertThat(stream.feed(" a < b <re").text()).isEqualTo(" a < b");
    assertThat(stream.feed("f>the dog</re").text()).isEmpty();
    assertThat(stream.feed("f>").text()).isEqualTo(" the dog");
    assertThat(stream.feed("<box>(1,2),(3,4").regions()).isEmpty();
    assertThat(stream.feed("5)</bo").regions()).isEmpty();
    GroundingStream.Released box = stream.feed("x>.");
    assertThat(box.regions()).extracting(Region::box).containsExactly(new Box(1, 2, 3, 45));
    assertThat(box.regions()).extracting(Region::phrase).containsExactly("the dog");
    assertThat(box.text()).isEqualTo(".");
    assertThat(stream.soFar().inPlainText(box.regions().get(0))).isEqualTo(new Span(10, 17));
    stream.finish();
    assertThatThrownBy(() -> stream.feed("x")).isInstanceOf(IllegalStateException.class);
  }

  /** A bracket that nothing follows must not hold the rest of an answer back. */
  @ParameterizedTest
  @MethodSource("names")
  void holdsBackNoMoreThanAFewCharsOfOrdinaryText(String name) {
    GroundingStream stream = Dialects.named(name).stream(DialectSamples.FRAME);
    String answer = "We see < 5 dogs, [some] {of them} (small) `at` home > and [ so on.";
    int held = 0;
    int released = 0;
    for (int i = 0; i < answer.length(); i++) {
      released += stream.feed(answer.substring(i, i + 1)).text().length();
      held = Math.max(held, i + 1 - released);
    }
    // Kosmos-2 takes everything in angle brackets away, so it has to wait for the closing one.
    assertThat(held).isLessThanOrEqualTo(name.equals("kosmos-2") ? answer.length() : 4);
  }

  /** The longest phrase and the longest list: what is longer is text. */
  @Test
  void whatIsTooLongIsReleased() {
    GroundingStream stream = Dialects.named("qwen-vl").stream(Frame.unknown());
    String words = "x".repeat(1200);
    String text = stream.feed("<ref>" + words).text();
    assertThat(text).isEqualTo(words);
    GroundingStream kosmos = Dialects.named("kosmos-2").stream(Frame.unknown());
    assertThat(kosmos.feed("a < " + words).text()).isEqualTo("a < " + words);
    GroundingStream json = Dialects.named("gemini").stream(Frame.unknown());
    assertThat(json.feed("{\"label\": \"").text()).isEmpty();
    String mask = "A".repeat(200_000);
    GroundingStream.Released object =
        json.feed("x\", \"box_2d\": [1,2,3,4], \"mask\": \"" + mask + "\"} ");
    assertThat(object.regions()).extracting(Region::maskCodes).containsExactly(mask);
  }

  /** What is held back is not read again with every char. */
  @ParameterizedTest
  @MethodSource("names")
  void hostileTextsCharByCharTakeLinearTime(String name) {
    ThreadMXBean clock = ManagementFactory.getThreadMXBean(); // CPU time: other work does not count
    for (String unit : List.of("<", "[", " ", "[[1,2,3,4],", "{\"a\": \"b", "<ref>aaaa ")) {
      GroundingStream stream = Dialects.named(name).stream(DialectSamples.FRAME);
      String text = unit.repeat(30_000 / unit.length());
      long start = clock.getCurrentThreadCpuTime();
      for (int i = 0; i < text.length(); i++) {
        stream.feed(text.substring(i, i + 1));
      }
      stream.finish();
      long millis = (clock.getCurrentThreadCpuTime() - start) / 1_000_000;
      assertThat(millis).as("'%s'", unit).isLessThan(1_000);
    }
  }
}
