package io.fovea.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvalCommandTest {
  @TempDir
  @SuppressWarnings("NullAway.Init")
  private Path folder;

  @BeforeEach
  void copyThePicture() throws IOException {
    Files.copy(Invocation.scene(), folder.resolve("a.png"));
    Files.copy(Invocation.scene(), folder.resolve("b.png"));
  }

  private void write(String file, String json) throws IOException {
    Files.writeString(folder.resolve(file), json.replace('\'', '"'));
  }

  @Test
  void limitCountsPictures() throws IOException {
    write(
        "rec.json",
        "[{'image':'b.png','phrase':'the red circle','box':[1,2,3,4]},"
            + "{'image':'a.png','phrase':'the red circle','box':[1,2,3,4]},"
            + "{'image':'b.png','phrase':'the blue square','box':[1,2,3,4]}]");
    Invocation run = Invocation.of("eval", "--data", folder, "--json", "--limit", 1);
    assertThat(run.json().at("/images").asInt()).isEqualTo(1);
    assertThat(run.json().at("/rec/count").asInt()).isEqualTo(2);
    assertThat(run.json().at("/rec_by_kind/other/count").asInt()).isEqualTo(2);
  }

  @Test
  void aDamagedEntryIsNamedBeforeTheModelIsLoaded() throws IOException {
    write("rec.json", "[{'image':'a.png','phrase':'the red circle','box':[1,2,3]}]");
    Invocation run = Invocation.of("eval", "--data", folder, "--model", "nowhere");
    assertThat(run.code()).isEqualTo(ExitCode.FAILED);
    assertThat(run.err()).contains("rec.json", "entry 0", "'box'").hasLineCount(1);
  }

  @Test
  void percentilesAreNearestRank() {
    Score score = new Score();
    for (int i = 1; i <= 10; i++) {
      score.add(i <= 4 ? 0.49 : 0.5, i);
    }
    assertThat(score.accuracy()).isEqualTo(0.6);
    assertThat(score.latency()).isEqualTo(new Score.Latency(5, 9));
  }

  @Test
  void answersAreComparedWithoutCaseAndFullStop() {
    assertThat(Evaluation.same(" Two. ", "two")).isTrue();
    assertThat(Evaluation.same("two", "twos")).isFalse();
  }
}
