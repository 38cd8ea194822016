package io.fovea.image;

import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.ImageException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that are no picture of a kind that is read are named, with the way out. */
class ForeignFormatTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0000001c 66747970 68656963|a HEIC picture|heif-convert IN OUT.png",
        "0000001c 66747970 61766966|an AVIF picture|avifdec IN OUT.png",
        "0000001c 66747970 6d696631|a HEIF picture|heif-convert",
        "0000001c 66747970 63727820|a camera's raw data (CR3)|darktable-cli",
        "0000001c 66747970 69736f6d|a video|ffmpeg",
        "ff0a1234|a JPEG XL picture|djxl IN OUT.png",
        "0000000c 4a584c20 0d0a870a|a JPEG XL picture|djxl",
        "0000000c 6a502020 0d0a870a|a JPEG 2000 picture|opj_decompress",
        "ff4fff51 002f|a JPEG 2000 picture|opj_decompress",
        "49492b00 08000000|a BigTIFF picture|magick",
        "46554a49 46494c4d 4343442d 524157|raw data (RAF)|darktable-cli",
        "49495500 08000000|raw data (RW2)|darktable-cli",
        "38425053 0001|a Photoshop document|magick",
        "00000100 0100|an icon|magick",
        "25504446 2d312e37|a PDF document|pdftoppm",
        "504b0304 1400|a ZIP archive|unpack",
        "1f8b0800|a gzip file|unpack",
      })
  void namesFilesByTheirFirstBytes(String hex, String name, String remedy) {
    byte[] begin = HexFormat.of().parseHex(hex.replace(" ", ""));
    refuses(Arrays.copyOf(begin, 200), name, remedy);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "<?xml version='1.0'?> <svg xmlns='x'>|an SVG drawing|rsvg-convert",
        "<svg width='2'/>|an SVG drawing|rsvg-convert",
        "<!DOCTYPE html><p>403|a web page (HTML)|the picture's own address",
        "{\"error\": \"not found\"}|JSON text|the picture's own address",
        "<?xml version='1.0'?><Error/>|XML text|the picture's own address",
        "version https://git-lfs.github.com/spec/v1|a Git LFS pointer|git lfs pull",
        "data:image/png;base64,iVBORw0KGgo=|a data URL|Base64",
        "just some words|is text|give a picture file",
      })
  void namesText(String text, String name, String remedy) {
    refuses(("  \n" + text + "\n").getBytes(UTF_8), name, remedy);
    refuses(("\uFEFF" + text + " ").getBytes(UTF_8), name, remedy);
  }

  /** Licences, comments and document types may stand before the first element. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1_000, 1_023, 1_024, 5_000, 60_000})
  void drawingsBeginLate(int comment) {
    String svg = "<?xml version='1.0'?><!--" + "x".repeat(comment) + "--><svg width='2'/>";
    String page = "<!DOCTYPE html><!--" + "x".repeat(comment) + "--><html><svg/></html>";
    for (Charset charset : List.of(UTF_8, UTF_16LE, UTF_16BE)) {
      for (String mark : List.of("", "\uFEFF")) {
        refuses((mark + svg).getBytes(charset), "an SVG drawing", "rsvg-convert");
        refuses((mark + page).getBytes(charset), "a web page (HTML)", "own address");
      }
    }
  }

  @Test
  void textAboutDrawingsIsText() {
    refuses("how to write <svg width='2'/>".getBytes(UTF_8), "is text", "give a picture file");
    refuses("<svg".repeat(3).substring(1).getBytes(UTF_8), "is text", "give a picture file");
  }

  @Test
  void anythingElseIsNotAPicture() {
    byte[] noise = {1, 2, 3, (byte) 200, 5, 6, 7, 8, 9, 10, 11, 12, 13};
    refuses(noise, "is not a JPEG, PNG, GIF, BMP, WebP or TIFF file", "convert it");
  }

  /** DNG states its version; the first page of such files is a thumbnail. */
  @Test
  void rawDataIsNoTiffPicture() {
    byte[] tiff = Goldens.bytes("tiff-rgb-little-strips.tif");
    ByteBuffer file = ByteBuffer.wrap(tiff).order(ByteOrder.LITTLE_ENDIAN);
    int directory = file.getInt(4);
    int last = directory + 2 + 12 * (file.getShort(directory) - 1);
    file.putShort(last, (short) 50706);
    refuses(tiff, "a camera's raw data", "darktable-cli");
  }

  private static void refuses(byte[] file, String name, String remedy) {
    assertThatThrownBy(() -> ImageDecoder.DEFAULT.decode(ImageInput.of(file)))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining(name)
        .hasMessageContaining(remedy);
  }
}
