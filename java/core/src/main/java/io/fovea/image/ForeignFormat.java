package io.fovea.image;

import io.fovea.ImageException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Files that are no picture of a kind that is read: what they are by their content, and the way
 * out.
 */
final class ForeignFormat {
  private static final int TEXT_BYTES = 1 << 17;
  private static final int SHORT_TEXT = 1024; // enough to tell that something is text
  private static final Pattern FIRST_ELEMENT = Pattern.compile("<svg|<html|<!doctype html");

  private static final String READ = "JPEG, PNG, GIF, BMP, WebP or TIFF";

  /**
   * A kind of file.
   *
   * @param at where its signature is
   * @param remedy what to do, or a command with IN and OUT.png in it
   */
  private record Kind(int at, String signature, String name, String remedy) {}

  private static final String MAGICK = "convert it: magick IN OUT.png";
  private static final String HEIF = "convert it: heif-convert IN OUT.png";
  private static final String RAW =
      "develop it, for example with darktable-cli IN OUT.png, or take the camera's JPEG";
  private static final String JPEG_2000 = "convert it: opj_decompress -i IN -o OUT.png";
  private static final String JPEG_XL = "convert it: djxl IN OUT.png";
  private static final String VIDEO = "take a picture out of it: ffmpeg -i IN -frames:v 1 OUT.png";
  private static final String UNPACK = "unpack it first";

  /** Brands of ISO media files come before "ftyp" alone, which is a video. */
  private static final List<Kind> KINDS =
      List.of(
          new Kind(8, "avif", "an AVIF picture", "convert it: avifdec IN OUT.png"),
          new Kind(8, "avis", "an AVIF picture", "convert it: avifdec IN OUT.png"),
          new Kind(8, "heic", "a HEIC picture", HEIF),
          new Kind(8, "heix", "a HEIC picture", HEIF),
          new Kind(8, "heim", "a HEIC picture", HEIF),
          new Kind(8, "heis", "a HEIC picture", HEIF),
          new Kind(8, "hevc", "a HEIC picture", HEIF),
          new Kind(8, "mif1", "a HEIF picture (HEIC or AVIF)", HEIF),
          new Kind(8, "msf1", "a HEIF picture (HEIC or AVIF)", HEIF),
          new Kind(4, "ftypcrx ", "a camera's raw data (CR3)", RAW),
          new Kind(4, "ftyp", "a video", VIDEO),
          new Kind(0, "\u001aE\u00df\u00a3", "a video", VIDEO),
          new Kind(8, "AVI ", "a video", VIDEO),
          new Kind(0, "\u00ff\n", "a JPEG XL picture", JPEG_XL),
          new Kind(4, "JXL ", "a JPEG XL picture", JPEG_XL),
          new Kind(4, "jP  ", "a JPEG 2000 picture", JPEG_2000),
          new Kind(0, "\u00ffO\u00ffQ", "a JPEG 2000 picture", JPEG_2000),
          new Kind(0, "II+\0", "a BigTIFF picture", MAGICK),
          new Kind(0, "MM\0+", "a BigTIFF picture", MAGICK),
          new Kind(0, "FUJIFILMCCD-RAW", "a camera's raw data (RAF)", RAW),
          new Kind(0, "IIRO", "a camera's raw data (ORF)", RAW),
          new Kind(0, "IIRS", "a camera's raw data (ORF)", RAW),
          new Kind(0, "IIU\0", "a camera's raw data (RW2)", RAW),
          new Kind(0, "%PDF", "a PDF document", "make a picture of a page: pdftoppm -png IN OUT"),
          new Kind(0, "%!PS", "a PostScript document", MAGICK),
          new Kind(0, "8BPS", "a Photoshop document", MAGICK),
          new Kind(0, "gimp xcf", "a GIMP document", "export it as PNG in GIMP"),
          new Kind(0, "\0\0\u0001\0", "an icon (ICO)", MAGICK),
          new Kind(0, "\u008aMNG", "a MNG animation", MAGICK),
          new Kind(0, "DDS ", "a DDS texture", MAGICK),
          new Kind(0, "v/1\u0001", "an OpenEXR picture", MAGICK),
          new Kind(0, "#?RADIANCE", "a Radiance picture", MAGICK),
          new Kind(0, "qoif", "a QOI picture", MAGICK),
          new Kind(128, "DICM", "a DICOM picture", "convert it: dcm2img IN OUT.png"),
          new Kind(0, "SIMPLE  =", "a FITS picture", MAGICK),
          new Kind(0, "P1", "a PBM picture", MAGICK),
          new Kind(0, "P2", "a PGM picture", MAGICK),
          new Kind(0, "P3", "a PPM picture", MAGICK),
          new Kind(0, "P4", "a PBM picture", MAGICK),
          new Kind(0, "P5", "a PGM picture", MAGICK),
          new Kind(0, "P6", "a PPM picture", MAGICK),
          new Kind(0, "PK\u0003\u0004", "a ZIP archive", UNPACK),
          new Kind(0, "\u001f\u008b", "a gzip file", UNPACK),
          new Kind(0, "\u0093NUMPY", "a NumPy array", "save it as PNG"));

