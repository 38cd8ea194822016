package io.fovea.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.ImageException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Work is bounded before it is begun: a scan of a progressive picture costs a few bytes. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class JpegScansTest {
  /** The golden progressive file with its last scan again and again. */
  private static byte[] repeated(int times) {
    byte[] file = Goldens.bytes("jpeg-progressive-420.jpg");
    String text = new String(file, StandardCharsets.ISO_8859_1);
    int end = text.lastIndexOf("\u00ff\u00d9");
    int scan = text.lastIndexOf("\u00ff\u00da");
    int tables = text.lastIndexOf("\u00ff\u00c4", scan);
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.write(file, 0, end);
    for (int i = 0; i < times; i++) {
      all.write(file, tables, end - tables);
    }
    all.write(file, end, 2);
    return all.toByteArray();
  }

  private static void refuses(byte[] file, String scans) {
    assertThatThrownBy(() -> ImageDecoder.DEFAULT.decode(ImageInput.of(file)))
        .isInstanceOf(ImageException.class)
        .hasMessageContainingAll(scans, "JPEG scans", "24 are plenty", "very long", "PNG");
  }

  @Test
  void manyScansOfALargePictureAreRefused() {
    byte[] file = repeated(15);
    int frame = new String(file, StandardCharsets.ISO_8859_1).indexOf("\u00ff\u00c2");
    ByteBuffer.wrap(file).putShort(frame + 5, (short) 8000).putShort(frame + 7, (short) 8000);
    refuses(file, "has 25 JPEG scans");
  }

  @Test
  void veryManyScansOfASmallPictureAreRefused() {
    refuses(repeated(40_000), "has 40010 JPEG scans");
  }

  /** As Pillow reads them: some scans too many do no harm where the picture is small. */
  @Test
  void someScansMoreAreRead() {
    assertThat(ImageDecoder.DEFAULT.decode(ImageInput.of(repeated(60))).size())
        .isEqualTo(Goldens.expected("jpeg-progressive-420.jpg").size());
  }

  /** A strip of TIFF's JPEG data may be progressive, too. */
  @Test
  void scansInTiffCount() {
    byte[] tiff = Goldens.bytes("tiff-rgb-jpeg.tif");
    byte[] scans = repeated(40_000);
    byte[] file = Arrays.copyOf(tiff, tiff.length + scans.length);
    System.arraycopy(scans, 0, file, tiff.length, scans.length);
    ByteBuffer numbers = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    int entry = numbers.getInt(4) + 2;
    for (; numbers.getShort(entry) != 273; entry += 12) {}
    numbers.putInt(entry + 8, tiff.length);
    for (; numbers.getShort(entry) != 279; entry += 12) {}
    numbers.putInt(entry + 8, scans.length);
    refuses(file, "has 40010 JPEG scans");
  }
}
