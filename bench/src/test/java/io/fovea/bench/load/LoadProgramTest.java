package io.fovea.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.fovea.bench.load.Question.Kind;
import io.fovea.bench.load.Question.Reply;
import io.fovea.bench.load.Workload.Item;
import io.fovea.engine.FoveaEngine;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The program on the bundled model, as short as it can be. */
@Timeout(120)
class LoadProgramTest {
  private static final Path MODEL =
      Path.of(System.getProperty("fovea.repository", ".."), "weights-tools/models/cogvlm-shapes");

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String... arguments) throws IOException {
    return LoadProgram.run(
        List.of(arguments),
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8));
  }

  @Test
  void checksEveryAnswerOfAMixAndKeepsTheRawResult(@TempDir Path folder) throws IOException {
    Path json = folder.resolve("sub/result.json");
    int exit =
        run(
            "--model",
            MODEL.toString(),
            "--scenario",
            "mix",
            "--seconds",
            "0.2",
            "--requests",
            "60",
            "--rate",
            "200",
            "--json",
            json.toString());
    assertThat(err.toString(StandardCharsets.UTF_8)).isEmpty();
    assertThat(exit).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8)).containsPattern("unlike.* 0 of 60 .*yes");
    assertThat(Json.read(Files.readString(json))).containsKeys("machine", "options", "scenarios");
  }

  @Test
  void aWrongAnswerIsSeen() {
    try (FoveaEngine engine = Engines.of(MODEL).build()) {
      Workload workload = Workload.prepare(engine, Engines.scenes(1, 3), 3);
      Map<Kind, Integer> drawn = new TreeMap<>();
      SplittableRandom random = new SplittableRandom(4);
      for (int i = 0; i < 200; i++) {
        Item item = workload.draw(random);
        drawn.merge(item.question().kind(), 1, Integer::sum);
        Reply right = workload.expected(item);
        assertThat(workload.difference(item, right)).isNull();
        Reply otherText = new Reply(right.text() + "x", right.boxes(), right.usage());
        assertThat(workload.difference(item, otherText)).contains("under load");
        Reply otherBoxes = new Reply(right.text(), List.of("it [[0,0,1,1]]"), right.usage());
        assertThat(workload.difference(item, otherBoxes)).contains("[[0,0,1,1]]");
      }
      assertThat(drawn).as("seed 4").containsOnlyKeys(Kind.values());
    }
  }

  @Test
  void aWrongOptionIsTold() throws IOException {
    assertThat(run("--scenario", "mix", "--sceario", "mix")).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("'--sceario'");
    assertThat(run("--help")).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("--requests N");
  }
}
