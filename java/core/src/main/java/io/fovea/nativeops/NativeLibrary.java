package io.fovea.nativeops;

import io.fovea.NativeLibraryException;
import io.fovea.binding.fovea;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.InaccessibleObjectException;
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
  private static final String BINDING = "io/fovea/binding/"; // resource folder
  private static final ClassLoader CLASSPATH = NativeLibrary.class.getClassLoader();
  private static final String REBUILD =
      "rebuild with 'mvn package', and use fovea-native and its platform jar of one version";

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
    Place place = place(platform, notes);
    Path folder = place.folder();
    try {
      LibraryLinker.link(folder, notes);
      String expected = properties(BINDING + "build.properties").getProperty("build.id");
      String found = fovea.fov_build_id().getString();
      if (!found.equals(expected)) {
        throw new NativeLibraryException(
            "this process has build "
                + found
                + " of "
                + LibraryLinker.CORE
                + ", the classes beside "
                + folder
                + " want "
                + expected,
            REBUILD + "; a JVM holds one build, whatever the number of class loaders",
            null);
      }
      notes.add("build " + found + " matches the classes");
      return new NativeLoadReport(
          folder.toString(),
          found,
          fovea.fov_cpu_features().getString(),
          place.cudaAbsence(),
          List.copyOf(notes));
    } catch (IllegalCallerException e) { // from JDK 24 on
      throw new NativeLibraryException(
          "Java forbids Fovea to load its native library: " + e.getMessage(),
          "start Java with --enable-native-access=ALL-UNNAMED; on the module path with"
              + " --enable-native-access=org.bytedeco.javacpp,io.fovea.binding",
          e);
    } catch (UncheckedIOException | InaccessibleObjectException e) {
      throw new NativeLibraryException(
          folder + " cannot be opened for a second class loader: " + e.getMessage(),
          "put the jars of Fovea and JavaCPP into one class loader that the others share",
          e);
    } catch (LinkageError e) {
      throw new NativeLibraryException(
          folder + " does not load: " + e.getMessage(),
          "it needs glibc 2.34 or newer on x86_64 and a folder not mounted noexec; set -D"
              + DIRECTORY_PROPERTY
              + " to a folder that holds the libraries",
          e);
    }
  }

  /** The folder that holds the libraries, and why that of CUDA is not there. */
  private record Place(Path folder, @Nullable String cudaAbsence) {}

  private static Place place(String platform, List<String> notes) {
    String override = System.getProperty(DIRECTORY_PROPERTY);
    return override == null ? extracted(platform, notes) : given(override, notes);
  }

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
    boolean cuda = Files.isRegularFile(folder.resolve(CudaPlugin.FILE));
    return new Place(folder, cuda ? null : folder + " has no " + CudaPlugin.FILE);
  }

  private static Place extracted(String platform, List<String> notes) {
    String resources = BINDING + platform + "/";
    Properties checksums = properties(resources + "natives.properties");
    Properties build = properties(BINDING + "build.properties");
    CudaPlugin cuda = CudaPlugin.find(CLASSPATH, resources, build.getProperty("build.id", ""));
    List<String> key = new ArrayList<>();
    LIBRARIES.forEach(name -> key.add(checksums.getProperty(name, "")));
    if (cuda.sha256() != null) {
      key.add(cuda.sha256());
    }
    NativeCache cache = NativeCache.open(CLASSPATH, build.getProperty("version"), key, notes);
    for (String name : LIBRARIES) {
      cache.extract(resources + name, name, checksums.getProperty(name, ""));
    }
    String absence = cuda.extract(cache, resources);
    notes.add("libraries checked against their SHA-256 in " + cache.folder());
    return new Place(cache.folder(), absence);
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
        throw new NativeLibraryException(
            "the classpath has no " + resource,
            "add the jar io.fovea:fovea-native with classifier linux-x86_64, or " + REBUILD,
            null);
      }
      properties.load(in);
      return properties;
    } catch (IOException e) {
      throw new NativeLibraryException("cannot read " + resource, REBUILD, e);
    }
  }
}
