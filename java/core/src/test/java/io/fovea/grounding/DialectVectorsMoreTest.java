package io.fovea.grounding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.fovea.ImageSize;
import io.fovea.InvalidRequestException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** As {@link DialectVectorsTest}, for the other notations. */
class DialectVectorsMoreTest {
  private static final ImageSize VGA = new ImageSize(640, 480);
  private static final double HALF_UNIT = 5e-4; // of the last digit published

  private static GroundedText read(String dialect, String text, Frame frame) {
    return Dialects.named(dialect).parse(text, frame);
  }

  private static GroundedText read(String dialect, String text) {
    return read(dialect, text, Frame.unknown());
  }

  private static void assertPixels(Region region, ImageSize size, double... expected) {
    PixelBox box = region.toPixels(size);
    assertThat(new double[] {box.left(), box.top(), box.right(), box.bottom()})
        .containsExactly(expected, within(10 * HALF_UNIT));
  }

  private static Frame ofa(int side) {
    return Frame.builder().ofaSide(side).build();
  }

  @Test
  void ofa() {
    String text = "<bin_104> <bin_251> <bin_604> <bin_873>";
    assertPixels(read("ofa", text).regions().get(0), VGA, 66.63, 120.60, 386.95, 419.46);
    Region small = read("ofa", text, ofa(480)).regions().get(0);
    assertPixels(small, VGA, 71.068, 128.641, 412.743, 447.423);
    // Past the edges, where the pre-trained checkpoints' higher bins lie: clamped.
    Region smallest = read("ofa", text, ofa(256)).regions().get(0);
    assertPixels(smallest, VGA, 133.253, 241.201, 640, 480);
    GroundedText found =
        read("ofa", "<bin_1> <bin_2> <bin_3> <bin_4> a cat<bin_1><bin_2><bin_3><bin_4> dog</s>");
    assertThat(found.plainText()).isEqualTo("a cat, dog");
    assertThat(found.regions()).extracting(Region::phrase).containsExactly("a cat", "dog");
    assertThat(found.inPlainText(found.regions().get(1))).isEqualTo(new Span(7, 10));
  }

  @Test
  void ofaQuantises() {
    assertThat(OfaDialect.bin(0.5, 512)).isEqualTo(500); // 499.5, half to even
    Geometry.Rectangle box = new Geometry.Rectangle(0.5, 0.5, 1, 1);
    int[][] expected = {{512, 500, 999}, {480, 468, 937}, {384, 375, 749}, {256, 250, 500}};
    for (int[] row : expected) {
      assertThat(Dialects.named("ofa").write(new Mention("", List.of(box)), ofa(row[0])))
          .isEqualTo("<bin_%1$d> <bin_%1$d> <bin_%2$d> <bin_%2$d>".formatted(row[1], row[2]));
    }
  }

  @Test
  void qwen2Point5ResizesAsItsPreprocessor() {
    ImageSize picture = new ImageSize(1920, 1080);
    ResizeLimits limits = new ResizeLimits(28, 3136, 12_845_056);
    assertThat(limits.resized(picture)).isEqualTo(new ImageSize(1932, 1092));
    assertThat(ResizeLimits.QWEN2_5.resized(picture)).isEqualTo(new ImageSize(1316, 728));
    assertThat(ResizeLimits.QWEN2_5.resized(new ImageSize(20, 20)))
        .isEqualTo(new ImageSize(56, 56));
    assertThat(ResizeLimits.QWEN2_5.resized(new ImageSize(70, 98)))
        .isEqualTo(new ImageSize(56, 112)); // 2.5 and 3.5 patches, half to even
    assertThatThrownBy(() -> limits.resized(new ImageSize(2010, 10)))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("200");
    String text = "```json\n[{\"bbox_2d\": [0, 0, 966, 546], \"label\": \"bird\"}]\n```";
    Frame frame = Frame.builder().picture(picture).limits(limits).build();
    GroundedText found = read("qwen2.5-vl", text, frame);
    assertPixels(found.regions().get(0), picture, 0, 0, 960, 540);
    assertThat(found.plainText()).isEqualTo("bird");
    Frame resized = Frame.builder().resized(new ImageSize(1932, 1092)).build();
    assertThat(read("qwen2.5-vl", text, resized).regions()).isEqualTo(found.regions());
    assertThatThrownBy(() -> read("qwen2.5-vl", text))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("give that size");
  }

