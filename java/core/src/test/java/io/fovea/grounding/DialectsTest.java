package io.fovea.grounding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.InvalidRequestException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every dialect. */
class DialectsTest {
  private static final long SEED = 3;
  private static final Set<String> BY_NUMBER = Set.of("groma", "chatrex", "next-chat");
  private static final Set<String> POINTS_ONLY = Set.of("molmo", "molmo-2");

  /** One step of quantisation, as a fraction of the picture's side; 0.001 unless named. */
  private static final Map<String, Double> STEP =
      Map.ofEntries(
          Map.entry("kosmos-2", 1 / 32.0),
          Map.entry("minigpt-v2", 1 / 100.0),
          Map.entry("qwen2.5-vl", 1 / 476.0),
          Map.entry("kosmos-2.5", 1 / 476.0),
          Map.entry("ofa", 1 / 999.0),
          Map.entry("qwen-vl-eval", 1 / 999.0),
          Map.entry("deepseek-vl2", 1 / 999.0),
          Map.entry("rex-omni", 1 / 999.0),
          // A thousandth of the longer side, on the shorter one.
          Map.entry("shikra", 641 / 480.0 / 1000),
          // Written as round(1023 v), read as n / 1024: half a step, and one more at the far edge.
          Map.entry("paligemma", 1.5 / 1024));

  static Stream<String> names() {
    return Dialects.all().stream().map(GroundingDialect::name);
  }

  static Stream<String> spelled() {
    return names().filter(name -> !BY_NUMBER.contains(name) && !POINTS_ONLY.contains(name));
  }

  @Test
  void namesAreFoundAndListed() {
    assertThat(names()).doesNotHaveDuplicates().hasSizeGreaterThanOrEqualTo(24);
    assertThat(Dialects.named("Qwen-VL").name()).isEqualTo("qwen-vl");
    assertThatThrownBy(() -> Dialects.named("latin"))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("'latin'")
        .hasMessageContaining("cogvlm, cogagent, kosmos-2");
  }

  @ParameterizedTest
  @MethodSource("names")
  void theExampleIsOfItsDialect(String name) {
    GroundingDialect dialect = Dialects.named(name);
    GroundedText read = dialect.parse(dialect.example(), DialectSamples.FRAME);
    assertThat(read.regions().size() + read.pointings().size()).isPositive();
  }

  private static final List<String> NESTED =
      List.of("cogvlm", "cogagent", "internvl", "deepseek-vl2", "glm-v");

  /** Bare numbers tell nothing, and one model writes another's tags. */
  private static final Map<String, List<String>> SEVERAL =
      Map.of(
          "cogvlm",
          NESTED,
          "cogagent",
          NESTED,
          "qwen-vl-eval",
          List.of("qwen-vl"),
          "qwen2.5-vl",
          List.of("qwen2.5-vl", "qwen3-vl", "glm-v"),
          "qwen3-vl",
          List.of("qwen2.5-vl", "qwen3-vl", "glm-v"),
          "florence-2-ocr",
          List.of("florence-2"),
          "florence-2-segmentation",
          List.of("florence-2"),
          "ferret",
          List.of("ferret", "shikra"),
          "shikra",
          List.of("shikra", "ferret"));

  @ParameterizedTest
  @MethodSource("names")
  void isDetectedByItsTagsAlone(String name) {
    assertThat(Dialects.detect("So: " + Dialects.named(name).example()))
        .extracting(GroundingDialect::name)
        .containsExactlyInAnyOrderElementsOf(SEVERAL.getOrDefault(name, List.of(name)));
  }

  @Test
  void detectsNothingOrSeveral() {
    assertThat(Dialects.detect("A cat [1] on <b>the</b> mat (2,3).")).isEmpty();
    assertThat(Dialects.detect("a<loc_1><loc_2><loc_3> and <bin_1>"))
        .extracting(GroundingDialect::name)
        .containsExactly("ofa", "florence-2");
    assertThat(Dialects.detect("<poly><loc_1><loc_2></poly>"))
        .extracting(GroundingDialect::name)
        .containsExactly("florence-2-segmentation");
    assertThat(Dialects.detect("the dog(1,2),(3,4)"))
        .extracting(GroundingDialect::name)
        .containsExactly("qwen-vl", "qwen2-vl");
  }

