package io.fovea.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged jars, each time in a process of its own: locales, streams, modules. */
@Tag("packaged")
class PackagedTest {
  private static final String HOME = System.getProperty("fovea.home");
  private static final Path TARGET = Path.of(HOME, "java", "cli", "target");

  @TempDir
  @SuppressWarnings("NullAway.Init")
  private Path folder;

  /** What scripts may use: {@code run} starts a JVM, {@code fovea} the command line. */
  private static final String FUNCTIONS =
      """
      run() { "$JAVA" -XX:+UseSerialGC "-Dfovea.home=$HOME_FOLDER" "$@"; }
      fovea() { run -jar "$TARGET/fovea-cli.jar" "$@"; }
      word=$(printf '\\320\\272\\320\\276\\321\\202') # UTF-8 of "кот"
      scene=$MODEL/demo/scene.png
      """;

  /** Runs a shell script of ASCII alone: this test's own locale may know nothing else. */
  private Invocation run(String locale, String script) throws IOException, InterruptedException {
    ProcessBuilder shell = new ProcessBuilder("sh", "-c", FUNCTIONS + script);
    shell.environment().put("LC_ALL", locale);
    shell
        .environment()
        .put("JAVA", Path.of(System.getProperty("java.home"), "bin/java").toString());
    shell.environment().put("HOME_FOLDER", HOME);
    shell.environment().put("TARGET", TARGET.toString());
    shell.environment().put("MODEL", BundledModel.directory().toString());
    Path err = folder.resolve("err");
    Process process = shell.directory(folder.toFile()).redirectError(err.toFile()).start();
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Invocation(process.waitFor(), out, Files.readString(err));
  }

  @Test
  void theNamesOfAllThingsMayBeUtf8() throws Exception {
    Invocation run =
        run(
            "C.UTF-8",
            """
            cp -r "$MODEL" $word
            cp "$scene" $word.png
            fovea locate --model $word --image $word.png --out out-$word.png --max-boxes 1 --json \\
              $word && test -s out-$word.png
            """);
    assertThat(run.err()).isEmpty();
    assertThat(run.code()).isZero();
    assertThat(run.json().at("/results/0/phrase").asText()).isEqualTo("кот");
    assertThat(run.json().at("/model").asText()).isEqualTo("кот");
    assertThat(run.json().at("/image/file").asText()).isEqualTo("кот.png");
    assertThat(run.json().at("/annotated").asText()).isEqualTo("out-кот.png");
  }

  @Test
  void whatTheLocaleCannotExpressIsNotAnswered() throws Exception {
    Invocation run = run("POSIX", "fovea ask $word");
    assertThat(run.code()).isEqualTo(ExitCode.USAGE);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).contains("argument 2", "LC_ALL=C.UTF-8").hasLineCount(1);
  }

  /** Standard streams are UTF-8 in every locale; file names there are as good as the locale. */
  @Test
  void aConversationIsUtf8WhateverTheLocale() throws Exception {
    Invocation run =
        run(
            "POSIX",
            "printf \"$word?\\n/image $word.png\\n\" | fovea chat --json --max-new-tokens 2");
    assertThat(run.out()).contains("\"question\":\"кот?\"");
    assertThat(run.err()).contains("'кот.png' cannot be a file name", "LC_ALL=C.UTF-8");
    assertThat(run.code()).isEqualTo(ExitCode.FAILED);
  }

  @Test
  void lostOutputIsAFailure() throws Exception {
    Invocation full = run("C.UTF-8", "fovea --version >/dev/full");
    assertThat(full.code()).isEqualTo(ExitCode.FAILED);
    assertThat(full.err()).contains("standard output cannot be written").hasLineCount(1);
    Invocation gone = run("C.UTF-8", "{ fovea --help; echo $? >code; } | true; cat code");
    assertThat(gone.out()).isEqualTo("1\n");
    assertThat(gone.err()).isEmpty();
  }

  /** Every jar is a module: no two have one name, and each finds the others' classes and files. */
  @Test
  void theModulePathServesAsTheClasspath() throws Exception {
    Invocation run =
        run(
            "C.UTF-8",
            """
            run --module-path "$TARGET/fovea-cli.jar:$TARGET/lib" --add-modules ALL-MODULE-PATH \\
              -m io.fovea.cli/io.fovea.cli.Fovea \\
              ask --image "$scene" --max-new-tokens 4 --json "How many circles are there?"
            """);
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.json().at("/text").asText()).isNotEmpty();
  }

  /** jdeps reads the jars' classes; what is used by name only .ci/dist finds out. */
  @Test
  void theRuntimeOfADistributionHasEveryModule() throws Exception {
    ToolProvider jdeps = ToolProvider.findFirst("jdeps").orElseThrow();
    StringWriter out = new StringWriter();
    String jars;
    try (Stream<Path> lib = Files.list(TARGET.resolve("lib"))) {
      jars = lib.map(Path::toString).collect(Collectors.joining(File.pathSeparator));
    }
    int code =
        jdeps.run(
            new PrintWriter(out),
            new PrintWriter(out),
            "--multi-release=17",
            "--ignore-missing-deps",
            "--print-module-deps",
            "--class-path=" + jars,
            TARGET.resolve("fovea-cli.jar").toString());
    assertThat(code).as(out.toString()).isZero();
    List<String> needed = new ArrayList<>(List.of(out.toString().strip().split(",")));
    needed.remove(
        "java.compiler"); // Vert.x compiles verticles from source, of which there are none
    assertThat(needed).contains("java.desktop", "jdk.jfr").isSubsetOf(RuntimeImage.MODULES);
  }

  /** From JDK 24 on Java can forbid native code; older ones have no such option. */
  @Test
  void forbiddenNativeAccessIsNamed() throws Exception {
    boolean forbids = Runtime.version().feature() >= 24;
    String option = forbids ? "--illegal-native-access=deny" : "";
    Invocation run =
        run(
            "C.UTF-8",
            "run "
                + option
                + " -cp \"$TARGET/fovea-cli.jar:$TARGET/lib/*\" io.fovea.cli.Fovea"
                + " ask --max-new-tokens 2 hello");
    assertThat(run.code()).as(run.err()).isEqualTo(forbids ? ExitCode.FAILED : ExitCode.OK);
    assertThat(run.err().contains("--enable-native-access=ALL-UNNAMED")).isEqualTo(forbids);
  }
}