  @Test
  void jsonHoweverSloppy() {
    String first = "{\"bbox_2d\": [112, 356, 498, 902], \"label\": \"dog\"}";
    for (String text :
        List.of(
            "[" + first + "]",
            first,
            "```json\n[" + first + ",]\n```",
            "[\n  " + first.replace('"', '\'') + "\n]",
            "[" + first + ", {\"bbox_2d\": [1, 2, 3",
            "[" + first + ", {\"bbox_2d\": [1, 2, 3], \"label\": \"cat\"}, 5]",
            "[{\"label\": \"dog\", \"bbox_2d\": [498.0, 902, 112, 356]}]",
            "[{\"bbox_2d\": [[112, 356, 498, 902]], \"label\": \"dog\", \"more\": {\"a\": 1}}]")) {
      GroundedText found = read("qwen3-vl", text);
      assertThat(found.regions()).as(text).extracting(Region::phrase).containsExactly("dog");
      assertThat(found.regions().get(0).shape())
          .as(text)
          .isEqualTo(new Geometry.Rectangle(0.112, 0.356, 0.498, 0.902));
      assertThat(found.plainText()).as(text).startsWith("dog").doesNotContain("bbox");
    }
  }

  @Test
  void jsonLabelsPointsAndWordsAround() {
    GroundedText found =
        read(
            "qwen3-vl",
            "Here they are:\n```json\n[{\"bbox_2d\": [-5, 2, 3000, 4], \"label\": \"a \\\"big\\\" \\u00e9\"},"
                + " {\"point_2d\": [500, 250], \"label\": \"cup\"}, {\"bbox_2d\": [1, 2, 3, 4]}]\n```"
                + " Anything else, [or] {not}?");
    assertThat(found.plainText())
        .isEqualTo("Here they are:a \"big\" é, cup Anything else, [or] {not}?");
    assertThat(found.regions()).extracting(Region::phrase).containsExactly("a \"big\" é", "");
    assertThat(found.regions().get(0).shape())
        .isEqualTo(new Geometry.Rectangle(0, 0.002, 1, 0.004));
    assertThat(found.pointings()).extracting(Pointing::phrase).containsExactly("cup");
    assertThat(found.pointings().get(0).position()).isEqualTo(new Geometry.Position(0.5, 0.25));
    Span span = found.inPlainText(found.regions().get(0));
    assertThat(span.in(found.plainText())).isEqualTo("a \"big\" é");
    assertThat(found.inPlainText(found.pointings().get(0)).in(found.plainText())).isEqualTo("cup");
    assertThat(read("qwen3-vl", "[]").plainText()).isEmpty();
  }

  @Test
  void geminiHasYFirst() {
    GroundedText found =
        read(
            "gemini",
            "[{\"box_2d\": [241, 128, 731, 489], \"label\": \"dog\","
                + " \"mask\": \"data:image/png;base64,iVBORw0KGgo=\"},"
                + " {\"point\": [100, 900], \"label\": \"eye\"}]");
    Region dog = found.regions().get(0);
    assertThat(dog.shape()).isEqualTo(new Geometry.Rectangle(0.128, 0.241, 0.489, 0.731));
    assertThat(dog.maskCodes()).isEqualTo("data:image/png;base64,iVBORw0KGgo=");
    assertThat(found.pointings().get(0).position()).isEqualTo(new Geometry.Position(0.9, 0.1));
  }

  @Test
  void internVl() {
    GroundedText found =
        read("internvl", "<ref>two men</ref><box>[[10, 20, 30, 40], [50, 60, 70, 1000]]</box> x");
    assertThat(found.plainText()).isEqualTo("two men x");
    assertThat(found.regions())
        .extracting(Region::shape)
        .containsExactly(
            new Geometry.Rectangle(0.01, 0.02, 0.03, 0.04),
            new Geometry.Rectangle(0.05, 0.06, 0.07, 1));
    Region stripped = read("internvl", "the man in black[[322, 152, 602, 998]]").regions().get(0);
    assertThat(stripped.box()).isEqualTo(new Box(322, 152, 602, 998));
    assertThat(read("internvl", "<ref>a</ref><box>[[1, 2, 3, 4], [5, 6").regions())
        .extracting(Region::box)
        .containsExactly(new Box(1, 2, 3, 4));
  }

