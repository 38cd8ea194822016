package io.fovea.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WindowsTest {
  @Test
  void theStemOfAResNetHalvesTwice() {
    Windows convolution = Windows.square(512, 384, 7, 2, 3);
    assertThat(convolution.outputHeight()).isEqualTo(256);
    assertThat(convolution.outputWidth()).isEqualTo(192);
    Windows pool = Windows.square(256, 192, 3, 2, 1);
    assertThat(pool.outputHeight()).isEqualTo(128);
    assertThat(pool.outputRows(3L * 256 * 192)).isEqualTo(3L * 128 * 96);
  }

  @Test
  void whatDoesNotFillAStrideIsLeftOut() {
    Windows windows = new Windows(9, 10, 2, 3, 3, 0);
    assertThat(windows.outputHeight()).isEqualTo(3); // lines 0, 3, 6
    assertThat(windows.outputWidth()).isEqualTo(3); // columns 0, 3, 6
  }

  @ParameterizedTest
  @CsvSource({
    "0, 4, 1, 1, 1, 0",
    "4, -1, 1, 1, 1, 0",
    "4, 4, 0, 1, 1, 0",
    "4, 4, 1, 0, 1, 0",
    "4, 4, 1, 1, 0, 0",
    "4, 4, 1, 1, 1, -1",
    "4, 4, 7, 1, 1, 1",
    "4, 4, 1, 5, 1, 0"
  })
  void thereMustBeAWindow(int height, int width, int high, int wide, int stride, int padding) {
    assertThatThrownBy(() -> new Windows(height, width, high, wide, stride, padding))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("no window of " + high + " x " + wide, "at least 1");
  }
}