  @ParameterizedTest
  @MethodSource("spelled")
  void readsWhatItWritesWithinAStep(String name) {
    GroundingDialect dialect = Dialects.named(name);
    double step = STEP.getOrDefault(name, 1e-3) + 1e-12;
    Random random = new Random(SEED);
    for (int i = 0; i < 500; i++) {
      List<Mention> mentions = new ArrayList<>();
      StringBuilder text = new StringBuilder();
      Mention mention = DialectSamples.mention(random, "the 狗 dog \ud840\udc00");
      mentions.add(mention);
      text.append(dialect.write(mention, DialectSamples.FRAME));
      List<Region> read = dialect.parse(text.toString(), DialectSamples.FRAME).regions();
      assertThat(read).as("seed %d, case %d: %s", SEED, i, text).hasSameSizeAs(mention.shapes());
      for (int k = 0; k < read.size(); k++) {
        Geometry.Rectangle wanted = mention.shapes().get(k).bounds();
        Geometry.Rectangle found = read.get(k).shape().bounds();
        assertThat(distance(wanted, found))
            .as("seed %d, case %d: %s", SEED, i, text)
            .isLessThanOrEqualTo(step);
      }
    }
  }

  private static double distance(Geometry.Rectangle a, Geometry.Rectangle b) {
    double x = Math.max(Math.abs(a.x0() - b.x0()), Math.abs(a.x1() - b.x1()));
    double y = Math.max(Math.abs(a.y0() - b.y0()), Math.abs(a.y1() - b.y1()));
    return Math.max(x, y);
  }

  @ParameterizedTest
  @MethodSource("spelled")
  void promptsSpellBoxes(String name) {
    GroundingDialect dialect = Dialects.named(name);
    assertThatThrownBy(() -> dialect.format(List.of())).isInstanceOf(InvalidRequestException.class);
    if (Set.of("qwen2.5-vl", "kosmos-2.5", "shikra").contains(name)) {
      assertThatThrownBy(() -> dialect.format(List.of(new Box(1, 2, 3, 4))))
          .isInstanceOf(InvalidRequestException.class)
          .hasMessageContaining("size");
    } else {
      String text = dialect.format(List.of(new Box(100, 200, 300, 400)));
      assertThat(dialect.parse(text).regions()).hasSize(1);
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void anyTextIsReadAndItsPhrasesAreInIt(String name) {
    GroundingDialect dialect = Dialects.named(name);
    Random random = new Random(SEED);
    for (int i = 0; i < 3_000; i++) {
      String text = DialectSamples.text(random, 14);
      GroundedText read = dialect.parse(text, DialectSamples.FRAME);
      String about = "seed " + SEED + ", case " + i + ": " + text;
      for (Region region : read.regions()) {
        assertThat(region.textEnd()).as(about).isBetween(region.textStart(), text.length());
        Span plain = read.inPlainText(region);
        assertThat(plain.end()).as(about).isBetween(plain.start(), read.plainText().length());
        if (!plain.isEmpty() && region.textEnd() > region.textStart()) {
          assertThat(plain.in(read.plainText())).as(about).isEqualToIgnoringCase(region.phrase());
        }
      }
      assertThat(read.plainText()).as(about).isEqualTo(read.plainText().strip());
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void hostileTextsTakeLinearTime(String name) {
    GroundingDialect dialect = Dialects.named(name);
    List<String> units =
        List.of(
            "[",
            "[[",
            "<",
            "(",
            "{",
            "`",
            "{\"",
            "{\"a\":",
            "{\"a\":{\"b\":1},",
            "[{",
            "\\\"{",
            "<ref>",
            "<p>",
            "<phrase>",
            "<box>",
            "<object>",
            "<roi>",
            "<think>",
            "<points ",
            "<point x=\"",
            "[[1,",
            "[[1,2,3,4],",
            "[1,2,3,4][",
            "[0.1,0.2,0.3,0.4;",
            "(1,2),",
            "{<1><2><3><4><delim>",
            "<loc_1>",
            "<loc0001>",
            "<bin_1>",
            "<r1>",
            "<patch_index_0001>",
            "<|box_start|>",
            "<|begin_of_box|>[",
            "<|det|>[[",
            " ",
            "a-",
            "a ",
            "[1,2,3,4] ,",
            "<|box_start|><1><2>,",
            "<x_1><y_1>",
            "\"",
            "'",
            "{'a': \"",
            "12",
            "\ud83d\ude00");
    for (String unit : units) {
      assertLinear(dialect, unit, 200_000);
    }
    assertLinear(dialect, dialect.example(), 1_000_000);
    assertLinear(
        dialect, dialect.example().substring(0, dialect.example().length() / 2), 1_000_000);
    assertLinear(dialect, "[<({", 1_000_000);
  }

  /** A second is ten times what it takes, and a tenth of what anything but linear time takes. */
  private static void assertLinear(GroundingDialect dialect, String unit, int chars) {
    ThreadMXBean clock = ManagementFactory.getThreadMXBean(); // CPU time: other work does not count
    String text = unit.repeat(chars / unit.length() + 1) + dialect.example();
    long start = clock.getCurrentThreadCpuTime();
    dialect.parse(text, DialectSamples.FRAME);
    long millis = (clock.getCurrentThreadCpuTime() - start) / 1_000_000;
    assertThat(millis).as("%d chars of '%s'", chars, unit).isLessThan(1_000);
  }
}
