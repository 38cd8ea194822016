package io.fovea.image;

import io.fovea.ImageSize;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The files that {@code make_goldens.py} wrote: pictures, and what Pillow decodes them to. */
final class Goldens {
  static final Path FOLDER = folder();

  private Goldens() {}

  private static Path folder() {
    try {
      return Path.of(Goldens.class.getResource("/image").toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Names of the pictures that begin so. */
  static List<String> names(String prefix) {
    return names(prefix, ".ppm");
  }

  /** Names of the pictures whose pixels over white are known. */
  static List<String> transparent() {
    return names("", ".white");
  }

  private static List<String> names(String prefix, String suffix) {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.startsWith(prefix) && name.endsWith(suffix))
          .map(name -> name.substring(0, name.length() - suffix.length()))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static byte[] bytes(String name) {
    try {
      return Files.readAllBytes(FOLDER.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Pillow's pixels of the picture. */
  static RgbImage expected(String name) {
    return portablePixmap(name + ".ppm");
  }

  /** Pillow's pixels of the picture laid over white. */
  static RgbImage overWhite(String name) {
    return portablePixmap(name + ".white");
  }

  private static RgbImage portablePixmap(String file) {
    byte[] ppm = bytes(file); // "P6\nWIDTH HEIGHT\n255\n" and RGB bytes
    String[] header = new String(ppm, StandardCharsets.ISO_8859_1).split("[ \n]", 5);
    ImageSize size = new ImageSize(Integer.parseInt(header[1]), Integer.parseInt(header[2]));
    int bytes = Math.toIntExact(3 * size.pixels());
    return new RgbImage(size, java.util.Arrays.copyOfRange(ppm, ppm.length - bytes, ppm.length));
  }

  /** The largest difference of two samples; the pictures have the same size. */
  static int largestDifference(RgbImage a, RgbImage b) {
    int largest = 0;
    for (int i = 0; i < a.rgb().length; i++) {
      largest = Math.max(largest, Math.abs((a.rgb()[i] & 0xff) - (b.rgb()[i] & 0xff)));
    }
    return largest;
  }
}