  private static final String SAVED_PAGE =
      "the download saved something else than the picture: get the picture's own address";

  private ForeignFormat() {}

  /** The exception for a file of no format that is read. */
  static ImageException refusal(Source source) {
    FileBytes file = source.bytes();
    for (Kind kind : KINDS) {
      if (file.has(kind.signature(), kind.at())) {
        return refusal(source, kind.name(), kind.remedy());
      }
    }
    int length = Math.min(TEXT_BYTES, file.length());
    return text(source, new String(source.file(), 0, length, charset(file)));
  }

  /** UTF-16 by its mark or by an angle bracket; else a character a byte. */
  private static Charset charset(FileBytes file) {
    if (file.has("\u00ff\u00fe", 0) || file.has("<\0", 0)) {
      return StandardCharsets.UTF_16LE;
    }
    boolean high = file.has("\u00fe\u00ff", 0) || file.has("\0<", 0);
    return high ? StandardCharsets.UTF_16BE : StandardCharsets.ISO_8859_1;
  }

  /** The exception for a camera's raw data in the form of a TIFF file. */
  static ImageException rawData(Source source) {
    return refusal(source, "a camera's raw data", RAW);
  }

  private static ImageException text(Source source, String begin) {
    String text = begin.replaceFirst("^(\u00ef\u00bb\u00bf|\uFEFF)", "").stripLeading();
    String lower = text.toLowerCase(Locale.ROOT);
    Matcher element = FIRST_ELEMENT.matcher(lower);
    if (text.startsWith("<") && element.find()) {
      return element.group().equals("<svg")
          ? refusal(source, "an SVG drawing", "make a picture of it: rsvg-convert IN -o OUT.png")
          : refusal(source, "a web page (HTML)", SAVED_PAGE);
    }
    if (text.startsWith("version https://git-lfs.github.com/spec/")) {
      return refusal(
          source, "a Git LFS pointer, not the picture itself", "fetch the picture: git lfs pull");
    }
    if (lower.startsWith("data:image/")) {
      return refusal(source, "a data URL", "decode what follows its comma from Base64");
    }
    if (text.startsWith("{") || text.startsWith("[")) {
      return refusal(source, "JSON text", SAVED_PAGE);
    }
    if (text.startsWith("<")) {
      return refusal(source, "XML text", SAVED_PAGE);
    }
    if (!text.isEmpty() && text.chars().limit(SHORT_TEXT).allMatch(ForeignFormat::isText)) {
      return refusal(source, "text", "give a picture file");
    }
    return new ImageException(
        source.name(),
        "is not a " + READ + " file",
        "convert it to PNG or JPEG, or pass a decoded BufferedImage");
  }

  private static boolean isText(int character) {
    return character >= ' '
        ? character < 0x7f
        : character == '\n' || character == '\r' || character == '\t';
  }

  private static ImageException refusal(Source source, String name, String remedy) {
    return new ImageException(source.name(), "is " + name + "; what is read is " + READ, remedy);
  }
}