  @Test
  void deepSeek() {
    ImageSize size = new ImageSize(1000, 1000);
    String text =
        "<|ref|>The giraffe at the back.<|/ref|><|det|>[[580, 270, 999, 900]]<|/det|>\n# Heading";
    GroundedText found = read("deepseek-vl2", text);
    assertPixels(found.regions().get(0), size, 580.58, 270.27, 1000, 900.90);
    assertThat(found.regions().get(0).phrase()).isEqualTo("The giraffe at the back.");
    assertThat(found.plainText()).isEqualTo("The giraffe at the back.\n# Heading");
  }

  @Test
  void miniGpt() {
    GroundedText found = read("minigpt-v2", "<p>a black dog</p> {<10><22><48><91>}");
    assertPixels(found.regions().get(0), VGA, 64, 105.6, 307.2, 436.8);
    assertThat(found.plainText()).isEqualTo("a black dog");
    assertThat(
            read("minigpt-v2", "<p>two cats</p> {<1><2><30><40><delim><50><60><70><80>}").regions())
        .extracting(Region::phrase)
        .containsExactly("two cats", "two cats");
    assertThat(read("minigpt-v2", "{<37><12><69><98>}").regions().get(0).phrase()).isEmpty();
  }

  @Test
  void ferret() {
    GroundedText found =
        read(
            "ferret",
            "There is a cat [302, 115, 644, 880][1, 2, 3, 4] sitting on a chair [102, 40, 700, 990].");
    assertThat(found.plainText()).isEqualTo("There is a cat sitting on a chair.");
    assertThat(found.regions())
        .extracting(Region::phrase)
        .containsExactly("a cat", "a cat", "a chair");
    assertThat(found.regions().get(0).box()).isEqualTo(new Box(302, 115, 644, 880));
  }

  @Test
  void nextChat() {
    Frame frame =
        Frame.of(VGA).toBuilder()
            .candidates(List.of(new CandidateBox(0.25, 0.25, 0.75, 0.75)))
            .build();
    GroundedText found =
        read("next-chat", "A woman <at> <boxes> is next to a man <at> <boxes> .", frame);
    assertThat(found.plainText()).isEqualTo("A woman is next to a man .");
    assertThat(found.regions()).extracting(Region::phrase).containsExactly("A woman");
    assertThat(found.regions()).extracting(Region::index).containsExactly(0);
    assertPixels(found.regions().get(0), VGA, 160, 80, 480, 400);
    assertThatThrownBy(() -> read("next-chat", "", Frame.of(VGA)))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("candidate");
  }

  @Test
  void groma() {
    Frame frame =
        Frame.builder()
            .candidates(
                List.of(new CandidateBox(0, 0, 0.5, 0.5), new CandidateBox(0.5, 0.2, 1.1, 0.8)))
            .build();
    GroundedText found =
        read("groma", "<p> Two dogs </p> <roi> <r1> <r0> <r7> </roi> are playing. </s>", frame);
    assertThat(found.plainText()).isEqualTo("Two dogs  are playing.");
    assertThat(found.regions()).extracting(Region::index).containsExactly(1, 0);
    assertThat(found.regions())
        .extracting(Region::shape)
        .containsExactly(
            new Geometry.Rectangle(0.5, 0.2, 1, 0.8), new Geometry.Rectangle(0, 0, 0.5, 0.5));
    assertThat(read("groma", "<roi><r1>", frame).regions()).hasSize(1);
    Mention near = new Mention("it", List.of(new Geometry.Rectangle(0.6, 0.2, 0.9, 0.7)));
    assertThat(Dialects.named("groma").write(near, frame)).isEqualTo("<p>it</p><roi><r1></roi>");
  }

  @Test
  void molmo() {
    GroundedText one =
        read("molmo", "See <point x=\"63.5\" y='44.5' alt=\"Mt. Rainier\">the peak</point>.");
    assertThat(one.plainText()).isEqualTo("See the peak.");
    Pointing peak = one.pointings().get(0);
    assertThat(peak.phrase()).isEqualTo("the peak");
    assertThat(peak.position().x() * 800).isEqualTo(508.0, within(1e-9));
    GroundedText two =
        read("molmo", "<points x1=\"9.1\" y1=\"11.7\" x2=\"26.4\" y2=\"30.0\" alt=\"it's\"/>");
    assertThat(two.pointings())
        .extracting(Pointing::position)
        .containsExactly(
            new Geometry.Position(9.1 / 100, 11.7 / 100),
            new Geometry.Position(26.4 / 100, 30.0 / 100));
    assertThat(two.pointings()).extracting(Pointing::phrase).containsOnly("it's");
  }

