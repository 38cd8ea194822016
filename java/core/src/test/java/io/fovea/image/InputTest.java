package io.fovea.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.ImageException;
import io.fovea.ImageSize;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where pictures come from, and what is said when nothing comes. */
class InputTest {
  private static final String PICTURE = "png-color2-depth8-interlace0.png";

  private static void refuses(ImageInput input, String... parts) {
    assertThatThrownBy(() -> ImageDecoder.DEFAULT.decode(input))
        .isInstanceOf(ImageException.class)
        .hasMessageContainingAll(parts);
  }

  @Test
  void aLimitOfAnySizeIsALimit(@TempDir Path folder) throws IOException {
    byte[] picture = Goldens.bytes(PICTURE);
    Path file = Files.write(folder.resolve("a.png"), picture);
    for (long most : List.of(Long.MAX_VALUE, Long.MAX_VALUE - 1, (long) Integer.MAX_VALUE)) {
      ImageDecoder decoder = new ImageDecoder(new ImageLimits(1_000, most), ExifOrientation.IGNORE);
      for (ImageInput input :
          List.of(ImageInput.of(file), ImageInput.of(new ByteArrayInputStream(picture)))) {
        assertThat(decoder.decode(input).rgb()).isEqualTo(Goldens.expected(PICTURE).rgb());
      }
    }
  }

  /** The second reading of a stream would find nothing, which is no fault of the picture. */
  @Test
  void aStreamIsReadOnce() {
    ImageInput input = ImageInput.of(new ByteArrayInputStream(Goldens.bytes(PICTURE)));
    assertThat(ImageDecoder.DEFAULT.decode(input).notes()).isEmpty();
    refuses(input, "image stream", "was read before", "can be read once", "its bytes");
  }

  @Test
  void remediesOfStreamsAreAboutStreams() {
    InputStream broken =
        new InputStream() {
          @Override
          public int read() throws IOException {
            throw new FileNotFoundException("gone");
          }
        };
    ImageInput failing = ImageInput.of(broken);
    refuses(failing, "image stream", "cannot be read (gone)", "the stream");
    ImageInput empty = ImageInput.of(new ByteArrayInputStream(new byte[0]));
    refuses(empty, "image stream", "is empty", "a stream that is at the picture's first byte");
    refuses(ImageInput.of(new byte[0]), "is empty", "give the bytes of a picture file");
    for (ImageInput input :
        List.of(ImageInput.of(broken), ImageInput.of(InputStream.nullInputStream()))) {
      assertThatThrownBy(() -> ImageDecoder.DEFAULT.decode(input))
          .hasMessageNotContainingAny("path", "give a picture file");
    }
  }

  /** Not turned again, nor asked for a background: it is what it is, and its notes go along. */
  @Test
  void aDecodedPictureStaysAsItIs() {
    ImageDecoder decoder = new ImageDecoder(ImageLimits.DEFAULT, ExifOrientation.APPLY);
    for (String name : List.of("orientation-6.jpg", "png-palette-transparent.png")) {
      for (ImageDecoder first : List.of(ImageDecoder.DEFAULT, decoder)) {
        RgbImage once = first.decode(ImageInput.of(Goldens.bytes(name)));
        RgbImage twice = decoder.decode(ImageInput.of(once));
        assertThat(twice.size()).isEqualTo(once.size());
        assertThat(twice.rgb()).isEqualTo(once.rgb());
        assertThat(twice.notes()).isEqualTo(once.notes());
      }
    }
    RgbImage picture = new RgbImage(new ImageSize(2, 2), new byte[12]);
    ImageDecoder small = new ImageDecoder(new ImageLimits(3, 100), ExifOrientation.IGNORE);
    assertThatThrownBy(() -> small.decode(ImageInput.of(picture)))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("2x2");
  }

  @Test
  @SuppressWarnings("NullAway") // callers without the checker
  void nullIsNamed() {
    namesNull(() -> ImageInput.of((Path) null), "file");
    namesNull(() -> ImageInput.of((byte[]) null), "encoded");
    namesNull(() -> ImageInput.of((InputStream) null), "encoded");
    namesNull(() -> ImageInput.of((BufferedImage) null), "picture");
    namesNull(() -> ImageInput.of((RgbImage) null), "decoded");
    namesNull(() -> ImageInput.rgb((ByteBuffer) null, 1, 1, 3), "pixels");
    namesNull(() -> ImageDecoder.DEFAULT.decode(null), "input");
  }

  private static void namesNull(Runnable call, String argument) {
    assertThatThrownBy(call::run).isInstanceOf(NullPointerException.class).hasMessage(argument);
  }
}
