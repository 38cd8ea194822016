package io.fovea.image;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.awt.image.Raster;
import java.io.IOException;
import java.util.Iterator;
import javax.imageio.IIOException;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import org.jspecify.annotations.Nullable;

/** Runs ImageIO's readers on a file in memory, without caches on disk or global settings. */
final class FormatReader {
  private FormatReader() {}

  /** What to do with a reader that is set on the file; it is disposed afterwards. */
  private interface Task<T> {
    T run(ImageReader reader) throws IOException;
  }

  /** Width and height of the first picture by the file's header: {width, height}. */
  static long[] dimensions(ImageFormat format, byte[] file) throws IOException {
    return run(format, file, reader -> new long[] {reader.getWidth(0), reader.getHeight(0)});
  }

  /** The first picture. */
  static BufferedImage read(ImageFormat format, byte[] file) throws IOException {
    return run(format, file, reader -> reader.read(0));
  }

  /**
   * The first picture's samples, not converted to any colour space: [pixels, components].
   *
   * @param whole whether missing samples are an error; else they are grey
   */
  static byte[] readSamples(ImageFormat format, byte[] file, int components, boolean whole)
      throws IOException {
    Raster raster =
        run(
            format,
            file,
            reader -> {
              boolean[] isShort = {false};
              reader.addIIOReadWarningListener(
                  (source, warning) -> isShort[0] |= warning.contains("premature"));
              Raster read = reader.readRaster(0, null);
              if (whole && isShort[0]) {
                throw new TruncatedException("samples are missing");
              }
              return read;
            });
    int samples = Math.multiplyExact(raster.getWidth() * raster.getHeight(), components);
    if (raster.getNumBands() != components
        || !(raster.getDataBuffer() instanceof DataBufferByte buffer)
        || buffer.getData().length != samples) {
      throw new IIOException("the decoder gave " + raster + " for " + components + " components");
    }
    return buffer.getData();
  }

  /**
   * Tries every installed reader of the format; the first one's error counts. Its words are about a
   * decoder's insides and may repeat what the file says, so that they stay in the cause.
   */
  private static <T> T run(ImageFormat format, byte[] file, Task<T> task) throws IOException {
    Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName(format.name());
    if (!readers.hasNext()) {
      throw new IIOException(
          "no ImageIO reader for it is on the class path; com.twelvemonkeys.imageio:imageio-webp"
              + " reads WebP");
    }
    Exception first = null;
    while (readers.hasNext()) {
      ImageReader reader = readers.next();
      try (ByteArrayImageInputStream in = new ByteArrayImageInputStream(file)) {
        reader.setInput(in, true, true);
        return task.run(reader);
      } catch (IOException
          | RuntimeException e) { // readers meet damage with exceptions of any kind
        rethrowLackOfMemory(e);
        first = first == null ? e : first;
      } finally {
        reader.dispose();
      }
    }
    throw new IIOException(reason(first), first);
  }

  /** Some readers call it damage; the JDK's MemoryCache, which reads JPEG in TIFF, says so. */
  private static void rethrowLackOfMemory(Throwable failure) {
    for (Throwable e = failure; e != null; e = e.getCause()) {
      if (e instanceof OutOfMemoryError lack) {
        throw lack;
      }
      if (String.valueOf(e.getMessage()).startsWith("No memory left")) {
        throw new OutOfMemoryError(e.getMessage());
      }
    }
  }

  private static String reason(@Nullable Throwable failure) {
    for (Throwable e = failure; e != null; e = e.getCause()) {
      if (e instanceof TruncatedException) {
        return String.valueOf(e.getMessage());
      }
    }
    return "its pixels are damaged, or stored in a way that the Java reader does not know";
  }
}
