package io.fovea.cli;

import io.fovea.grounding.Region;
import io.fovea.image.ImageDecoder;
import io.fovea.image.ImageInput;
import io.fovea.image.RgbImage;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The picture that boxes are looked for in, and the copy that they are drawn on. */
final class PictureFlags {
  @Option(
      names = {"-i", "--image"},
      paramLabel = "FILE",
      required = true,
      description = "The picture: PNG, JPEG, GIF, BMP, WebP or TIFF.")
  @SuppressWarnings("NullAway.Init") // required
  private Path image;

  @Option(
      names = {"-o", "--out"},
      paramLabel = "FILE",
      description = "Also write the picture with the boxes drawn on it: .png, .jpg or .jpeg.")
  private @Nullable Path annotated;

  private @Nullable RgbImage decoded;

  Path image() {
    return image;
  }

  /** Finds what speaks against writing the copy. */
  void check() {
    if (annotated != null) {
      Annotation.check(image, annotated);
    }
  }

  /** What the model is to see: read now where boxes are drawn on it, too, and never twice. */
  ImageInput input(ImageDecoder decoder) {
    if (annotated == null) {
      return ImageInput.of(image);
    }
    decoded = decoder.decode(ImageInput.of(image));
    return ImageInput.of(decoded);
  }

  /** Draws the boxes on {@link #input} if that was asked for. */
  void annotate(List<Region> regions) {
    if (annotated != null && decoded != null) {
      Annotation.write(decoded, regions, annotated);
    }
  }

  /** The copy with boxes, or null. */
  @Nullable String annotated() {
    return annotated == null ? null : annotated.toString();
  }
}
