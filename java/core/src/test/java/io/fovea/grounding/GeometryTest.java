package io.fovea.grounding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fovea.ImageSize;
import io.fovea.grounding.Geometry.Polygon;
import io.fovea.grounding.Geometry.Position;
import io.fovea.grounding.Geometry.Quad;
import io.fovea.grounding.Geometry.Rectangle;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class GeometryTest {
  @Test
  void cornersAreSwappedAndClamped() {
    assertThat(Rectangle.ofCorners(0.7, 1.2, 0.3, -0.1)).isEqualTo(new Rectangle(0.3, 0, 0.7, 1));
    assertThat(Position.clampedTo(-3, 7)).isEqualTo(new Position(0, 1));
    assertThatThrownBy(() -> Rectangle.ofCorners(Double.NaN, 0, 1, 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Rectangle(0.5, 0, 0.4, 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Position(Double.NaN, 0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Quad(List.of(new Position(0, 0))))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Polygon(List.of())).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void whatCoversNoAreaIsDegenerate() {
    assertThat(new Rectangle(0.1, 0.2, 0.1, 0.9).degenerate()).isTrue();
    assertThat(new Rectangle(0.1, 0.2, 0.2, 0.9).degenerate()).isFalse();
    assertThat(new Position(0.5, 0.5).degenerate()).isTrue();
    Position a = new Position(0.25, 0.25);
    Position b = new Position(0.5, 0.5);
    Position c = new Position(0.75, 0.75);
    assertThat(new Polygon(List.of(a, b, c)).degenerate()).isTrue();
    assertThat(new Quad(List.of(a, b, c, new Position(0, 1))).degenerate()).isFalse();
    assertThat(new Polygon(List.of(a, b, c, new Position(0, 1))).bounds())
        .isEqualTo(new Rectangle(0, 0.25, 0.75, 1));
    Region flat = Region.builder(new Rectangle(0.5, 0.5, 0.5, 0.5)).build();
    assertThat(flat.degenerate()).isTrue();
    assertThat(flat.box()).isEqualTo(new Box(500, 500, 500, 500));
  }

  @Test
  void thousandthsAreThoseOfPixels() {
    ImageSize size = new ImageSize(1000, 1000);
    Random random = new Random(17);
    for (int i = 0; i < 2_000; i++) {
      Rectangle box =
          Rectangle.ofCorners(
              random.nextDouble(), random.nextDouble(), random.nextDouble(), random.nextDouble());
      PixelBox pixels = box.toPixels(size);
      assertThat(box.toBox())
          .isEqualTo(
              Box.ofPixels(pixels.left(), pixels.top(), pixels.right(), pixels.bottom(), size));
      assertThat(Rectangle.of(box.toBox()).toBox()).isEqualTo(box.toBox());
    }
    assertThat(new Position(1, 0.0019).toPoint()).isEqualTo(new Point(999, 1));
  }

  /** A region keeps what its model gave; one in thousandths is scaled as before it had a shape. */
  @Test
  void aRegionsPixelsAreExact() {
    ImageSize size = new ImageSize(641, 479);
    for (int n = 0; n < 1000; n++) {
      Box box = new Box(n, n, n, 999);
      assertThat(Region.builder(box).build().on(size).pixels()).isEqualTo(box.toPixels(size));
    }
    Rectangle exact = new Rectangle(1 / 3.0, 0, 1, 1);
    Region region = Region.builder(exact).build();
    assertThat(region.box()).isEqualTo(new Box(333, 0, 999, 999));
    assertThat(region.on(size).pixels()).isEqualTo(new PixelBox(641 / 3.0, 0, 641, 479));
    assertThat(region.on(size).shape()).isEqualTo(exact);
    Region moved = region.toBuilder().box(new Box(1, 2, 3, 4)).build();
    assertThat(moved.shape()).isEqualTo(Rectangle.of(new Box(1, 2, 3, 4)));
    assertThat(region.toBuilder().phrase("a").build().shape()).isEqualTo(exact);
  }

  @Test
  void aReadTextBecomesJson() {
    GroundedText read = Dialects.named("qwen-vl").parse("<ref>it</ref><box>(1,2),(3,4)</box>");
    JsonNode json = new ObjectMapper().valueToTree(read);
    assertThat(json.fieldNames())
        .toIterable()
        .containsExactlyInAnyOrder("text", "plainText", "regions", "pointings");
    assertThat(json.at("/regions/0/shape/x1").asDouble()).isEqualTo(0.003);
  }
}
