package io.fovea.nativeops;

import io.fovea.NativeLibraryException;
import io.fovea.binding.fovea;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * Finds, checks and opens the native library, once per class loader. A library is taken from the
 * folder named by {@code -Dfovea.native.dir}, or from the classpath by way of a checked copy in the
 * user's cache.
 */
public final class NativeLibrary {
  /** System property naming a folder that holds the libraries. */
  public static final String DIRECTORY_PROPERTY = "fovea.native.dir";

  private static final List<String> LIBRARIES = List.of(LibraryLinker.CORE, LibraryLinker.JNI);
  private static final String RESOURCES = "META-INF/fovea/"; // no package: modules hide those
  private static final ClassLoader CLASSPATH = NativeLibrary.class.getClassLoader();
  private static final String REBUILD =
      "rebuild with 'mvn package', and use fovea-native and its platform jar of one version";

  /** What to do where a resource is missing; automatic modules need not be resolved. */
  static final String ADD_THE_JAR =
      "add the jar io.fovea:fovea-native with classifier linux-x86_64 (on the module path also"
          + " --add-modules io.fovea.binding.linux.x86_64), or "
          + REBUILD;

  private static @Nullable NativeLoadReport report;

  private NativeLibrary() {}

  /**
   * Opens the library, or returns the report of the first time.
   *
   * @throws NativeLibraryException where it is missing, altered, of another build or unloadable
   */
  public static synchronized NativeLoadReport load() {
    if (report == null) {
      report = open();
    }
    return report;
  }

  private static NativeLoadReport open() {
    List<String> notes = new ArrayList<>();
    String platform = platform();
    notes.add("platform " + platform);
    try {
      String override = System.getProperty(DIRECTORY_PROPERTY, "");
      Place place = override.isBlank() ? cached(platform, notes) : given(override, notes);
      return report(place, notes);
    } catch (IllegalCallerException e) { // from JDK 24 on
      throw new NativeLibraryException(
          "Java forbids Fovea to load its native library: " + e.getMessage(),
          "start Java with --enable-native-access=ALL-UNNAMED; on the module path with"
              + " --enable-native-access=org.bytedeco.javacpp,io.fovea.binding",
          e);
    }
  }

  /** The folder whose libraries are open, and why that of CUDA is not there. */
  private record Place(Path folder, @Nullable String cudaAbsence) {}

  /** The folder that the user names is trusted with what it holds. */
  private static Place given(String override, List<String> notes) {
    Path folder = Path.of(override).toAbsolutePath();
    for (String name : LIBRARIES) {
      if (!Files.isRegularFile(folder.resolve(name))) {
        throw new NativeLibraryException(
            "-D" + DIRECTORY_PROPERTY + "=" + override + " has no " + name,
            "name the folder that holds " + String.join(" and ", LIBRARIES),
            null);
      }
    }
    notes.add("folder " + folder + " from -D" + DIRECTORY_PROPERTY);
    try {
      LibraryLinker.link(folder, notes);
    } catch (IOException | UnsatisfiedLinkError e) {
      throw new NativeLibraryException(
          "-D" + DIRECTORY_PROPERTY + "=" + override + " does not load: " + e.getMessage(),
          "it needs glibc 2.34 or newer on x86_64 and a folder not mounted noexec",
          e);
    }
    boolean cuda = Files.isRegularFile(folder.resolve(CudaPlugin.FILE));
    return new Place(folder, cuda ? null : folder + " has no " + CudaPlugin.FILE);
  }

  /** The first cache folder that takes the libraries and lets them be opened. */
  private static Place cached(String platform, List<String> notes) {
    String resources = RESOURCES + platform + "/";
    Properties checksums = properties(resources + "natives.properties");
    Properties build = properties(RESOURCES + "build.properties");
    CudaPlugin cuda = CudaPlugin.find(CLASSPATH, resources, build.getProperty("build.id", ""));
    List<String> key = new ArrayList<>();
    LIBRARIES.forEach(name -> key.add(checksums.getProperty(name, "")));
    if (cuda.sha256() != null) {
      key.add(cuda.sha256());
    }
    String leaf = NativeCache.leaf(build.getProperty("version"), key);
    List<String> obstacles = new ArrayList<>();
    @Nullable Throwable last = null;
    for (Path root : NativeCache.roots()) {
      try {
        NativeCache cache = new NativeCache(CLASSPATH, PrivateFolder.create(root, leaf));
        for (String name : LIBRARIES) {
          cache.extract(resources + name, name, checksums.getProperty(name, ""));
        }
        String absence = cuda.extract(cache, resources);
        notes.add("libraries checked against their SHA-256 in " + cache.folder());
        LibraryLinker.link(cache.folder(), notes);
        return new Place(cache.folder(), absence);
      } catch (IOException | UnsatisfiedLinkError e) {
        obstacles.add(root + " cannot be used: " + reason(e));
        notes.add(root + " cannot be used: " + reason(e));
        last = e;
      }
    }
    throw new NativeLibraryException(
        "no folder can hold the native library: " + String.join("; ", obstacles),
        "it needs glibc 2.34 or newer on x86_64, and a folder that this user alone can write, not"
            + " mounted noexec: set XDG_CACHE_HOME to one, or -D"
            + DIRECTORY_PROPERTY
            + " to one that holds the libraries",
        last);
  }

  /** Of a file system's exception the message is often the name of the file alone. */
  private static String reason(Throwable failure) {
    return failure instanceof FileSystemException e && e.getReason() == null
        ? e.getClass().getSimpleName() + " " + e.getMessage()
        : String.valueOf(failure.getMessage());
  }

  private static NativeLoadReport report(Place place, List<String> notes) {
    String expected = properties(RESOURCES + "build.properties").getProperty("build.id");
    String found = buildId();
    if (!found.equals(expected)) {
      throw new NativeLibraryException(
          "this process has build "
              + found
              + " of "
              + LibraryLinker.CORE
              + ", the classes beside "
              + place.folder()
              + " want "
              + expected,
          REBUILD + "; a JVM holds one build, whatever the number of class loaders",
          null);
    }
    notes.add("build " + found + " matches the classes");
    return new NativeLoadReport(
        place.folder().toString(),
        found,
        fovea.fov_cpu_features().getString(),
        place.cudaAbsence(),
        List.copyOf(notes));
  }

  /** The first native call; strings are read by JavaCPP's own native methods. */
  private static String buildId() {
    try {
      return fovea.fov_build_id().getString();
    } catch (LinkageError e) {
      throw new NativeLibraryException(
          "the native methods of JavaCPP are not there: " + e.getMessage(),
          "put the jars of Fovea and JavaCPP into one class loader, or JavaCPP's own native jar beside"
              + " it (org.bytedeco:javacpp, classifier linux-x86_64)",
          e);
    }
  }

  private static String platform() {
    String os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    String arch = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
    if (os.contains("linux") && (arch.equals("amd64") || arch.equals("x86_64"))) {
      return "linux-x86_64";
    }
    throw new NativeLibraryException(
        "no native library for " + os + " on " + arch, "linux on x86_64 is supported so far", null);
  }

  private static Properties properties(String resource) {
    Properties properties = new Properties();
    try (InputStream in = CLASSPATH.getResourceAsStream(resource)) {
      if (in == null) {
        throw new NativeLibraryException("the classpath has no " + resource, ADD_THE_JAR, null);
      }
      properties.load(in);
      return properties;
    } catch (IOException e) {
      throw new NativeLibraryException("cannot read " + resource, REBUILD, e);
    }
  }
}
