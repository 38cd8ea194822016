package io.fovea.grounding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class RewriteTest {
  private static final Set<String> LISTS =
      Set.of(
          "qwen2.5-vl",
          "qwen3-vl",
          "gemini",
          "ofa",
          "paligemma",
          "kosmos-2.5",
          "florence-2",
          "florence-2-ocr",
          "florence-2-segmentation");

  static Stream<String> inline() {
    return Dialects.all().stream().map(GroundingDialect::name).filter(n -> !LISTS.contains(n));
  }

  private static String rewritten(String from, String to, String text) {
    GroundedText read = Dialects.named(from).parse(text, DialectSamples.FRAME);
    return Dialects.named(to).rewrite(read, DialectSamples.FRAME);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "cogvlm | qwen-vl | A \ud83d\ude00 Dog [[100,200,300,400;1,2,3,4]] on grass [[0,0,999,999]]."
            + "| A \ud83d\ude00 <ref>Dog</ref><box>(100,200),(300,400)</box><box>(1,2),(3,4)</box>"
            + " on <ref>grass</ref><box>(0,0),(999,999)</box>.",
        "qwen-vl | cogvlm | <ref> A \ud840\udc00</ref><box>(1,2),(3,4)</box> here"
            + "| A \ud840\udc00 [[001,002,003,004]] here",
        "kosmos-2 | minigpt-v2"
            + "|<phrase> It</phrase><object><patch_index_0100><patch_index_0100></object> is"
            + "|<p>It</p> {<12><9><15><12>} is",
        "internvl | qwen3-vl | <ref>a \"b\"</ref><box>[[1, 2, 3, 4]]</box> <box>[[5, 6, 7, 8]]</box>"
            + "|[{\"bbox_2d\": [1, 2, 3, 4], \"label\": \"a \\\"b\\\"\"},"
            + " {\"bbox_2d\": [5, 6, 7, 8], \"label\": \"a \\\"b\\\"\"}]",
        "qwen3-vl | internvl | [{\"bbox_2d\": [1, 2, 3, 4], \"label\": \"a\"},"
            + " {\"bbox_2d\": [5, 6, 7, 8], \"label\": \"b\"}, {\"point_2d\": [5, 6]}]"
            + "|<ref>a</ref><box>[[1, 2, 3, 4]]</box>, <ref>b</ref><box>[[5, 6, 7, 8]]</box>"
            + "<box>[[5, 6, 5, 6]]</box>",
        "gemini | paligemma | [{\"box_2d\": [0, 250, 500, 1000], \"label\": \"a\"}]"
            + "|<loc0000><loc0256><loc0512><loc1023> a",
        "qwen-vl | molmo | See <ref>it</ref><box>(100,200),(300,400)</box>."
            + "|See <point x=\"20.0\" y=\"30.0\" alt=\"it\">it</point>.",
        "molmo | cogvlm | See <point x=\"20.0\" y=\"30.0\" alt=\"it\">it</point>."
            + "|See it [[200,300]].",
        "florence-2 | ferret | car<loc_0><loc_0><loc_999><loc_999>wheel<loc_1><loc_1><loc_2><loc_2>"
            + "|car [0, 0, 999, 999], wheel [1, 1, 2, 2]",
        "cogvlm | ofa | a cat [[0,0,500,500]] | <bin_0> <bin_0> <bin_500> <bin_500> a cat",
        "cogvlm | cogvlm | no box at all | no box at all",
      })
  void putsTagsWhereThePhrasesAre(String from, String to, String text, String expected) {
    assertThat(rewritten(from, to, text)).isEqualTo(expected);
  }

  /** Words stay as they were, and so do phrases and, within what both grids allow, boxes. */
  @ParameterizedTest
  @MethodSource("inline")
  void wordsAndPhrasesSurvive(String name) {
    long seed = 13;
    Random random = new Random(seed);
    GroundingDialect qwen = Dialects.named("qwen-vl");
    GroundingDialect other = Dialects.named(name);
    for (int i = 0; i < 200; i++) {
      String text =
          "There is "
              + qwen.write(DialectSamples.mention(random, "a brown dog"), DialectSamples.FRAME)
              + " beside "
              + qwen.write(DialectSamples.mention(random, "two 狗"), DialectSamples.FRAME)
              + ".";
      GroundedText first = qwen.parse(text, DialectSamples.FRAME);
      String written = other.rewrite(first, DialectSamples.FRAME);
      GroundedText second = other.parse(written, DialectSamples.FRAME);
      String about = "seed " + seed + ", case " + i + ": " + written;
      assertThat(second.plainText()).as(about).isEqualTo(first.plainText());
      List<String> phrases =
          Stream.concat(
                  second.regions().stream().map(Region::phrase),
                  second.pointings().stream().map(Pointing::phrase))
              .distinct()
              .toList();
      if (!name.equals("next-chat")) { // its boxes are not in the text, and here are too few
        assertThat(phrases).as(about).containsExactly("a brown dog", "two 狗");
      }
      assertThat(qwen.rewrite(first, DialectSamples.FRAME)).as(about).isEqualTo(text);
    }
  }

  @Test
  void shapesWithMoreCornersAreKeptWhereThereIsAFormForThem() {
    String quad = "<ref>it</ref><quad>(1,2),(30,4),(31,40),(2,38)</quad>";
    assertThat(rewritten("qwen-vl", "qwen2-vl", quad))
        .isEqualTo(
            "<|object_ref_start|>it<|object_ref_end|>"
                + "<|quad_start|>(1,2),(30,4),(31,40),(2,38)<|quad_end|>");
    assertThat(rewritten("qwen-vl", "florence-2-ocr", quad))
        .isEqualTo("it<loc_1><loc_2><loc_30><loc_4><loc_31><loc_40><loc_2><loc_38>");
    assertThat(rewritten("qwen-vl", "cogvlm", quad)).isEqualTo("it [[001,002,031,040]]");
  }

  @Test
  void boxesWithoutWordsStandAlone() {
    String text = "<|begin_of_box|>[[1,2,3,4]]<|end_of_box|>";
    assertThat(rewritten("glm-v", "deepseek-vl2", text)).isEqualTo("<|det|>[[1, 2, 3, 4]]<|/det|>");
  }

  @Test
  void coordinatesMayBeOfAnotherFrame() {
    String text = rewritten("qwen2.5-vl", "shikra", "[{\"bbox_2d\": [161, 119, 322, 238]}]");
    Region region = Dialects.named("shikra").parse(text, DialectSamples.FRAME).regions().get(0);
    Geometry.Rectangle box = region.shape().bounds();
    assertThat(box.x0()).isEqualTo(0.25, within(1e-3));
    assertThat(box.y0()).isEqualTo(0.25, within(2e-3));
    assertThat(box.x1()).isEqualTo(0.5, within(1e-3));
    assertThat(box.y1()).isEqualTo(0.5, within(2e-3));
  }
}
