package io.fovea.cli;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * A Java runtime with the modules that Fovea needs, made by a JDK's jlink.
 *
 * @param jlink the program
 * @param version such as 17.0.15
 */
record RuntimeImage(Path jlink, String version) {
  /** What the jars need by their classes (jdeps), and by name: services, agents and tools. */
  static final List<String> MODULES =
      List.of(
          "java.base",
          "java.desktop", // ImageIO and drawing
          "java.logging",
          "java.management",
          "java.naming", // DNS, for servers
          "java.net.http",
          "java.sql", // Jackson names its types
          "java.xml",
          "jdk.crypto.ec", // TLS; a part of java.base since JDK 22
          "jdk.jcmd", // starts recordings of a process that runs
          "jdk.jfr",
          "jdk.management",
          "jdk.unsupported", // JavaCPP
          "jdk.zipfs");

  /** Libraries for screens and sound: never loaded, and they would want those of the system. */
  private static final List<String> UNUSED =
      List.of("libawt_xawt.so", "libjawt.so", "libjsound.so", "libsplashscreen.so");

  /**
   * Finds jlink.
   *
   * @param home of a JDK
   * @throws CommandFailure where it has none
   */
  static RuntimeImage of(Path home) {
    Path jlink = home.resolve("bin/jlink");
    if (!Files.isExecutable(jlink)) {
      throw new CommandFailure(
          home + " is no JDK: it has no bin/jlink",
          "name a JDK of Java 17 or newer with --jdk; on Debian and Ubuntu the package"
              + " openjdk-17-jdk-headless brings one");
    }
    String version = version(home.resolve("release"));
    if (Integer.parseInt(version.replaceFirst("[^0-9].*", "")) < 17) {
      throw new CommandFailure(
          home + " is of Java " + version, "name a JDK of Java 17 or newer with --jdk");
    }
    return new RuntimeImage(jlink, version);
  }

  private static String version(Path release) {
    Properties facts = new Properties();
    try (Reader reader = Files.newBufferedReader(release, StandardCharsets.UTF_8)) {
      facts.load(reader);
    } catch (IOException e) {
      throw unversioned(release, e);
    }
    String version = facts.getProperty("JAVA_VERSION", "").replace("\"", "");
    if (!version.matches("[0-9]+([^0-9].*)?")) {
      throw unversioned(release, null);
    }
    return version;
  }

  private static CommandFailure unversioned(Path release, @Nullable IOException cause) {
    return new CommandFailure(
        release + " does not tell the version of Java", "name a whole JDK with --jdk", cause);
  }

  /**
   * Makes the runtime.
   *
   * @param target must not be there
   * @throws CommandFailure where jlink fails
   */
  void link(Path target) throws IOException {
    run(
        jlink.toString(),
        "--add-modules",
        String.join(",", MODULES),
        "--exclude-files",
        String.join(",", UNUSED.stream().map(name -> "**/" + name).toList()),
        "--strip-java-debug-attributes",
        "--no-header-files",
        "--no-man-pages",
        "--vm=server",
        "--output",
        target.toString());
    // Classes of the JDK as they lie in memory: a start takes a quarter less. It also shows that
    // Java
    // runs.
    run(target.resolve("bin/java").toString(), "-XX:+UseSerialGC", "-Xshare:dump");
  }

  private static void run(String... command) throws IOException {
    Path log = Files.createTempFile("fovea-dist", ".log");
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      process.getOutputStream().close();
      if (process.waitFor() != 0) {
        throw new CommandFailure(
            command[0] + " failed: " + Files.readString(log).strip(),
            "try another JDK with --jdk, on which nothing was changed");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailure("interrupted", "start again", e);
    } finally {
      Files.delete(log);
    }
  }
}
