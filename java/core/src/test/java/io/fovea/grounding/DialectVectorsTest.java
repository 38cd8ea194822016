package io.fovea.grounding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fovea.ImageSize;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Answers whose boxes are published or follow from the published formulas, in pixels. */
class DialectVectorsTest {
  private static final ImageSize VGA = new ImageSize(640, 480);

  private static Region region(String dialect, String text, Frame frame) {
    return Dialects.named(dialect).parse(text, frame).regions().get(0);
  }

  private static void assertPixels(Region region, ImageSize size, double... expected) {
    PixelBox box = region.toPixels(size);
    assertThat(new double[] {box.left(), box.top(), box.right(), box.bottom()})
        .containsExactly(expected, within(5e-3));
  }

  private static void assertShape(Region region, double x0, double y0, double x1, double y1) {
    assertThat(region.shape()).isEqualTo(new Geometry.Rectangle(x0, y0, x1, y1));
  }

  /** Sums of powers of two: exact. */
  @ParameterizedTest
  @CsvSource({
    "44, 863, 0.390625, 0.046875, 0.984375, 0.828125",
    "5, 911, 0.171875, 0.015625, 0.484375, 0.890625",
    "5, 1007, 0.171875, 0.015625, 0.484375, 0.984375",
    "48, 250, 0.515625, 0.046875, 0.828125, 0.234375",
    "480, 1023, 0.015625, 0.484375, 0.984375, 0.984375",
    "100, 100, 0.125, 0.09375, 0.15625, 0.125",
    "96, 127, 0, 0.09375, 1, 0.125",
    "3, 995, 0.09375, 0, 0.125, 1",
  })
  void kosmosCells(int first, int last, double x0, double y0, double x1, double y1) {
    String text =
        String.format("<object><patch_index_%04d><patch_index_%04d></object>", first, last);
    assertShape(region("kosmos-2", text, Frame.unknown()), x0, y0, x1, y1);
  }

  @Test
  void kosmosQuantises() {
    Geometry.Rectangle box = new Geometry.Rectangle(0.1, 0.2, 0.5, 0.75);
    assertThat(KosmosDialect.upperLeft(box)).isEqualTo(195);
    assertThat(KosmosDialect.lowerRight(box)).isEqualTo(751);
    assertThat(Dialects.named("kosmos-2").format(List.of(new Box(0, 0, 999, 999))))
        .isEqualTo("<object><patch_index_0000><patch_index_1023></object>");
  }

  @Test
  void kosmosCaption() {
    String text =
        "<grounding> An image of<phrase> a snowman</phrase><object><patch_index_0044>"
            + "<patch_index_0863></object> warming himself by<phrase> a fire</phrase><object>"
            + "<patch_index_0005><patch_index_0911></object>.";
    GroundedText read = Dialects.named("kosmos-2").parse(text);
    assertThat(read.plainText()).isEqualTo("An image of a snowman warming himself by a fire.");
    assertThat(read.regions()).extracting(Region::phrase).containsExactly("a snowman", "a fire");
    assertThat(read.regions())
        .extracting(read::inPlainText)
        .containsExactly(new Span(12, 21), new Span(41, 47));
    assertShape(read.regions().get(0), 0.390625, 0.046875, 0.984375, 0.828125);
    assertShape(read.regions().get(1), 0.171875, 0.015625, 0.484375, 0.890625);
  }

  @Test
  void kosmosInThePapersSpelling() {
    String text =
        "<p> It </p> <box> <loc44> <loc863> </box> seats next to"
            + " <p> a campfire </p> <box> <loc4> <loc1007> </box>";
    List<Region> regions = Dialects.named("kosmos-2").parse(text).regions();
    assertThat(regions).extracting(Region::phrase).containsExactly("It", "a campfire");
    assertShape(regions.get(0), 0.390625, 0.046875, 0.984375, 0.828125);
    assertShape(regions.get(1), 0.140625, 0.015625, 0.484375, 0.984375);
  }

  @Test
  void kosmosMultipleBoxes() {
    String text =
        "<grounding> <phrase> Two puppies </phrase> <object> <patch_index_0079> <patch_index_1016>"
            + " </delimiter_of_multi_objects/> <patch_index_0135> <patch_index_1008> </object> sit"
            + " in a field of <phrase> grass </phrase> <object> <patch_index_0480>"
            + " <patch_index_1023> </object>.";
    assertThat(Dialects.named("kosmos-2").parse(text).regions())
        .extracting(Region::phrase)
        .containsExactly("Two puppies", "Two puppies", "grass");
  }

  @Test
  void kosmosIgnoresMalformedObjects() {
    for (String object :
        List.of(
            "<object><patch_index_0044></object>",
            "<object><patch_index_0044><patch_index_0863>",
            "<object></object>")) {
      GroundedText read = Dialects.named("kosmos-2").parse("a<phrase> dog</phrase>" + object);
      assertThat(read.regions()).as(object).isEmpty();
      assertThat(read.plainText()).isEqualTo("a dog");
    }
  }

  @Test
  void qwenVl() {
    ImageSize size = new ImageSize(1280, 960);
    String text = "<ref>格子衬衫</ref><box>(588,499),(725,789)</box>";
    Region region = region("qwen-vl", text, Frame.unknown());
    assertThat(region.phrase()).isEqualTo("格子衬衫");
    assertPixels(region, size, 752.64, 479.04, 928.0, 757.44);
    Region evaluated = region("qwen-vl-eval", text, Frame.unknown());
    assertPixels(evaluated, size, 753.39, 479.52, 928.93, 758.20);
  }