  @Test
  void molmo2() {
    GroundedText found =
        read(
            "molmo-2",
            "<points coords=\"1 1 073 160 2 173 600;2.5 1 080 170 9\" alt=\"x\">the birds</points>");
    assertThat(found.pointings()).extracting(Pointing::time).containsExactly(1.0, 1.0, 2.5);
    assertThat(found.pointings()).extracting(Pointing::index).containsExactly(1, 2, 1);
    assertThat(found.pointings().get(1).position()).isEqualTo(new Geometry.Position(0.173, 0.6));
    assertThat(read("molmo-2", "There are none.").pointings()).isEmpty();
  }

  @Test
  void glm() {
    for (String box :
        List.of(
            "[[128,241,489,731]]",
            "[128, 241, 489, 731]",
            "(128,241,489,731)",
            "<128,241,489,731>",
            "[{\"bbox_2d\": [128,241,489,731], \"label\": \"\"}]")) {
      GroundedText found = read("glm-v", "It is <|begin_of_box|>" + box + "<|end_of_box|>");
      assertThat(found.regions())
          .as(box)
          .extracting(Region::box)
          .containsExactly(new Box(128, 241, 489, 731));
      assertThat(found.plainText()).as(box).isEqualTo("It is");
    }
    GroundedText number = read("glm-v", "So <|begin_of_box|>42<|end_of_box|> it is");
    assertThat(number.regions()).isEmpty();
    assertThat(number.plainText()).isEqualTo("So 42 it is");
    GroundedText thought =
        read(
            "glm-v",
            "<think>Maybe the cat [[1,2,3,4]]?</think><answer>The dog"
                + " <|begin_of_box|>[[5,6,7,8],[9,10,11,12]]<|end_of_box|></answer>");
    assertThat(thought.plainText()).isEqualTo("The dog");
    assertThat(thought.regions())
        .extracting(Region::box)
        .containsExactly(new Box(5, 6, 7, 8), new Box(9, 10, 11, 12));
    assertThat(read("glm-v", "<think>Maybe [[1,2,3,4]]").plainText()).isEmpty();
  }

  @Test
  void miniCpm() {
    GroundedText found =
        read("minicpm-v", "<ref>the cat</ref><box>105 212 430 870</box><box>1 2 3 4</box>");
    assertThat(found.regions()).extracting(Region::phrase).containsExactly("the cat", "the cat");
    assertThat(found.regions().get(0).box()).isEqualTo(new Box(105, 212, 430, 870));
  }

  @Test
  void kosmos2Point5() {
    Frame frame = Frame.builder().resized(new ImageSize(1000, 2000)).build();
    GroundedText found =
        read(
            "kosmos-2.5",
            "<ocr><bbox><x_53><y_573><x_69><y_606></bbox>1\n<bbox><x_1><y_2><x_3><y_4></bbox>two</s>",
            frame);
    assertThat(found.plainText()).isEqualTo("1\ntwo");
    assertThat(found.regions()).extracting(Region::phrase).containsExactly("1", "two");
    assertThat(found.regions().get(0).shape())
        .isEqualTo(new Geometry.Rectangle(0.053, 0.2865, 0.069, 0.303));
    assertThatThrownBy(() -> read("kosmos-2.5", "", Frame.of(VGA)))
        .isInstanceOf(InvalidRequestException.class);
  }

  @Test
  void extras() {
    assertThat(
            read(
                    "rex-omni",
                    "<|object_ref_start|>dog<|object_ref_end|><|box_start|><12><412><568><999>,"
                        + " <999><0><1><2>, <999><0><|box_end|>")
                .regions())
        .extracting(Region::phrase)
        .containsExactly("dog", "dog");
    assertThat(read("ovis2.5", "<ref>a</ref><box>(0.25,0.5),(0.75,1.0)</box>").regions())
        .extracting(Region::shape)
        .containsExactly(new Geometry.Rectangle(0.25, 0.5, 0.75, 1));
    Frame frame = Frame.builder().candidates(List.of(new CandidateBox(0, 0, 0.5, 0.5))).build();
    assertThat(
            read("chatrex", "<ground>a cat</ground><objects><obj0><obj3></objects>", frame)
                .regions())
        .extracting(Region::phrase)
        .containsExactly("a cat");
    assertThat(read("qwen2-vl", "click <|box_start|>(12,34)<|box_end|>").pointings())
        .extracting(Pointing::point)
        .containsExactly(new Point(12, 34));
  }
}
