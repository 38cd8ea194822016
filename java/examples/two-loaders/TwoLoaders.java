import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;

/** Runs a program in two class loaders of one JVM, one after the other, as an application server would. */
public final class TwoLoaders {
  private TwoLoaders() {}

  /** Arguments: the jar that holds everything, its main class, and the arguments of that. */
  public static void main(String[] arguments) throws Exception {
    URL[] jar = {Path.of(arguments[0]).toUri().toURL()};
    String[] rest = java.util.Arrays.copyOfRange(arguments, 2, arguments.length);
    for (int i = 1; i <= 2; i++) {
      URLClassLoader loader = new URLClassLoader(jar, ClassLoader.getPlatformClassLoader());
      Thread.currentThread().setContextClassLoader(loader);
      System.out.println("class loader " + i);
      loader.loadClass(arguments[1]).getMethod("main", String[].class).invoke(null, (Object) rest);
    }
  }
}
