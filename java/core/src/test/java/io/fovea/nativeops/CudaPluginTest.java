package io.fovea.nativeops;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The CUDA jar on the classpath: missing, of another build, damaged, sound. */
class CudaPluginTest {
  private static final String FOLDER = "META-INF/fovea/linux-x86_64/";
  private static final String BUILD = "0.1.0+0123456789abcdef";
  private static final byte[] LIBRARY = {0x7f, 'E', 'L', 'F', 2, 1, 1, 0};

  @TempDir
  @SuppressWarnings("NullAway.Init")
  private Path temporary;

  @SuppressWarnings("NullAway.Init")
  private Path jar;

  @SuppressWarnings("NullAway.Init")
  private URLClassLoader classpath;

  @SuppressWarnings("NullAway.Init")
  private NativeCache cache;

  @BeforeEach
  void layOut() throws IOException {
    jar = Files.createDirectories(temporary.resolve("jar").resolve(FOLDER));
    classpath = new URLClassLoader(new URL[] {temporary.resolve("jar").toUri().toURL()}, null);
    cache = new NativeCache(classpath, Files.createDirectory(temporary.resolve("cache")));
  }

  @AfterEach
  void close() throws IOException {
    classpath.close();
  }

  private CudaPlugin find(String build, String sha256) throws IOException {
    Files.writeString(
        jar.resolve("cuda.properties"), "build.id=" + build + "\nlibfovea_cuda.so=" + sha256);
    Files.write(jar.resolve("libfovea_cuda.so"), LIBRARY);
    return CudaPlugin.find(classpath, FOLDER, BUILD);
  }

  private static String sha256(byte[] bytes) throws NoSuchAlgorithmException {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  private void assertNotExtracted(CudaPlugin plugin, String... parts) {
    assertThat(plugin.extract(cache, FOLDER)).contains(parts);
    assertThat(cache.folder()).isEmptyDirectory();
  }

  @Test
  void aSoundJarIsExtracted() throws Exception {
    assertThat(find(BUILD, sha256(LIBRARY)).extract(cache, FOLDER)).isNull();
    assertThat(cache.folder().resolve("libfovea_cuda.so")).hasBinaryContent(LIBRARY);
  }

  @Test
  void aMissingJarIsNamed() {
    assertNotExtracted(
        CudaPlugin.find(classpath, FOLDER, BUILD), "fovea-native", "linux-x86_64-cuda");
  }

  @Test
  void anotherBuildIsNotExtracted() throws Exception {
    CudaPlugin plugin = find("0.0.9+fedcba9876543210", sha256(LIBRARY));
    assertNotExtracted(plugin, "0.0.9+fedcba9876543210", BUILD, "one version");
  }

  @Test
  void aDamagedLibraryIsNotExtracted() throws Exception {
    assertNotExtracted(find(BUILD, sha256(new byte[8])), "libfovea_cuda.so", "SHA-256", "damaged");
  }

  @Test
  void aJarWithoutALibraryIsNoFault() throws Exception {
    CudaPlugin plugin = find(BUILD, sha256(LIBRARY));
    Files.delete(jar.resolve("libfovea_cuda.so"));
    assertNotExtracted(plugin, "libfovea_cuda.so");
  }

  @Test
  void brokenPropertiesAreNoFault() throws Exception {
    Files.writeString(jar.resolve("cuda.properties"), "build.id=\\uZZZZ");
    assertNotExtracted(CudaPlugin.find(classpath, FOLDER, BUILD), "cuda.properties");
  }
}