  @Test
  void qwenVlRunsQuadsAndStrippedTags() {
    GroundingDialect dialect = Dialects.named("qwen-vl");
    GroundedText apples =
        dialect.parse(
            "<ref> Two apples</ref><box>(302,257),(582,671)</box><box>(603,252),(878,642)</box>"
                + " and<ref> a bowl</ref><box>(2,269),(304,674)</box>");
    assertThat(apples.plainText()).isEqualTo("Two apples and a bowl");
    assertThat(apples.regions())
        .extracting(Region::phrase)
        .containsExactly("Two apples", "Two apples", "a bowl");
    Region quad =
        dialect
            .parse(
                "<ref>It is managed</ref> <quad> (568,121), (625,131), (624,182), (567,172)</quad>")
            .regions()
            .get(0);
    assertThat(quad.phrase()).isEqualTo("It is managed");
    assertThat(quad.shape()).isInstanceOf(Geometry.Quad.class);
    assertThat(quad.box()).isEqualTo(new Box(567, 121, 625, 182));
    assertThat(dialect.parse("(451,379),(731,806)</box>").regions())
        .extracting(Region::box)
        .containsExactly(new Box(451, 379, 731, 806));
    Region stripped =
        dialect.parse("two apples(302,257),(582,671)(603,252),(878,642)").regions().get(1);
    assertThat(stripped.phrase()).isEqualTo("two apples");
  }

  @Test
  void qwen2Vl() {
    String text =
        "<|object_ref_start|>the eyes on a giraffe<|object_ref_end|>"
            + "<|box_start|>(176,106),(232,160)<|box_end|><|im_end|>";
    Region region = region("qwen2-vl", text, Frame.unknown());
    assertThat(region.phrase()).isEqualTo("the eyes on a giraffe");
    assertPixels(region, new ImageSize(1000, 500), 176, 53, 232, 80);
  }

  @Test
  void florence() {
    String text =
        "</s><s>car<loc_52><loc_332><loc_932><loc_774>wheel<loc_708><loc_575><loc_868><loc_772>"
            + "<loc_147><loc_563><loc_305><loc_765></s>";
    GroundedText read = Dialects.named("florence-2").parse(text);
    assertThat(read.plainText()).isEqualTo("car, wheel");
    assertThat(read.regions()).extracting(Region::phrase).containsExactly("car", "wheel", "wheel");
    assertPixels(read.regions().get(0), VGA, 33.6, 159.6, 596.8, 371.76);
  }

  @Test
  void florenceQuadsAndOutlines() {
    GroundedText ocr =
        Dialects.named("florence-2-ocr")
            .parse("EXIT<loc_1><loc_2><loc_9><loc_2><loc_9><loc_5><loc_1><loc_5><loc_3>");
    assertThat(ocr.regions()).hasSize(1);
    assertThat(ocr.regions().get(0).shape().bounds())
        .isEqualTo(new Geometry.Rectangle(0.0015, 0.0025, 0.0095, 0.0055));
    GroundedText outlines =
        Dialects.named("florence-2-segmentation")
            .parse("<poly><loc_1><loc_2><loc_9><loc_2><loc_9><sep><loc_3><loc_3></poly>");
    assertThat(outlines.regions())
        .extracting(region -> ((Geometry.Polygon) region.shape()).corners().size())
        .containsExactly(2, 1);
  }

  @Test
  void paliGemma() {
    Region region =
        region("paligemma", "<loc0256><loc0128><loc0768><loc0512> cat", Frame.unknown());
    assertThat(region.phrase()).isEqualTo("cat");
    assertPixels(region, VGA, 80, 120, 320, 360);
    String seg = "<seg007>".repeat(16);
    GroundedText masks =
        Dialects.named("paligemma")
            .parse(
                "<loc0000><loc0000><loc0930><loc1012>"
                    + seg
                    + " wall ; <loc0256><loc0230><loc0900><loc0800> cat");
    assertThat(masks.plainText()).isEqualTo("wall ; cat");
    assertThat(masks.regions()).extracting(Region::maskCodes).containsExactly(seg, null);
  }

  @Test
  void shikra() {
    Frame frame = Frame.of(VGA);
    assertPixels(region("shikra", "[0.250,0.250,0.750,0.750]", frame), VGA, 160, 80, 480, 400);
    ImageSize odd = new ImageSize(481, 640);
    Region region = region("shikra", "[0.25,0.25,0.75,0.75]", Frame.of(odd));
    assertPixels(region, odd, 81, 160, 401, 480);
    Geometry.Rectangle whole = Geometry.Rectangle.ofCorners(-5 / 640.0, 0, 700 / 640.0, 1);
    assertThat(Dialects.named("shikra").write(new Mention("", List.of(whole)), frame))
        .isEqualTo("[0.000,0.125,1.000,0.875]");
    GroundedText read =
        Dialects.named("shikra")
            .parse(
                "A man[0.220,0.216,0.568,0.830] is holding two dogs[0.500,0.300,0.700,0.800;"
                    + "0.120,0.420,0.300,0.910]. The phone is at [0.512,0.433], not [.5,0.1].",
                frame);
    assertThat(read.plainText())
        .isEqualTo("A man is holding two dogs. The phone is at, not [.5,0.1].");
    assertThat(read.regions())
        .extracting(Region::phrase)
        .containsExactly("A man", "two dogs", "two dogs");
    assertThat(read.pointings()).extracting(Pointing::phrase).containsExactly("The phone");
  }

  @Test
  void cogVlm() {
    ImageSize size = new ImageSize(1000, 500);
    Region region = region("cogvlm", "[[086,540,400,760]]", Frame.unknown());
    assertPixels(region, size, 86, 270, 400, 380);
    assertThat(region.on(size).pixels()).isEqualTo(region.box().toPixels(size));
  }
}
