package io.fovea.grounding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.fovea.ImageException;
import io.fovea.ImageSize;
import io.fovea.InvalidRequestException;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.Rectangle;
import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BoxPainterTest {
  private static final LabelFont BLOCK = new BlockLetters(2);

  private static BufferedImage white(int width, int height) {
    BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D g = picture.createGraphics();
    g.setColor(Color.WHITE);
    g.fillRect(0, 0, width, height);
    g.dispose();
    return picture;
  }

  @Test
  void labelsStayInsideAndApart() {
    long seed = 17;
    Random random = new Random(seed);
    for (LabelFont font : List.of(BLOCK, LabelFont.ofHeight(12))) {
      for (int i = 0; i < 400; i++) {
        int width = 1 + random.nextInt(400);
        int height = 1 + random.nextInt(400);
        LabelLayout layout = new LabelLayout(width, height, font);
        Rectangle picture = new Rectangle(width, height);
        for (int n = 0; n < 6; n++) {
          Rectangle box = new Rectangle(random.nextInt(width), random.nextInt(height), 0, 0);
          box.add(random.nextInt(width), random.nextInt(height));
          Optional<LabelLayout.Label> label =
              layout.place("a dog".repeat(1 + random.nextInt(20)), box);
          assertThat(label.stream().allMatch(l -> picture.contains(l.bounds())))
              .as("seed %d, case %d: %s in %dx%d", seed, i, label, width, height)
              .isTrue();
          assertThat(label.stream().allMatch(l -> font.width(l.text()) < l.bounds().width))
              .isTrue();
        }
      }
    }
  }

  @Test
  void labelsAvoidEachOtherWhereThereIsRoom() {
    LabelLayout layout = new LabelLayout(600, 400, BLOCK);
    List<Rectangle> placed = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      Rectangle bounds = layout.place("a dog", new Rectangle(5, 5, 30, 30)).orElseThrow().bounds();
      assertThat(placed).noneMatch(bounds::intersects);
      placed.add(bounds);
    }
  }

  @Test
  void paintsOnACopyAndOnlyNearBoxes() {
    BufferedImage picture = white(400, 300);
    Region region = Region.asked("dog", new Box(500, 500, 700, 700), 0.9);
    BufferedImage painted = BoxPainter.paint(picture, List.of(region));
    assertThat(painted.getRGB(200, 180)).as("left edge").isNotEqualTo(0xffffffff);
    assertThat(painted.getRGB(280, 180)).as("right edge").isNotEqualTo(0xffffffff);
    assertThat(painted.getRGB(260, 210)).as("bottom edge").isNotEqualTo(0xffffffff);
    assertThat(painted.getRGB(240, 180)).as("inside").isEqualTo(0xffffffff);
    for (int x = 0; x < 400; x++) {
      for (int y = 0; y < 300; y++) {
        assertThat(picture.getRGB(x, y)).isEqualTo(0xffffffff);
        if (x < 195 || x > 345 || y < 120 || y > 215) {
          assertThat(painted.getRGB(x, y)).as("%d,%d", x, y).isEqualTo(0xffffffff);
        }
      }
    }
  }

  @Test
  void onePhraseOneColour() {
    List<Region> regions =
        List.of(
            Region.asked("a", new Box(100, 400, 200, 600), 1),
            Region.asked("b", new Box(400, 400, 500, 600), 1),
            Region.asked("a", new Box(700, 400, 800, 600), 1));
    BufferedImage painted = BoxPainter.paint(white(1000, 1000), regions);
    assertThat(painted.getRGB(100, 500)).isEqualTo(painted.getRGB(700, 500));
    assertThat(painted.getRGB(100, 500)).isNotEqualTo(painted.getRGB(400, 500));
  }

  @Test
  void manyPhrasesHaveManyColours() {
    List<Region> regions = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      regions.add(Region.asked("phrase " + i, new Box(i * 45, 500, i * 45 + 20, 900), 1));
    }
    BufferedImage painted = BoxPainter.paint(white(1000, 1000), regions, BLOCK);
    assertThat(regions.stream().map(r -> painted.getRGB(r.box().x0(), 800)).distinct()).hasSize(20);
  }

  /** A filled half and a box around all: the film lets the picture shine through. */
  @Test
  void masksAreFilmsWithOutlines() {
    ImageSize size = new ImageSize(400, 300);
    boolean[][] rows = new boolean[300][400];
    for (int y = 90; y < 210; y++) {
      Arrays.fill(rows[y], 100, 200, true);
    }
    Region plain = Region.asked("dog", new Box(200, 200, 800, 800), 0.9);
    Region masked = plain.toBuilder().mask(Mask.of(rows)).build();
    BufferedImage picture = white(400, 300);
    picture.setRGB(150, 150, 0xff000000);
    BufferedImage without = BoxPainter.paint(picture, List.of(plain));
    BufferedImage with = BoxPainter.paint(picture, List.of(masked));
    // 0xe6194b over white and over black, 110 of 255.
    assertColor(with.getRGB(120, 120), 0xf4, 0x9c, 0xb1);
    assertColor(with.getRGB(150, 150), 0x63, 0x0b, 0x20);
    assertThat(with.getRGB(200, 150)).as("outline").isEqualTo(without.getRGB(320, 150));
    for (int y = 0; y < size.height(); y++) {
      for (int x = 0; x < size.width(); x++) {
        if (x < 97 || x > 202 || y < 87 || y > 212) {
          assertThat(with.getRGB(x, y)).as("%d,%d", x, y).isEqualTo(without.getRGB(x, y));
        }
      }
    }
  }

  private static void assertColor(int rgb, int red, int green, int blue) {
    Color color = new Color(rgb);
    assertThat(new double[] {color.getRed(), color.getGreen(), color.getBlue()})
        .as("%x", rgb)
        .containsExactly(new double[] {red, green, blue}, within(1.0));
  }

  /** A picture that was made smaller after its masks were made. */
  @Test
  void masksFitPicturesOfOtherSizes() {
    Mask mask = MaskSamples.drawn("####....", "####....", "........", "........");
    Region region = Region.builder(new Box(0, 0, 999, 999)).mask(mask).build();
    BufferedImage painted = BoxPainter.paint(white(200, 100), List.of(region), BLOCK);
    assertColor(painted.getRGB(90, 30), 0xf4, 0x9c, 0xb1);
    assertColor(painted.getRGB(110, 30), 255, 255, 255);
    assertColor(painted.getRGB(50, 60), 255, 255, 255);
    assertColor(painted.getRGB(100, 30), 0xe6, 0x19, 0x4b);
  }

  /** Boxes without area, at the edges, in pictures of one pixel: nothing throws. */
  @Test
  void paintsAnythingOnAnything() {
    long seed = 23;
    Random random = new Random(seed);
    int[][] sizes = {{1, 1}, {1, 500}, {500, 1}, {20, 20}, {63, 47}, {640, 480}};
    for (int[] size : sizes) {
      List<Region> regions = new ArrayList<>();
      regions.add(Region.asked("", new Box(999, 999, 999, 999), 0));
      regions.add(Region.asked("\ud83d\udc15\u0000\n\u05e9", new Box(0, 0, 0, 0), 1));
      for (int i = 0; i < 8; i++) {
        Box box =
            Box.ofCorners(
                random.nextInt(1000), random.nextInt(1000),
                random.nextInt(1000), random.nextInt(1000));
        Region region = Region.asked("x".repeat(random.nextInt(200)), box, random.nextDouble());
        boolean[][] rows = new boolean[1 + random.nextInt(30)][1 + random.nextInt(30)];
        for (boolean[] row : rows) {
          Arrays.fill(row, random.nextInt(row.length), row.length, random.nextBoolean());
        }
        regions.add(region.toBuilder().mask(Mask.of(rows)).build());
      }
      for (LabelFont font : List.of(BLOCK, LabelFont.ofHeight(12))) {
        BufferedImage painted = BoxPainter.paint(white(size[0], size[1]), regions, font);
        assertThat(painted.getWidth()).isEqualTo(size[0]);
        assertThat(painted.getHeight()).isEqualTo(size[1]);
      }
    }
  }

  /** The letter T: a bar above a stem. */
  @Test
  void drawsBlockLetters() {
    BufferedImage picture = white(20, 20);
    Graphics2D g = picture.createGraphics();
    g.setColor(Color.BLACK);
    new BlockLetters(1).draw(g, "\u0165", 3, 4); // t with caron
    g.dispose();
    for (int y = 0; y < 20; y++) {
      for (int x = 0; x < 20; x++) {
        boolean bar = y == 4 && x >= 3 && x < 8;
        boolean stem = x == 5 && y >= 4 && y < 11;
        assertThat(picture.getRGB(x, y) == 0xff000000).as("%d,%d", x, y).isEqualTo(bar || stem);
      }
    }
  }

  @Test
  void everyCharacterHasItsOwnGlyph() {
    String characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,-?#':/()!";
    List<List<Integer>> glyphs = new ArrayList<>();
    for (int n = 0; n < characters.length(); n++) {
      char c = characters.charAt(n);
      BufferedImage picture = white(5, 7);
      Graphics2D g = picture.createGraphics();
      g.setColor(Color.BLACK);
      new BlockLetters(1).draw(g, String.valueOf(c), 0, 0);
      g.dispose();
      List<Integer> pixels = new ArrayList<>();
      for (int i = 0; i < 35; i++) {
        pixels.add(picture.getRGB(i % 5, i / 5));
      }
      assertThat(pixels).as("%s", c).contains(0xff000000);
      glyphs.add(pixels);
    }
    assertThat(glyphs).doesNotHaveDuplicates();
  }

  /** A JVM told to find its fonts nowhere, as on a server without fontconfig. */
  @Test
  void paintsWithoutFonts(@TempDir Path folder) throws Exception {
    Path out = folder.resolve("painted.png");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djava.awt.headless=true",
                "-Dsun.awt.fontconfig=" + folder.resolve("missing"),
                "-cp",
                System.getProperty("java.class.path"),
                PaintOne.class.getName(),
                out.toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("log").toFile())
            .start();
    assertThat(process.waitFor()).as(Files.readString(folder.resolve("log"))).isZero();
    BufferedImage painted = ImageIO.read(out.toFile());
    BufferedImage expected =
        BoxPainter.paint(white(300, 200), List.of(PaintOne.REGION), BlockLetters.ofHeight(9));
    for (int i = 0; i < 300 * 200; i++) {
      assertThat(painted.getRGB(i % 300, i / 300)).isEqualTo(expected.getRGB(i % 300, i / 300));
    }
  }

  /** Program of {@link #paintsWithoutFonts}. */
  static final class PaintOne {
    static final Region REGION = Region.asked("dog", new Box(500, 500, 700, 700), 0.9);

    private PaintOne() {}

    public static void main(String[] args) {
      BoxPainter.writePng(BoxPainter.paint(white(300, 200), List.of(REGION)), Path.of(args[0]));
    }
  }

  /** What a file's first bytes say must be what its name says. */
  @ParameterizedTest
  @CsvSource({
    "a.png, png",
    "b.PNG, png",
    "c.jpg, JPEG",
    "d.JPG, JPEG",
    "e.jpeg, JPEG",
    "f.v2.JpEg, JPEG",
  })
  void theNameChoosesTheFormat(String name, String format, @TempDir Path folder)
      throws IOException {
    Path file = folder.resolve(name);
    BoxPainter.write(white(30, 20), file);
    try (ImageInputStream bytes = ImageIO.createImageInputStream(file.toFile())) {
      ImageReader reader = ImageIO.getImageReaders(bytes).next();
      assertThat(reader.getFormatName()).isEqualTo(format);
      reader.setInput(bytes);
      BufferedImage read = reader.read(0);
      assertThat(read.getWidth()).isEqualTo(30);
      assertThat(read.getRGB(29, 19)).isEqualTo(0xffffffff);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"a.webp", "a.gif", "a", "a.png.txt", "png", "a.jpg.", "a.tif"})
  void otherFormatsAreRefused(String name, @TempDir Path folder) {
    Path file = folder.resolve(name);
    assertThatThrownBy(() -> BoxPainter.write(white(3, 2), file))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining(name)
        .hasMessageContaining(".png, .jpg or .jpeg");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void writesWholeFilesOrNone(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("out.png");
    BoxPainter.writePng(white(3, 2), file);
    BoxPainter.writePng(white(5, 4), file);
    assertThat(ImageIO.read(file.toFile()).getWidth()).isEqualTo(5);
    assertThat(folder.toFile().listFiles()).extracting(File::getName).containsExactly("out.png");
    Path nowhere = folder.resolve("missing").resolve("out.png");
    assertThatThrownBy(() -> BoxPainter.writePng(white(1, 1), nowhere))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("out.png")
        .hasMessageContaining("writable folder");
  }
}
