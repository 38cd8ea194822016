package io.fovea.grounding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AgentAnswerTest {
  private static final Box BOX = new Box(212, 498, 787, 564);
  private static final GroundedOperation SEARCH =
      new GroundedOperation("combobox", "Search", "TYPE", "CogVLM", Optional.of(BOX));

  @Test
  void readsAWholeAnswer() {
    AgentAnswer answer =
        AgentAnswer.parse(
            "Plan: 1. Type the query. 2. Press search. Next Action: Type \"CogVLM\" into the bar."
                + " Grounded Operation:[combobox] Search -> TYPE: CogVLM at the box"
                + " [[212,498,787,564]]");
    assertThat(answer.plan()).isEqualTo("1. Type the query. 2. Press search.");
    assertThat(answer.nextAction()).isEqualTo("Type \"CogVLM\" into the bar.");
    assertThat(answer.operations()).containsExactly(SEARCH);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[button] Log in -> CLICK at the box [[212,498,787,564]] | button | Log in | CLICK | ''",
        "[button]Log in->CLICK at the box[[212,498,787,564]] | button | Log in | CLICK | ''",
        "[link] -> CLICK at the box [[212,498,787,564]] | link | '' | CLICK | ''",
        "Log in -> CLICK at the box [[212,498,787,564]] | '' | Log in | CLICK | ''",
        "[select] Size -> SELECT: 10:30, a -> b [[212,498,787,564]] | select | Size | SELECT"
            + " | 10:30, a -> b",
        "[input] Name -> TYPE : me at home at the box [[212, 498, 787, 564] | input | Name | TYPE"
            + " | me at home",
        "[a] [b] c -> HOVER at box [[212,498,787,564]] | a | [b] c | HOVER | ''",
        "[button] Log in [[212,498,787,564]] | button | Log in | '' | ''",
        "tap [[212,498,787,564]] | '' | '' | tap | ''",
        "press home [[212,498,787,564]] | '' | '' | press | home",
        "CLICK AT THE BOX [[787,564,212,498]] | '' | '' | CLICK | ''",
        "[[212,498,787,564]] | '' | '' | '' | ''",
      })
  void readsOneOperation(String text, String type, String label, String action, String argument) {
    assertThat(AgentAnswer.parse("Grounded Operation: " + text).operations())
        .containsExactly(new GroundedOperation(type, label, action, argument, Optional.of(BOX)));
  }

  @Test
  void twoNumbersAreAPoint() {
    assertThat(AgentAnswer.parse("Grounded Operation:tap [[681,808]]").operations())
        .containsExactly(
            new GroundedOperation("", "", "tap", "", Optional.of(new Point(681, 808))));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[combobox] Search -> TYPE: CogVLM",
        "[combobox] Search -> TYPE: CogVLM at the box",
        "[combobox] Search -> TYPE: CogVLM at the box [[212,498,7",
        "[combobox] Search -> TYPE: CogVLM at the box [[",
      })
  void aPlaceThatIsCutOffIsNone(String text) {
    assertThat(AgentAnswer.parse("Grounded Operation:" + text).operations())
        .containsExactly(
            new GroundedOperation("combobox", "Search", "TYPE", "CogVLM", Optional.empty()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[combobox] Search -> TYPE: CogVLM at the box [[212,498,787,564]] tap [[001,002]]",
        "[combobox] Search -> TYPE: CogVLM at the box [[212,498,787,564]], and then tap [[1,2]].",
        "[combobox] Search -> TYPE: CogVLM at the box [[212,498,787,564]]\ntap [[001,002]]\n",
        "[combobox] Search -> TYPE: CogVLM at the box\n[[212,498,787,564]]\n\ntap [[001,002]]",
        "[combobox] Search -> TYPE: CogVLM at the box [[212,498,787,564]] Grounded Operation:tap"
            + " [[001,002]] to submit it.",
      })
  void readsSeveralOperations(String text) {
    GroundedOperation tap = new GroundedOperation("", "", "tap", "", Optional.of(new Point(1, 2)));
    assertThat(AgentAnswer.parse("Grounded Operation:" + text).operations())
        .containsExactly(SEARCH, tap);
    assertThat(AgentAnswer.parse(text).operations()).as("bare").containsExactly(SEARCH, tap);
  }

  @Test
  void linesWithoutAPlaceAreOperationsToo() {
    assertThat(AgentAnswer.parse("Grounded operation: press back\n[tab] A -> CLICK").operations())
        .containsExactly(
            new GroundedOperation("", "", "press", "back", Optional.empty()),
            new GroundedOperation("tab", "A", "CLICK", "", Optional.empty()));
  }

  @Test
  void anOperationAfterAPlaceKeepsItsType() {
    List<GroundedOperation> operations =
        AgentAnswer.parse("[a] b -> CLICK [[1,2,3,4]] [c] d -> CLICK [[5,6]]").operations();
    assertThat(operations).extracting(GroundedOperation::elementType).containsExactly("a", "c");
  }

  @Test
  void partsMayBeMissing() {
    assertThat(AgentAnswer.parse("Next Action: go"))
        .isEqualTo(new AgentAnswer("", "go", List.of()));
    assertThat(AgentAnswer.parse("plan : a\nNEXT  ACTION: b"))
        .isEqualTo(new AgentAnswer("a", "b", List.of()));
    assertThat(AgentAnswer.parse("A red square [[1,2,3,4]]."))
        .isEqualTo(new AgentAnswer("", "", List.of()));
    assertThat(AgentAnswer.parse("")).isEqualTo(new AgentAnswer("", "", List.of()));
    assertThat(AgentAnswer.parse("[[1,2,3,4]]").operations()).as("a box alone").isEmpty();
  }

  @Test
  void anEarlierHeadingInALaterPartIsText() {
    AgentAnswer answer = AgentAnswer.parse("Plan: a Next Action: pick Plan: Pro, next action: b");
    assertThat(answer.plan()).isEqualTo("a");
    assertThat(answer.nextAction()).isEqualTo("pick Plan: Pro, next action: b");
  }

  @Test
  void readsWhatItWrites() {
    for (int seed = 0; seed < 5_000; seed++) {
      AgentAnswer answer = answer(new Random(seed));
      assertThat(AgentAnswer.parse(answer.text())).as("seed %d", seed).isEqualTo(answer);
    }
  }

  @Test
  void noTextIsAnError() {
    for (int seed = 0; seed < 20_000; seed++) {
      Random random = new Random(seed);
      StringBuilder text = new StringBuilder(answer(random).text());
      for (int edits = random.nextInt(6); edits > 0; edits--) {
        edit(text, random);
      }
      assertThatCode(() -> new CogAgentDialect().parse(text.toString())).doesNotThrowAnyException();
      assertThatCode(() -> AgentAnswer.parse(text.toString()))
          .as("seed %d: %s", seed, text)
          .doesNotThrowAnyException();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        " ",
        "[",
        "]",
        ";",
        ":",
        "->",
        "at the box ",
        "and ",
        "plan:",
        "next ",
        "\n",
        "[a] ",
        "Grounded Operation:",
        "[[1,2,3,4]]",
        "tap [[1,2]] ",
        "[a] b -> C [[1,2]]\n",
        "a\n",
        "["
      })
  void aMegabyteTakesSeconds(String unit) {
    String text = "Grounded Operation:[a]" + unit.repeat((1 << 20) / unit.length());
    Supplier<AgentAnswer> parsed =
        () -> Assertions.assertTimeout(Duration.ofSeconds(20), () -> AgentAnswer.parse(text));
    assertThat(parsed.get().operations()).isNotEmpty();
    Assertions.assertTimeout(Duration.ofSeconds(20), () -> new CogAgentDialect().parse(text));
  }

  private static AgentAnswer answer(Random random) {
    List<GroundedOperation> operations = new ArrayList<>();
    for (int n = random.nextInt(4); n > 0; n--) {
      Optional<Place> place =
          switch (random.nextInt(3)) {
            case 0 -> Optional.empty();
            case 1 -> Optional.of(new Point(random.nextInt(1000), random.nextInt(1000)));
            default -> Optional.of(box(random));
          };
      operations.add(
          new GroundedOperation(
              words(random, 0, ""),
              words(random, 0, ""),
              words(random, 1, "").replace(' ', '_'),
              words(random, 0, "Plan: [x] -> : 10:30 [1,2]"),
              place));
    }
    return new AgentAnswer(words(random, 0, "1. [["), words(random, 0, "Plan: ->"), operations);
  }

  private static Box box(Random random) {
    return Box.ofCorners(
        random.nextInt(1000), random.nextInt(1000), random.nextInt(1000), random.nextInt(1000));
  }

  /** At least so many words, sometimes with an ending that looks like something else. */
  private static String words(Random random, int least, String ending) {
    String[] words = {"Log", "in", "Suche", "größer", "搜索", "\"quoted\"", "at", "the", "10%", "x."};
    StringBuilder text = new StringBuilder();
    for (int n = least + random.nextInt(3); n > 0; n--) {
      text.append(text.isEmpty() ? "" : " ").append(words[random.nextInt(words.length)]);
    }
    if (!text.isEmpty() && random.nextInt(4) == 0) {
      text.append(' ').append(ending);
    }
    return text.toString().strip();
  }

  private static void edit(StringBuilder text, Random random) {
    int at = random.nextInt(text.length() + 1);
    switch (random.nextInt(4)) {
      case 0 -> text.setLength(at);
      case 1 -> text.delete(at, Math.min(text.length(), at + random.nextInt(8)));
      case 2 -> text.insert(at, (char) random.nextInt(0x10000));
      default -> text.insert(at, text.substring(0, Math.min(at, random.nextInt(200))));
    }
  }
}
