package io.fovea.cli;

import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Puts a self-contained folder together under another name, and gives it its own when all of it is
 * there.
 */
final class Distribution {
  private static final String LAUNCHER = "bin/fovea";
  private static final String JAR = "fovea-cli.jar";

  private final Path out;
  private final @Nullable Path archive;
  private final boolean force;
  private final boolean cuda;

  Distribution(Path out, boolean tar, boolean force, boolean cuda) {
    this.out = out.toAbsolutePath().normalize();
    this.archive = tar ? this.out.resolveSibling(this.out.getFileName() + ".tar.gz") : null;
    this.force = force;
    this.cuda = cuda;
  }

  /** A file of the distribution that lies in the command line's own jar. */
  static InputStream resource(String name) {
    InputStream in = Distribution.class.getResourceAsStream("dist/" + name);
    if (in == null) {
      throw new IllegalStateException("no resource " + name);
    }
    return in;
  }

  /**
   * Makes it.
   *
   * @throws CommandFailure where something is in its place, missing, or cannot be written
   */
  DistCommand.Result make(RuntimeImage java) {
    check();
    Path jar = jar();
    try {
      List<Path> others = others(jar);
      try (WorkFolder work = WorkFolder.beside(out)) {
        return make(java, jar, others, work);
      }
    } catch (IOException e) {
      throw new CommandFailure(
          "cannot write " + out + ": " + e, "free space there, or choose another folder", e);
    }
  }

  private DistCommand.Result make(RuntimeImage java, Path jar, List<Path> others, WorkFolder work)
      throws IOException {
    Path folder = Files.createDirectory(work.resolve("folder"));
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path licences = Files.createDirectory(folder.resolve("licences"));
    java.link(folder.resolve("runtime"));
    List<String> libraries = SystemLibraries.copy(folder.resolve("runtime"), licences);
    copyJars(jar, others, work.resolve("folder"), licences);
    FileTree.copy(
        BundledModel.directory(),
        Files.createDirectory(folder.resolve(BundledModel.MODELS)).resolve(BundledModel.NAME));
    copyTexts(jar, folder);
    long bytes = FileTree.bytes(folder);
    Path tar = work.resolve("tar");
    if (archive != null) {
      TarGz.write(folder, String.valueOf(out.getFileName()), tar);
    }
    FileTree.move(folder, out, work.resolve("earlier"));
    if (archive != null) {
      Files.move(tar, archive, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
    return new DistCommand.Result(
        "dist",
        out.toString(),
        java.version(),
        bytes,
        libraries,
        archive == null ? null : archive.toString(),
        archive == null ? null : (Long) Files.size(archive));
  }

  private static Path jar() {
    try {
      Path jar = Path.of(Fovea.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      if (Files.isRegularFile(jar) && jar.endsWith(JAR)) {
        return jar;
      }
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
    throw new CommandFailure("this program runs from classes, not from " + JAR, "start ./fovea");
  }

  /** The jars that lie beside the command line's. */
  private List<Path> others(Path jar) throws IOException {
    List<Path> jars = new ArrayList<>();
    try (Stream<Path> all = Files.list(jar.resolveSibling("lib"))) {
      all.sorted().forEach(jars::add);
    }
    boolean hasCuda = jars.stream().anyMatch(Distribution::isCuda);
    if (cuda && !hasCuda) {
      throw new CommandFailure(
          "the CUDA backend was not built",
          "run './fovea dist --cuda' in a checkout where nvcc of CUDA 13 is installed, or leave out"
              + " --cuda");
    }
    if (!cuda) {
      jars.removeIf(Distribution::isCuda);
    }
    return jars;
  }

  private static boolean isCuda(Path jar) {
    return jar.toString().endsWith("-cuda.jar");
  }

  /** Finds what speaks against the output before a minute is spent on it. */
  private void check() {
    OutputFile.check(out.resolveSibling("." + out.getFileName()));
    if (Files.exists(out, LinkOption.NOFOLLOW_LINKS)) {
      boolean ours =
          Files.isDirectory(out, LinkOption.NOFOLLOW_LINKS)
              && Files.isRegularFile(out.resolve(LAUNCHER))
              && Files.isDirectory(out.resolve("runtime"));
      refuse(out, ours, "is not a folder that this command made");
    }
    if (archive != null && Files.exists(archive, LinkOption.NOFOLLOW_LINKS)) {
      refuse(
          archive, Files.isRegularFile(archive, LinkOption.NOFOLLOW_LINKS), "is not a plain file");
    }
  }

  private void refuse(Path there, boolean ours, String otherwise) {
    if (!ours) {
      throw new CommandFailure(
          there + " is there, and " + otherwise, "choose another folder with --out");
    }
    if (!force) {
      throw new CommandFailure(
          there + " is there already", "replace it with --force, or choose another with --out");
    }
  }

  private static void copyJars(Path jar, List<Path> others, Path folder, Path licences)
      throws IOException {
    JarLicences texts = new JarLicences();
    Path lib = Files.createDirectories(folder.resolve("app/lib"));
    Files.copy(jar, lib.resolveSibling(JAR));
    for (Path other : others) {
      Files.copy(other, lib.resolve(other.getFileName()));
      texts.write(other, licences);
    }
  }

  private static void copyTexts(Path jar, Path folder) throws IOException {
    Path launcher = folder.resolve(LAUNCHER);
    Files.createDirectory(launcher.resolveSibling(""));
    try (InputStream script = resource("fovea");
        InputStream readme = resource("README.txt")) {
      Files.copy(script, launcher);
      Files.copy(readme, folder.resolve("README.txt"));
    }
    Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwxr-xr-x"));
    JarLicences.copyTexts(jar, folder);
  }
}
