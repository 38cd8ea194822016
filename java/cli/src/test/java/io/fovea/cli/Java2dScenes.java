package io.fovea.cli;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.Paint;
import java.awt.Rectangle;
import java.awt.RenderingHints;
import java.awt.Shape;
import java.awt.geom.AffineTransform;
import java.awt.geom.Area;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;

/**
 * Scenes of coloured shapes drawn with Java 2D, by none of the code that drew the bundled model's
 * training scenes: other outlines, colours and grounds. {@link #main} writes pictures and
 * scenes.json, for which {@code scenes.py --truth} writes questions:
 *
 * <pre>
 * java java/cli/src/test/java/io/fovea/cli/Java2dScenes.java 5 400 DIR    # seed, number, folder
 * python weights-tools/python/scenes.py --seed 5 --truth DIR/scenes.json
 * </pre>
 */
final class Java2dScenes {
  private static final List<String> SHAPES =
      List.of("circle", "square", "triangle", "diamond", "star", "cross");

  private static final Map<String, Color> JAVA_COLORS =
      Map.of(
          "red", Color.RED,
          "green", Color.GREEN.darker(),
          "blue", Color.BLUE,
          "yellow", Color.YELLOW,
          "orange", new Color(255, 140, 0),
          "purple", new Color(128, 0, 160),
          "black", Color.BLACK,
          "white", Color.WHITE);

  private static final Map<String, Color> WEB_COLORS =
      Map.of(
          "red", new Color(220, 20, 60),
          "green", new Color(34, 139, 34),
          "blue", new Color(65, 105, 225),
          "yellow", new Color(255, 225, 25),
          "orange", new Color(255, 127, 30),
          "purple", new Color(148, 0, 211),
          "black", new Color(25, 25, 30),
          "white", new Color(245, 245, 245));

  private static final List<String> NAMES = JAVA_COLORS.keySet().stream().sorted().toList();

  /** RGB distance below which a colour is not used on a ground. */
  private static final double LEAST_CONTRAST = 100;

  /** The share of an object that may be hidden by a later one. */
  private static final double MOST_HIDDEN = 0.25;

  private static final int ATTEMPTS = 20;
  private static final int NOBODY = -1;

  /** One object; {@code box} holds its visible pixels. */
  record Drawn(String color, String shape, String size, Rectangle box) {}

  /** A picture and its objects. */
  record Scene(BufferedImage picture, List<Drawn> objects) {}

  private final Random random;
  private final BufferedImage picture;
  private final Graphics2D graphics;
  private final Map<String, Color> palette;
  private final Color ground;
  private final float stroke; // share of an object's side, 0 for none
  private final int[] owners; // object seen at each pixel, row by row
  private final List<String> looks = new ArrayList<>(); // "color shape size"
  private final List<Integer> areas = new ArrayList<>(); // pixels of each object when drawn

  private Java2dScenes(Random random) {
    this.random = random;
    int width = 150 + random.nextInt(330);
    int height = Math.max(120, (int) (width * (0.65 + 0.7 * random.nextDouble())));
    picture = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    graphics = picture.createGraphics();
    palette = random.nextBoolean() ? JAVA_COLORS : WEB_COLORS;
    stroke = random.nextInt(4) == 0 ? 0.03f : 0;
    owners = new int[width * height];
    Arrays.fill(owners, NOBODY);
    ground = ground();
    if (random.nextInt(5) > 0) {
      graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    }
  }

  /** Draws one scene of one to eight objects. */
  static Scene draw(Random random) {
    Java2dScenes scene = new Java2dScenes(random);
    int count = 1 + random.nextInt(8);
    for (int i = 0; i < count; i++) {
      scene.addObject();
    }
    scene.graphics.dispose();
    return new Scene(scene.picture, scene.visible());
  }

