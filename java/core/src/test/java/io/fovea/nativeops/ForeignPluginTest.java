package io.fovea.nativeops;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A CUDA library that is none, beside the core: it is refused with its reason, and the CPU works.
 * Each case is a process of its own, because a process loads the core once.
 */
class ForeignPluginTest {
  private static final String PLUGIN = "libfovea_cuda.so";

  @TempDir
  @SuppressWarnings("NullAway.Init")
  private Path folder;

  @BeforeEach
  void copyTheLibraries() throws IOException {
    Path loaded = Path.of(NativeLibrary.load().location());
    for (String name : new String[] {"libfovea.so", "libjnifovea.so"}) {
      Files.copy(loaded.resolve(name), folder.resolve(name));
    }
  }

  private void assertRefused(String... parts) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-D" + NativeLibrary.DIRECTORY_PROPERTY + "=" + folder,
                "-cp",
                System.getProperty("java.class.path"),
                DeviceProbe.class.getName())
            .redirectErrorStream(true)
            .start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    assertThat(output).contains("cpu: 3.0 -4.0");
    assertThat(output.lines().filter(line -> line.startsWith("cuda: ")))
        .singleElement()
        .satisfies(line -> assertThat(line).contains(parts));
  }

  @Test
  void noLibrary() throws Exception {
    assertRefused(folder.toString(), "has no " + PLUGIN);
  }

  @Test
  void garbage() throws Exception {
    Files.writeString(folder.resolve(PLUGIN), "This is no library.\n".repeat(100));
    assertRefused(PLUGIN, "does not load");
  }

  @Test
  void aLibraryThatIsNoPlugin() throws Exception {
    Files.copy(folder.resolve("libjnifovea.so"), folder.resolve(PLUGIN));
    assertRefused(PLUGIN, "is of build unknown");
  }
}
