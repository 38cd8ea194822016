package io.fovea.bench.load;

import io.fovea.image.ImageInput;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.Polygon;
import java.awt.RenderingHints;
import java.awt.Shape;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;

/** A picture of a few coloured shapes in different places, such as the bundled model knows. */
final class Scene {
  private static final int CELL = 80; // pixels; one shape in each at most
  private static final int COLUMNS = 4;
  private static final int ROWS = 3;

  private record Ink(String name, Color color) {}

  private static final List<Ink> INKS =
      List.of(
          new Ink("red", new Color(220, 20, 60)),
          new Ink("green", new Color(34, 139, 34)),
          new Ink("blue", new Color(65, 105, 225)),
          new Ink("yellow", new Color(255, 225, 25)),
          new Ink("purple", new Color(148, 0, 211)),
          new Ink("black", new Color(25, 25, 30)));

  private static final List<String> FORMS = List.of("circle", "square", "triangle", "diamond");

  private final byte[] png;
  private final List<String> shapes;

  private Scene(byte[] png, List<String> shapes) {
    this.png = png;
    this.shapes = List.copyOf(shapes);
  }

  /** The picture's file, as an engine takes it. */
  ImageInput input() {
    return ImageInput.of(png);
  }

  /** A copy of the picture's file. */
  byte[] png() {
    return png.clone();
  }

  /** What is drawn, such as "red circle"; none twice. */
  List<String> shapes() {
    return shapes;
  }

  /**
   * Draws a scene.
   *
   * @param count of shapes, 1 to 12
   */
  static Scene draw(int count, long seed) {
    Random random = new Random(seed);
    BufferedImage picture =
        new BufferedImage(COLUMNS * CELL, ROWS * CELL, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = picture.createGraphics();
    graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    graphics.setColor(new Color(235, 235, 235));
    graphics.fillRect(0, 0, picture.getWidth(), picture.getHeight());
    List<Integer> cells = shuffled(COLUMNS * ROWS, random);
    List<Integer> kinds = shuffled(INKS.size() * FORMS.size(), random);
    List<String> shapes = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Ink ink = INKS.get(kinds.get(i) % INKS.size());
      String form = FORMS.get(kinds.get(i) / INKS.size());
      double side = CELL * (0.45 + 0.4 * random.nextDouble());
      double x = cells.get(i) % COLUMNS * CELL + (CELL - side) * random.nextDouble();
      double y = cells.get(i) / COLUMNS * CELL + (CELL - side) * random.nextDouble();
      graphics.setColor(ink.color());
      graphics.fill(outline(form, x, y, side));
      shapes.add(ink.name() + " " + form);
    }
    graphics.dispose();
    return new Scene(png(picture), shapes);
  }

  private static Shape outline(String form, double x, double y, double side) {
    int left = (int) x;
    int top = (int) y;
    int right = (int) (x + side);
    int bottom = (int) (y + side);
    int middle = (left + right) / 2;
    return switch (form) {
      case "circle" -> new Ellipse2D.Double(x, y, side, side);
      case "square" -> new Rectangle2D.Double(x, y, side, side);
      case "triangle" ->
          new Polygon(new int[] {middle, right, left}, new int[] {top, bottom, bottom}, 3);
      default ->
          new Polygon(
              new int[] {middle, right, middle, left},
              new int[] {top, (top + bottom) / 2, bottom, (top + bottom) / 2},
              4);
    };
  }

  private static List<Integer> shuffled(int count, Random random) {
    List<Integer> numbers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      numbers.add(i);
    }
    Collections.shuffle(numbers, random);
    return numbers;
  }

  private static byte[] png(BufferedImage picture) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      ImageIO.write(picture, "png", out);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // an array takes every byte
    }
    return out.toByteArray();
  }
}
