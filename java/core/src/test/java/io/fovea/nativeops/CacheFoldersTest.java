package io.fovea.nativeops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which folder the libraries are loaded from; each case in a process of its own. */
class CacheFoldersTest {
  private static final String NOT_EXECUTABLE = "failed to map segment"; // glibc's words

  @TempDir
  @SuppressWarnings("NullAway.Init")
  private Path folder;

  @SuppressWarnings("NullAway.Init")
  private Path home;

  @SuppressWarnings("NullAway.Init")
  private Path temporary;

  @BeforeEach
  void layOut() throws IOException {
    home = Files.createDirectory(folder.resolve("home"));
    temporary = Files.createDirectory(folder.resolve("tmp"));
  }

  private String load(Path cache) throws IOException, InterruptedException {
    return load(cache, "-Dsomething=else");
  }

  private String load(Path cache, String option) throws IOException, InterruptedException {
    return start(
        List.of(
            "env",
            "XDG_CACHE_HOME=" + cache,
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            option,
            "-Duser.name=Somebody",
            "-Duser.home=" + home,
            "-Djava.io.tmpdir=" + temporary,
            "-cp",
            System.getProperty("java.class.path"),
            LoadProbe.class.getName()));
  }

  /** A newer JDK warns before it. */
  private static Path location(String output) {
    String start = "location ";
    return output
        .lines()
        .filter(line -> line.startsWith(start))
        .map(line -> Path.of(line.substring(start.length())))
        .findFirst()
        .orElseThrow();
  }

  private static String start(List<String> command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return output;
  }

  @Test
  void theUsersCacheComesFirstAndJavaCppCopiesNothing() throws Exception {
    assertThat(load(Path.of(""))).contains("location " + home.resolve(".cache/fovea"));
    try (Stream<Path> files = Files.walk(folder).filter(Files::isRegularFile)) {
      assertThat(files)
          .extracting(file -> file.getFileName().toString())
          .containsExactlyInAnyOrder("libfovea.so", "libjnifovea.so");
    }
  }

  @Test
  void aHomeThatCannotBeWrittenFallsBackToTheTemporaryFolder() throws Exception {
    home = Path.of("/proc/self"); // nobody writes there, not even root
    assertThat(load(Path.of("")))
        .contains("location " + temporary.resolve("fovea-somebody"))
        .contains("/proc/self/.cache/fovea cannot be used: ");
  }

  /** As its specification wants. */
  @Test
  void aCacheThatIsNoAbsolutePathIsIgnored() throws Exception {
    assertThat(load(Path.of("cache"))).contains("location " + home.resolve(".cache/fovea"));
  }

  /** Of a script's variable that nobody has set; the working folder is not to be trusted. */
  @Test
  void anEmptyNameOfAFolderNamesNone() throws Exception {
    assertThat(load(Path.of(""), "-Dfovea.native.dir="))
        .contains("location " + home.resolve(".cache/fovea"));
  }

  @Test
  void aHomeThatIsNoPathIsPassedOver() throws Exception {
    home = Path.of("?"); // what Java says of a user whom the system does not know
    assertThat(load(Path.of(""))).contains("location " + temporary.resolve("fovea-somebody"));
  }

  @Test
  void aFolderThatOthersCanWriteFallsBackToTheNextOne() throws Exception {
    Path cache = Files.createDirectory(folder.resolve("cache"));
    Files.setAttribute(Files.createDirectory(cache.resolve("fovea")), "unix:mode", 0777);
    assertThat(load(cache))
        .contains("location " + temporary.resolve("fovea-somebody"))
        .contains(cache.resolve("fovea") + " can be written by other users (mode 777)");
  }

  @Test
  void whereNoFolderServesEachReasonIsGiven() throws Exception {
    Files.writeString(temporary.resolve("fovea-somebody"), "");
    assertThat(load(Path.of("/proc/self/cache")))
        .contains("NativeLibraryException")
        .contains("/proc/self/cache/fovea cannot be used: ")
        .contains(temporary.resolve("fovea-somebody") + " is a symbolic link or no folder")
        .contains("set XDG_CACHE_HOME to one");
  }

  @Test
  void aFileThatWasChangedIsWrittenAgain() throws Exception {
    Path loaded = location(load(Path.of("")));
    byte[] library = Files.readAllBytes(loaded.resolve("libfovea.so"));
    Files.writeString(loaded.resolve("libfovea.so"), "changed");
    Path elsewhere = Files.writeString(folder.resolve("elsewhere"), "changed");
    Files.delete(loaded.resolve("libjnifovea.so"));
    Files.createSymbolicLink(loaded.resolve("libjnifovea.so"), elsewhere);
    assertThat(load(Path.of(""))).contains("location " + loaded);
    assertThat(loaded.resolve("libfovea.so")).hasBinaryContent(library);
    assertThat(Files.isSymbolicLink(loaded.resolve("libjnifovea.so"))).isFalse();
    assertThat(elsewhere).hasContent("changed");
  }

  @Test
  void aFolderMountedNoexecFallsBackToTheNextOneInTheLinkersWords() throws Exception {
    Path cache = Files.createDirectory(folder.resolve("noexec"));
    mount(cache);
    try {
      assertThat(load(cache))
          .contains("location " + temporary.resolve("fovea-somebody"))
          .contains(cache.resolve("fovea") + " cannot be used: ")
          .contains(NOT_EXECUTABLE);
      temporary = cache;
      assertThat(load(cache)).contains("NativeLibraryException").contains(NOT_EXECUTABLE);
    } finally {
      start(List.of("umount", cache.toString()));
    }
  }

  private static void mount(Path point) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(List.of("mount", "-t", "tmpfs", "-o", "noexec,mode=700"));
    command.addAll(List.of("tmpfs", point.toString()));
    String answer = start(command);
    if (!answer.isEmpty()) {
      System.out.println("noexec: 0 of 1 cases, this user cannot mount: " + answer.strip());
    }
    assumeTrue(answer.isEmpty(), "this user cannot mount");
  }
}
