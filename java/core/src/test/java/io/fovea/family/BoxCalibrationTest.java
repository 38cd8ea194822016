package io.fovea.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.fovea.ModelLoadException;
import io.fovea.grounding.Box;
import io.fovea.grounding.EdgeSpread;
import io.fovea.grounding.Region;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BoxCalibrationTest {
  @TempDir private Path folder;

  private static Region region(Box box, double confidence, EdgeSpread spread) {
    return Region.asked("dog", box, confidence).toBuilder().spread(spread).build();
  }

  /** By hand: widths 3 and 4 of 100 and none of the height make a twentieth. */
  @Test
  void aShareFollowsConfidenceAndRelativeSpread() {
    BoxCalibration calibration = new BoxCalibration(0.5, 2, -1.5, 0.25);
    Region found = region(new Box(100, 200, 200, 700), 0.4, new EdgeSpread(3, 0, 4, 0));
    double exponent = 0.5 + 2 * Math.log(0.4) - 1.5 * Math.log(0.05);
    double expected = 0.25 + 0.75 / (1 + Math.exp(-exponent));
    assertThat(calibration.calibrate(found).calibratedConfidence())
        .isCloseTo(expected, within(1e-12));
    Region tall = region(new Box(200, 100, 700, 200), 0.4, new EdgeSpread(0, 4, 0, 3));
    assertThat(calibration.calibrate(tall).calibratedConfidence())
        .isCloseTo(expected, within(1e-12));
    assertThat(calibration.calibrate(found).confidence()).isEqualTo(0.4);
  }

  @Test
  void itIsAShareAtTheEnds() {
    BoxCalibration calibration = new BoxCalibration(-3, 1, -2, 0);
    Box none = new Box(5, 5, 5, 5);
    for (Region region :
        List.of(
            region(none, 0, new EdgeSpread(500, 500, 500, 500)),
            region(new Box(0, 0, 999, 999), 1, new EdgeSpread(0, 0, 0, 0)))) {
      assertThat(calibration.calibrate(region).calibratedConfidence()).isBetween(0.0, 1.0);
    }
  }

  @Test
  void aBoxWithoutSpreadHasNone() {
    Region read = Region.asked("dog", new Box(1, 2, 3, 4), 0.9);
    assertThat(new BoxCalibration(1, 1, -1, 0).calibrate(read)).isEqualTo(read);
  }

  @Test
  void aModelsFolderSaysWhatItsConfidenceIsWorth() throws IOException {
    assertThat(BoxCalibration.read(folder)).isNull();
    Path file = folder.resolve("confidence.json");
    Files.writeString(file, "{\"offset\": 1, \"confidence\": 0.5, \"spread\": -2, \"floor\": 0.5}");
    assertThat(Objects.requireNonNull(BoxCalibration.read(folder)))
        .isEqualTo(new BoxCalibration(1, 0.5, -2, 0.5));
    for (String wrong :
        List.of(
            "{\"offset\": 1, \"confidence\": -0.5, \"spread\": -2, \"floor\": 0.5}",
            "{\"offset\": 1, \"confidence\": 0.5, \"spread\": 2, \"floor\": 0.5}",
            "{\"offset\": NaN, \"confidence\": 0.5, \"spread\": -2, \"floor\": 0.5}",
            "{\"offset\": \"1\", \"confidence\": 0.5, \"spread\": -2, \"floor\": 0.5}",
            "{\"confidence\": 0.5, \"spread\": -2, \"floor\": 0.5}",
            "{\"offset\": 1, \"confidence\": 0.5, \"spread\": -2}",
            "{\"offset\": 1, \"confidence\": 0.5, \"spread\": -2, \"floor\": 1.5}",
            "[]")) {
      Files.writeString(file, wrong);
      assertThatThrownBy(() -> BoxCalibration.read(folder))
          .as(wrong)
          .isInstanceOf(ModelLoadException.class)
          .hasMessageContaining("confidence.json");
    }
  }
}