  /** Paints the ground; returns its main colour. */
  private Color ground() {
    int level = new int[] {255, 255, 235, 192, 150, 90, 50}[random.nextInt(7)];
    int tint = level == 255 ? 0 : random.nextInt(20);
    Color color = new Color(level, Math.max(0, level - tint), Math.max(0, level - tint / 2));
    Color end = new Color(Math.max(0, level - 25), Math.max(0, level - 25), level);
    Paint paint = random.nextInt(3) == 0 ? new GradientPaint(0, 0, color, 0, 400, end) : color;
    graphics.setPaint(paint);
    graphics.fillRect(0, 0, picture.getWidth(), picture.getHeight());
    return color;
  }

  private Color paint(String color) {
    return Objects.requireNonNull(palette.get(color), color);
  }

  private static double distance(Color a, Color b) {
    int red = a.getRed() - b.getRed();
    int green = a.getGreen() - b.getGreen();
    int blue = a.getBlue() - b.getBlue();
    return Math.sqrt(red * red + green * green + blue * blue);
  }

  /** Draws one object where it fits; draws none if it fits nowhere. */
  private void addObject() {
    String color = NAMES.get(random.nextInt(NAMES.size()));
    String shape = SHAPES.get(random.nextInt(SHAPES.size()));
    boolean large = random.nextInt(3) == 0;
    if (distance(paint(color), ground) < LEAST_CONTRAST) {
      return;
    }
    double share = large ? 0.28 + 0.09 * random.nextDouble() : 0.165 + 0.035 * random.nextDouble();
    double side = share * Math.sqrt((double) picture.getWidth() * picture.getHeight());
    double angle = random.nextBoolean() ? 0 : Math.toRadians(random.nextInt(17) - 8);
    String look = color + " " + shape + " " + (large ? "large" : "small");
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      double x = side * 0.55 + random.nextDouble() * (picture.getWidth() - side * 1.1);
      double y = side * 0.55 + random.nextDouble() * (picture.getHeight() - side * 1.1);
      Shape outline = placed(outline(shape), side, angle, x, y);
      Area all = new Area(outline);
      BasicStroke pen = new BasicStroke((float) (stroke * side));
      if (stroke > 0) {
        all.add(new Area(pen.createStrokedShape(outline)));
      }
      if (claim(all, color)) {
        looks.add(look);
        graphics.setColor(paint(color));
        graphics.fill(outline);
        if (stroke > 0) {
          graphics.setColor(paint(color).darker());
          graphics.setStroke(pen);
          graphics.draw(outline);
        }
        return;
      }
    }
  }

  private static Shape placed(Shape unit, double side, double angle, double x, double y) {
    AffineTransform place = AffineTransform.getTranslateInstance(x, y);
    place.rotate(angle);
    place.scale(side, side);
    return place.createTransformedShape(unit);
  }

  /** A shape in the square from -0.5 to 0.5. */
  private static Shape outline(String shape) {
    return switch (shape) {
      case "circle" -> new Ellipse2D.Double(-0.5, -0.5, 1, 1);
      case "square" -> new Rectangle2D.Double(-0.45, -0.45, 0.9, 0.9);
      case "triangle" -> polygon(0, -0.5, 0.5, 0.42, -0.5, 0.42);
      case "diamond" -> polygon(0, -0.5, 0.45, 0, 0, 0.5, -0.45, 0);
      case "cross" -> {
        Area cross = new Area(new Rectangle2D.Double(-0.5, -0.16, 1, 0.32));
        cross.add(new Area(new Rectangle2D.Double(-0.16, -0.5, 0.32, 1)));
        yield cross;
      }
      case "star" -> {
        double[] points = new double[20];
        for (int k = 0; k < 10; k++) {
          double radius = k % 2 == 0 ? 0.53 : 0.21;
          points[2 * k] = radius * Math.sin(k * Math.PI / 5);
          points[2 * k + 1] = -radius * Math.cos(k * Math.PI / 5);
        }
        yield polygon(points);
      }
      default -> throw new IllegalArgumentException("unknown shape '" + shape + "'");
    };
  }

  private static Shape polygon(double... points) {
    Path2D path = new Path2D.Double();
    path.moveTo(points[0], points[1]);
    for (int k = 2; k < points.length; k += 2) {
      path.lineTo(points[k], points[k + 1]);
    }
    path.closePath();
    return path;
  }

  /**
   * Takes the pixels of a new object, unless it would hide too much or a neighbour of its colour.
   */
  private boolean claim(Shape shape, String color) {
    List<Integer> pixels = new ArrayList<>();
    int[] hidden = new int[looks.size()];
    Rectangle frame =
        shape.getBounds().intersection(new Rectangle(picture.getWidth(), picture.getHeight()));
    for (int y = frame.y; y < frame.y + frame.height; y++) {
      for (int x = frame.x; x < frame.x + frame.width; x++) {
        if (shape.contains(x + 0.5, y + 0.5)) {
          int pixel = y * picture.getWidth() + x;
          pixels.add(pixel);
          if (owners[pixel] != NOBODY) {
            hidden[owners[pixel]]++;
          }
        }
      }
    }
    for (int i = 0; i < hidden.length; i++) {
      long left = countOf(i) - hidden[i];
      boolean merges = hidden[i] > 0 && looks.get(i).startsWith(color);
      if (merges || left < (1 - MOST_HIDDEN) * areas.get(i)) {
        return false;
      }
    }
    pixels.forEach(pixel -> owners[pixel] = looks.size());
    areas.add(pixels.size());
    return true;
  }

  private long countOf(int object) {
    return Arrays.stream(owners).filter(owner -> owner == object).count();
  }

  private List<Drawn> visible() {
    List<Drawn> drawn = new ArrayList<>();
    for (int i = 0; i < looks.size(); i++) {
      String[] look = looks.get(i).split(" ", -1);
      drawn.add(new Drawn(look[0], look[1], look[2], box(i)));
    }
    return drawn;
  }

  /** The box of an object's visible pixels, of which there are some. */
  private Rectangle box(int object) {
    int width = picture.getWidth();
    int[] pixels =
        IntStream.range(0, owners.length).filter(pixel -> owners[pixel] == object).toArray();
    int left = IntStream.of(pixels).map(pixel -> pixel % width).min().orElseThrow();
    int right = IntStream.of(pixels).map(pixel -> pixel % width).max().orElseThrow();
    int top = pixels[0] / width;
    int bottom = pixels[pixels.length - 1] / width;
    return new Rectangle(left, top, right - left + 1, bottom - top + 1);
  }

  private static String json(String name, Scene scene) {
    String objects =
        scene.objects().stream()
            .map(
                o ->
                    "{\"color\": \"%s\", \"shape\": \"%s\", \"size\": \"%s\", \"box\": [%d, %d, %d, %d]}"
                        .formatted(
                            o.color(),
                            o.shape(),
                            o.size(),
                            o.box().x,
                            o.box().y,
                            o.box().x + o.box().width,
                            o.box().y + o.box().height))
            .collect(Collectors.joining(", "));
    return "{\"image\": \"%s\", \"width\": %d, \"height\": %d, \"objects\": [%s]}"
        .formatted(name, scene.picture().getWidth(), scene.picture().getHeight(), objects);
  }

  /** Arguments: seed, number of scenes, folder. */
  public static void main(String[] args) throws IOException {
    Random random = new Random(Long.parseLong(args[0]));
    Path folder = Files.createDirectories(Path.of(args[2]));
    List<String> entries = new ArrayList<>();
    while (entries.size() < Integer.parseInt(args[1])) {
      Scene scene = draw(random);
      if (!scene.objects().isEmpty()) { // an empty picture has nothing to ask about
        String name = "%06d.png".formatted(entries.size());
        ImageIO.write(scene.picture(), "png", folder.resolve(name).toFile());
        entries.add(json(name, scene));
      }
    }
    Files.writeString(folder.resolve("scenes.json"), "[\n" + String.join(",\n", entries) + "\n]\n");
  }
}
