package io.fovea.grounding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.fovea.InvalidRequestException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CogVlmDialectTest {
  private final CogVlmDialect dialect = new CogVlmDialect();

  private List<Box> boxes(String text) {
    return dialect.parse(text).regions().stream().map(Region::box).toList();
  }

  @Test
  void writesThreeDigitsAndJoinsBoxes() {
    assertThat(dialect.format(List.of(new Box(0, 7, 99, 999)))).isEqualTo("[[000,007,099,999]]");
    assertThat(dialect.format(List.of(new Box(1, 2, 3, 4), new Box(5, 6, 7, 8))))
        .isEqualTo("[[001,002,003,004;005,006,007,008]]");
    assertThatThrownBy(() -> dialect.format(List.of())).isInstanceOf(InvalidRequestException.class);
  }

  @Test
  void readsWhatItWrites() {
    long seed = 11;
    Random random = new Random(seed);
    for (int i = 0; i < 5_000; i++) {
      List<Box> boxes = new ArrayList<>();
      for (int n = 1 + random.nextInt(5); n > 0; n--) {
        boxes.add(
            Box.ofCorners(
                random.nextInt(1000), random.nextInt(1000),
                random.nextInt(1000), random.nextInt(1000)));
      }
      assertThat(boxes(dialect.format(boxes))).as("seed %d, case %d", seed, i).isEqualTo(boxes);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[[097,514,283,996]]",
        "[[097, 514, 283, 996]]",
        "[[ 097 ,514,\n283,\t996 ]]",
        "[[97,514,283,996]]",
        "[[0097,0514,0283,0996]]",
        "[[097 514 283 996]]",
        "[[283,996,097,514]]",
        "[[283,514,097,996]]",
        "[[097,514,283,996]",
        "[097,514,283,996]]",
        "[[[097,514,283,996]]]",
        "[ [[097,514,283,996]] ]",
        "[[097,514,283,996;]]",
        "[[;097,514,283,996]]",
        "[[097,514,283,996;111,222,33",
        "[[x0,y0,x1,y1]] [[097,514,283,996]]",
        "Use [[xmin,ymin,xmax,ymax]]: a dog [[097,514,283,996]].",
        "see [1], a dog [[097,514,283,996]]",
        "[[12345,1,2,3;097,514,283,996]]",
        "[[1,2,3;097,514,283,996]]",
        "[[1,2,3,4,5;097,514,283,996]]",
        "[[,,;097,514,283,996]]",
      })
  void readsOneBoxHoweverSloppy(String text) {
    assertThat(boxes(text)).containsExactly(new Box(97, 514, 283, 996));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[[001,002,003,004;005,006,007,008]]",
        "[[001,002,003,004 ; 005,006,007,008]]",
        "[[001,002,003,004;\n005,006,007,008]]",
        "[[001,002,003,004]] [[005,006,007,008]]",
        "[[001,002,003,004]][[005,006,007,008]]",
        "[[001,002,003,004],[005,006,007,008]]",
        "[[001,002,003,004] and [[005,006,007,008]]",
      })
  void readsTwoBoxes(String text) {
    assertThat(boxes(text)).containsExactly(new Box(1, 2, 3, 4), new Box(5, 6, 7, 8));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "no box at all",
        "[[x0,y0,x1,y1]]",
        "[[dog]]",
        "[[]]",
        "[[,;,]]",
        "[1,2,3,4]",
        "[[1,2,3,4",
        "1,2,3,4]]",
        "[[1,2,3]]",
        "[[-1,2,3,4]]",
        "[[0.1,0.2,0.3,0.4]]",
        "[[12345,1,2,3]]",
        "[[99999999999999999999,1,2,3]]",
        "[[\u0661,\u0662,\u0663,\u0664]]",
        "]]][[[",
      })
  void readsNoBox(String text) {
    GroundedText found = dialect.parse(text);
    assertThat(found.regions()).isEmpty();
    assertThat(found.pointings()).isEmpty();
  }

  @Test
  void clampsAndKeepsEmptyBoxes() {
    assertThat(boxes("[[000,000,1000,9999]]")).containsExactly(new Box(0, 0, 999, 999));
    assertThat(boxes("[[500,500,500,500]]")).containsExactly(new Box(500, 500, 500, 500));
  }

  @Test
  void readsPoints() {
    GroundedText found = dialect.parse("Tap the button [[512,1000;10,20,30,40]]");
    assertThat(found.pointings())
        .containsExactly(new Pointing("the button", 4, 14, new Point(512, 999)));
    assertThat(found.regions())
        .extracting(Region::phrase, Region::box)
        .containsExactly(tuple("the button", new Box(10, 20, 30, 40)));
  }

  @Test
  void keepsRepeatedPhrasesAndTheirPlaces() {
    String text = "A dog [[001,002,003,004]] and a DOG [[005,006,007,008]].";
    List<Region> regions = dialect.parse(text).regions();
    assertThat(regions).extracting(Region::phrase).containsExactly("a dog", "a dog");
    assertThat(regions)
        .extracting(r -> text.substring(r.textStart(), r.textEnd()))
        .containsExactly("A dog", "a DOG");
    assertThat(regions).allMatch(r -> r.confidence() == null);
  }

  @Test
  void sharesThePhraseOfThePreviousBox() {
    assertThat(dialect.parse("two dogs [[1,2,3,4]], [[5,6,7,8]] and [[9,10,11,12]]").regions())
        .extracting(Region::phrase)
        .containsExactly("two dogs", "two dogs", "two dogs");
  }

  @Test
  void aBareBoxHasNoPhrase() {
    Region region = dialect.parse(" [[1,2,3,4]]").regions().get(0);
    assertThat(region.phrase()).isEmpty();
    assertThat(region.textStart()).isEqualTo(region.textEnd());
    assertThat(region.withPhrase("a cup").phrase()).isEqualTo("a cup");
  }

  @Test
  void takesLinearTime() {
    List<String> hostile =
        List.of(
            "[".repeat(300_000),
            "[[1,".repeat(100_000),
            "[[1 ".repeat(100_000) + "x",
            "a,".repeat(200_000) + "[[1,2,3,4]]");
    ThreadMXBean clock = ManagementFactory.getThreadMXBean(); // CPU time: other work does not count
    long start = clock.getCurrentThreadCpuTime();
    hostile.forEach(dialect::parse);
    assertThat(clock.getCurrentThreadCpuTime() - start).isLessThan(10_000_000_000L);
  }

  @Test
  void survivesAnyText() {
    long seed = 5;
    Random random = new Random(seed);
    String alphabet = "[]0123456789,; \nab?.é\ud83d\ude00";
    for (int i = 0; i < 20_000; i++) {
      StringBuilder text = new StringBuilder();
      for (int n = random.nextInt(40); n > 0; n--) {
        text.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      for (Region r : dialect.parse(text.toString()).regions()) {
        assertThat(text.substring(r.textStart(), r.textEnd()).toLowerCase(java.util.Locale.ROOT))
            .as("seed %d, case %d: %s", seed, i, text)
            .isEqualTo(r.phrase());
      }
    }
  }

  /** Captions in the manner of the published models; {@code @} stands for a box. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          A room with a ladder @ and a blue and white towel @. | a ladder; a blue and white towel
          A man @ in a hat @ is riding a brown horse @ on the beach @. | a man; a hat; a brown horse; the beach
          There are two dogs @ and a cat @. | two dogs; a cat
          A man wearing sunglasses @ holds a cup of coffee @. | sunglasses; a cup of coffee
          The red circle is located at @. | the red circle
          The ball is at @ | the ball
          red circle @ | red circle
          Red circle: @, blue square: @ | red circle; blue square
          Where is the dog? @ | where is the dog?
          Yes. Is it the dog? @ | yes. is it the dog?
          The answer is yes. The dog @ is asleep. | the dog
          The dog. @ | the dog
          A small, red ball @ lies under the table @. | a small, red ball; the table
          Plates, cups @ and forks @ | cups; forks
          In front of the tall building @, people @ are walking. | the tall building; people
          A running dog @ chases children playing football @. | a running dog; football
          A group of people @ standing around. | a group of people
          On the left of the picture there is a woman's hand @. | a woman's hand
          A black-and-white cat @ | a black-and-white cat
          the man @ to the left of the fire hydrant @ | the man; the fire hydrant
          A train @ traveling down train tracks @ next to trees @ | a train; train tracks; trees
          A living room with a painting @ above the dining table @ | a painting; the dining table
          Three zebras @ and their shadows @ (partly hidden) | three zebras; their shadows
          Le café @ près du Ångström-Straße @ | le café; près du ångström-straße
          The large green triangle @ overlaps the small yellow star @! | the large green triangle; the small yellow star
          """)
  void findsThePhraseBeforeEachBox(String caption, String phrases) {
    String text = caption.replace("@", "[[100,200,300,400]]");
    assertThat(dialect.parse(text).regions())
        .extracting(Region::phrase)
        .containsExactly(phrases.split("; "));
  }
}
