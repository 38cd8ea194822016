package io.fovea.nativeops;

import io.fovea.NativeLibraryException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * The CUDA backend's library, which travels in a jar of its own. Whatever is wrong with it, the
 * processor can be used.
 *
 * @param sha256 its checksum where the jar is there, else null
 * @param absence why it is not used, else null
 */
record CudaPlugin(@Nullable String sha256, @Nullable String absence) {
  static final String FILE = "libfovea_cuda.so";

  private static final String PROPERTIES = "cuda.properties";

  /**
   * What the classpath has.
   *
   * @param folder resource folder of the platform's libraries, with a slash at its end
   * @param buildId of the classes; a library of another build is not used
   */
  static CudaPlugin find(ClassLoader classpath, String folder, String buildId) {
    Properties properties = new Properties();
    try (InputStream in = classpath.getResourceAsStream(folder + PROPERTIES)) {
      if (in == null) {
        return absent(
            "the classpath has no jar io.fovea:fovea-native with classifier linux-x86_64-cuda");
      }
      properties.load(in);
    } catch (IOException | IllegalArgumentException e) {
      return absent(PROPERTIES + " cannot be read: " + e.getMessage());
    }
    String found = properties.getProperty("build.id", "unknown");
    if (!found.equals(buildId)) {
      return absent(
          FILE
              + " is of build "
              + found
              + ", the classes want "
              + buildId
              + ": use all fovea-native jars of one version");
    }
    return new CudaPlugin(properties.getProperty(FILE, ""), null);
  }

  /** Puts the library into the cache; returns why it is not there, or null where it is. */
  @Nullable String extract(NativeCache cache, String folder) {
    if (sha256 == null) {
      return absence;
    }
    try {
      cache.extract(folder + FILE, FILE, sha256);
      return null;
    } catch (IOException e) {
      return "cannot write " + FILE + " to " + cache.folder() + ": " + e.getMessage();
    } catch (NativeLibraryException e) {
      return e.getMessage();
    }
  }

  private static CudaPlugin absent(String reason) {
    return new CudaPlugin(null, reason);
  }
}
