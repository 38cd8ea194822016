package io.fovea.grounding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.util.List;
import org.junit.jupiter.api.Test;

class CogAgentDialectTest {
  private final GroundingDialect dialect = new CogAgentDialect();

  @Test
  void theBoxOfAnOperationBelongsToTheElement() {
    String text =
        "Next Action: Type into the bar. Grounded Operation:[combobox] Search Bar -> TYPE: cats at"
            + " the box [[212,498,787,564]]";
    Region region = dialect.parse(text).regions().get(0);
    assertThat(region.phrase()).isEqualTo("search bar");
    assertThat(text.substring(region.textStart(), region.textEnd())).isEqualTo("Search Bar");
    assertThat(region.box()).isEqualTo(new Box(212, 498, 787, 564));
  }

  @Test
  void severalOperationsHaveAnElementEach() {
    String text =
        "Grounded Operation:[button] Log in -> CLICK at the box [[1,2,3,4]] [link] -> CLICK at the"
            + " box [[5,6,7,8]]\n[tab] News -> CLICK at the point\n[[9,10]]";
    GroundedText found = dialect.parse(text);
    assertThat(found.regions())
        .extracting(Region::phrase, Region::box)
        .containsExactly(tuple("log in", new Box(1, 2, 3, 4)), tuple("link", new Box(5, 6, 7, 8)));
    assertThat(found.pointings())
        .extracting(Pointing::phrase, Pointing::point)
        .containsExactly(tuple("news", new Point(9, 10)));
  }

  @Test
  void otherBoxesBelongToTheNounPhrase() {
    String text = "Plan: use the search bar [[1,2,3,4]]. Grounded Operation:tap [[5,6]]";
    GroundedText found = dialect.parse(text);
    assertThat(found.regions()).extracting(Region::phrase).containsExactly("the search bar");
    assertThat(found.pointings()).extracting(Pointing::phrase).containsExactly("tap");
    String caption = "A ladder [[378,107,636,998]] and towels [[073,000,346,905;500,010,620,300]]";
    assertThat(dialect.parse(caption)).isEqualTo(new CogVlmDialect().parse(caption));
  }

  @Test
  void writesAsCogVlmDoes() {
    List<Box> boxes = List.of(new Box(1, 2, 3, 4), new Box(5, 6, 7, 8));
    assertThat(dialect.format(boxes)).isEqualTo("[[001,002,003,004;005,006,007,008]]");
  }
}
