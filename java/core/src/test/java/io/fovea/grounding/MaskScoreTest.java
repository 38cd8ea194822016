package io.fovea.grounding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.fovea.InvalidRequestException;
import org.junit.jupiter.api.Test;

/** By hand; {@link MaskGoldensTest} compares with numpy. */
class MaskScoreTest {
  @Test
  void largeThingsCountMoreInOneMeasureAlone() {
    MaskScore score = new MaskScore();
    score.add(MaskSamples.drawn("########"), MaskSamples.drawn("######..")); // 6 of 8
    score.add(MaskSamples.drawn("#......."), MaskSamples.drawn(".#......")); // 0 of 2
    assertThat(score.count()).isEqualTo(2);
    assertThat(score.cumulativeIou()).isEqualTo(6 / 10.0, within(1e-15));
    assertThat(score.meanIou()).isEqualTo(0.75 / 2, within(1e-15));
  }

  @Test
  void nothingFoundIsRightWhereNothingIs() {
    MaskScore score = new MaskScore();
    assertThat(score.meanIou()).isZero();
    score.add(null, MaskSamples.drawn("...."));
    score.add(MaskSamples.drawn("...."), MaskSamples.drawn("...."));
    assertThat(score.meanIou()).isOne();
    assertThat(score.cumulativeIou()).isZero();
    score.add(null, MaskSamples.drawn(".##."));
    score.add(MaskSamples.drawn(".##."), MaskSamples.drawn("...."));
    assertThat(score.meanIou()).isEqualTo(0.5);
    assertThat(score.cumulativeIou()).isZero();
  }

  @Test
  void masksOfOnePictureAreCompared() {
    MaskScore score = new MaskScore();
    assertThatThrownBy(() -> score.add(MaskSamples.drawn("##"), MaskSamples.drawn("###")))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("2x1");
    assertThat(score.count()).isZero();
  }
}
