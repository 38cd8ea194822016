package io.fovea.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;

/**
 * One run of the command line and what it printed.
 *
 * @param code exit code
 */
record Invocation(int code, String out, String err) {
  private static final Path SCENE = draw();

  /** Runs with an empty standard input. */
  static Invocation of(Object... arguments) {
    return withInput("", arguments);
  }

  static Invocation withInput(String input, Object... arguments) {
    return withInput(input.getBytes(StandardCharsets.UTF_8), arguments);
  }

  static Invocation withInput(byte[] input, Object... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    String[] words = List.of(arguments).stream().map(Object::toString).toArray(String[]::new);
    Terminal terminal =
        new Terminal(
            new ByteArrayInputStream(input),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            false,
            false);
    int code = Fovea.run(terminal, words);
    return new Invocation(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  JsonNode json() {
    try {
      return new JsonMapper().readTree(out);
    } catch (JsonProcessingException e) {
      throw new AssertionError("not JSON: " + out, e);
    }
  }

  /** A picture of the kind the bundled model knows: a red circle and a blue square. */
  static Path scene() {
    return SCENE;
  }

  private static Path draw() {
    BufferedImage picture = new BufferedImage(240, 160, BufferedImage.TYPE_INT_RGB);
    Graphics2D g = picture.createGraphics();
    g.setColor(new Color(150, 150, 150));
    g.fillRect(0, 0, 240, 160);
    g.setColor(new Color(214, 34, 34));
    g.fillOval(30, 40, 60, 60);
    g.setColor(new Color(36, 72, 214));
    g.fillRect(150, 60, 64, 64);
    g.dispose();
    try {
      Path file = Files.createTempFile("scene", ".png");
      file.toFile().deleteOnExit();
      ImageIO.write(picture, "png", file.toFile());
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
