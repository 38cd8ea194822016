package io.fovea.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.fovea.nativeops.NativeLibrary;
import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Several class loaders of one JVM have Fovea each, as web applications do. */
class ClassLoadersTest {
  private static final String MODEL =
      Path.of(System.getProperty("fovea.repository"), "weights-tools/models/cogvlm-shapes")
          .toString();

  @Test
  void eachAnswersAndLeavesNoFiles() throws Exception {
    Path folder = Path.of(NativeLibrary.load().location()); // this test's loader is the first
    Set<Path> before = list(folder);
    String answer = new BundledQuestion().apply(MODEL);
    for (int loader = 0; loader < 2; loader++) {
      assertThat(question().apply(MODEL)).isEqualTo(answer);
    }
    assertThat(list(folder)).isEqualTo(before);
  }

  @Test
  void twoMayLoadAtOnce() throws Exception {
    UnaryOperator<String> one = question();
    UnaryOperator<String> other = question();
    CompletableFuture<String> first = CompletableFuture.supplyAsync(() -> one.apply(MODEL));
    assertThat(other.apply(MODEL)).isEqualTo(first.join());
  }

  /** The question, its class and all of Fovea's in a class loader of their own. */
  @SuppressWarnings("unchecked")
  private static UnaryOperator<String> question() throws Exception {
    List<URL> urls = new ArrayList<>();
    for (String entry : classpath().split(File.pathSeparator)) {
      urls.add(Path.of(entry).toUri().toURL());
    }
    ClassLoader loader =
        new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
    Class<?> type = loader.loadClass(BundledQuestion.class.getName());
    assertThat(type).isNotSameAs(BundledQuestion.class);
    return (UnaryOperator<String>) type.getDeclaredConstructor().newInstance();
  }

  /** The whole one; Surefire starts the JVM with a jar that only names it. */
  private static String classpath() {
    return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
  }

  private static Set<Path> list(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.collect(Collectors.toSet());
    }
  }
}
