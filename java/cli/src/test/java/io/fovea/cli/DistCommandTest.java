package io.fovea.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The parts of {@code fovea dist}; .ci/dist makes a whole folder and runs it. */
class DistCommandTest {
  private static final Path JAVA_HOME = Path.of(System.getProperty("java.home"));

  @TempDir
  @SuppressWarnings("NullAway.Init")
  private Path folder;

  private static void isRefused(Invocation run, String... words) {
    assertThat(run.code()).isEqualTo(ExitCode.FAILED);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).contains(words).hasLineCount(1);
  }

  @Test
  void whatIsThereStays() throws IOException {
    Path there = Files.writeString(folder.resolve("there"), "text");
    isRefused(Invocation.of("dist", "--out", there), "not a folder that this command made");
    isRefused(
        Invocation.of("dist", "--out", folder, "--force"), "not a folder that this command made");
    Files.createDirectories(folder.resolve("made/bin"));
    Files.createDirectories(folder.resolve("made/runtime"));
    Files.createFile(folder.resolve("made/bin/fovea"));
    isRefused(Invocation.of("dist", "--out", folder.resolve("made")), "there already", "--force");
    Path archive = Files.createFile(folder.resolve("new.tar.gz"));
    isRefused(
        Invocation.of("dist", "--out", folder.resolve("new"), "--tar"),
        archive + " is there already");
    isRefused(Invocation.of("dist", "--out", folder.resolve("none/new")), "there is no folder");
    assertThat(there).hasContent("text");
    assertThat(folder.resolve("new")).doesNotExist();
  }

  @Test
  void aFolderThatIsNoJdkIsNamed() throws IOException {
    isRefused(
        Invocation.of("dist", "--out", folder.resolve("new"), "--jdk", folder),
        folder + " is no JDK",
        "--jdk",
        "openjdk-17-jdk-headless");
    Path jlink = Files.createFile(Files.createDirectory(folder.resolve("bin")).resolve("jlink"));
    assertThat(jlink.toFile().setExecutable(true)).isTrue();
    assertThatThrownBy(() -> RuntimeImage.of(folder))
        .hasMessageContaining("does not tell the version");
    Files.writeString(folder.resolve("release"), "JAVA_VERSION=\"11.0.2\"\n");
    assertThatThrownBy(() -> RuntimeImage.of(folder)).hasMessageContaining("is of Java 11.0.2");
    Files.writeString(folder.resolve("release"), "JAVA_VERSION=\"25-ea\"\n");
    assertThat(RuntimeImage.of(folder).version()).isEqualTo("25-ea");
  }

  @Test
  void aJlinkThatFailsIsQuotedAndLeavesNothing() throws IOException {
    Path jlink = Files.createDirectories(folder.resolve("jdk/bin")).resolve("jlink");
    Files.writeString(jlink, "#!/bin/sh\necho no module java.desktop\nexit 1\n");
    assertThat(jlink.toFile().setExecutable(true)).isTrue();
    RuntimeImage java = new RuntimeImage(jlink, "17");
    assertThatThrownBy(() -> java.link(folder.resolve("runtime")))
        .isInstanceOf(CommandFailure.class)
        .hasMessageContaining("no module java.desktop")
        .hasMessageContaining("--jdk");
  }

  @Test
  void theNeedsOfALibraryAreRead() throws IOException {
    Path library = JAVA_HOME.resolve("lib/libjava.so");
    assertThat(SharedObject.needs(library)).contains("libjvm.so", "libc.so.6");
    assertThat(SharedObject.needs(JAVA_HOME.resolve("bin/java"))).contains("libjli.so");
    assertThat(SharedObject.needs(Files.writeString(folder.resolve("script"), "#!/bin/sh")))
        .isEmpty();
    byte[] whole = Files.readAllBytes(library);
    for (int bytes : new int[] {64, 100, 1000, whole.length / 2}) {
      Path cut = Files.write(folder.resolve("cut"), Arrays.copyOf(whole, bytes));
      assertThatThrownBy(() -> SharedObject.needs(cut))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("damaged");
    }
  }

  /** The system's own tar reads it: long names, links and modes included. */
  @Test
  void anArchiveHoldsTheFolder() throws Exception {
    Path tree = Files.createDirectory(folder.resolve("tree"));
    Path deep = Files.createDirectories(tree.resolve("a".repeat(70)).resolve("b".repeat(70)));
    Files.writeString(deep.resolve("c".repeat(60)), "deep");
    Files.writeString(tree.resolve("кот"), "x".repeat(512));
    Files.createFile(tree.resolve("empty"));
    Path run = Files.writeString(tree.resolve("run"), "#!/bin/sh\n");
    assertThat(run.toFile().setExecutable(true)).isTrue();
    Files.createSymbolicLink(tree.resolve("link"), Path.of("run"));
    Path archive = folder.resolve("tree.tar.gz");
    TarGz.write(tree, "named", archive);
    byte[] first = Files.readAllBytes(archive);
    TarGz.write(tree, "named", archive);
    assertThat(archive).hasBinaryContent(first);
    shell("tar xzf tree.tar.gz && diff -r --no-dereference tree named && test -x named/run");
    Files.createFile(tree.resolve("d".repeat(101)));
    assertThatThrownBy(() -> TarGz.write(tree, "named", archive))
        .hasMessageContaining("too long a name");
  }

  private void shell(String script) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder("sh", "-c", script)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), US_ASCII);
    assertThat(process.waitFor()).as(output).isZero();
  }

  @Test
  void aFolderIsReplacedWholeOrNotAtAll() throws IOException {
    Path earlier = Files.createDirectory(folder.resolve("name"));
    Files.createFile(earlier.resolve("old"));
    Path next = Files.createDirectory(folder.resolve("next"));
    Files.createFile(next.resolve("new"));
    assertThatThrownBy(
            () -> FileTree.move(folder.resolve("absent"), earlier, folder.resolve("aside")))
        .isInstanceOf(IOException.class);
    assertThat(earlier.resolve("old")).exists();
    FileTree.move(next, earlier, folder.resolve("aside"));
    assertThat(earlier.resolve("new")).exists();
    assertThat(folder.resolve("aside/old")).exists();
    FileTree.remove(folder.resolve("aside"));
    assertThat(folder.resolve("aside")).doesNotExist();
  }

  @Test
  void noJarGoesWithoutALicence() throws IOException {
    Path jar = folder.resolve("unheard-of-1.0.jar");
    try (var out = new ZipOutputStream(Files.newOutputStream(jar))) {
      out.putNextEntry(new ZipEntry("META-INF/NOTICE"));
      out.closeEntry();
    }
    JarLicences licences = new JarLicences();
    assertThatThrownBy(() -> licences.write(jar, folder))
        .hasMessageContaining("no licence in unheard-of-1.0.jar");
    for (String name : List.of("picocli-4.7.7.jar", "imageio-core-3.14.0.jar")) {
      Path listed = Files.copy(jar, folder.resolve(name));
      licences.write(listed, folder);
      assertThat(folder.resolve(name.replace(".jar", "")).resolve("LICENSE")).isNotEmptyFile();
    }
  }
}
