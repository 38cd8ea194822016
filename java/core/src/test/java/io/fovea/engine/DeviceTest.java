package io.fovea.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.DeviceUnavailableException;
import io.fovea.InvalidRequestException;
import io.fovea.nativeops.NativeLibrary;
import io.fovea.ops.Products;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Names of devices, and the choice among them on a host without the CUDA backend. */
class DeviceTest {
  @Test
  void namesAreRead() {
    assertThat(Device.parse("auto")).isEqualTo(Device.auto());
    assertThat(Device.parse("cpu")).isEqualTo(Device.cpu());
    assertThat(Device.parse("cuda")).isEqualTo(Device.cuda(0));
    assertThat(Device.parse("cuda:12")).isEqualTo(Device.cuda(12));
    assertThat(Device.parse("cuda-emulated")).isEqualTo(Device.cudaEmulated());
  }

  @ParameterizedTest
  @ValueSource(strings = {"auto", "cpu", "cuda:0", "cuda:3", "cuda-emulated"})
  void namesAreWritten(String name) {
    assertThat(Device.parse(name)).hasToString(name);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"gpu", "", "CPU", "cuda:", "cuda:-1", "cuda:1000", "cpu:0", "cuda-emulated:0"})
  void otherNamesAreRefusedAndTheTestDeviceIsNotAdvertised(String name) {
    assertThatThrownBy(() -> Device.parse(name))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContainingAll("'" + name + "'", "cpu", "cuda:N")
        .hasMessageEndingWith("name one of auto, cpu, cuda, cuda:N");
  }

  @Test
  void aDeviceAskedForByNameIsTheOneOrNone() {
    String absence = NativeLibrary.load().cudaAbsence();
    assertThat(absence).contains("fovea-native", "linux-x86_64-cuda");
    assertThatThrownBy(() -> OpenDevice.open(Device.cuda(2), 1, Products.FLOAT))
        .isInstanceOf(DeviceUnavailableException.class)
        .hasMessageContainingAll("cuda:2 was asked for", absence, "use device cpu or auto");
    assertThatThrownBy(() -> OpenDevice.open(Device.cudaEmulated(), 1, Products.FLOAT))
        .isInstanceOf(DeviceUnavailableException.class)
        .hasMessageContainingAll("cuda-emulated was asked for", "libfovea_cuda_emulated.so");
  }

  @Test
  void autoTakesTheProcessorAndSaysWhy() {
    try (OpenDevice device = OpenDevice.open(Device.auto(), 1, Products.FLOAT)) {
      String absence = String.valueOf(NativeLibrary.load().cudaAbsence());
      assertThat(device.isHost()).isTrue();
      assertThat(device.report().device()).isEqualTo(Device.cpu());
      assertThat(device.report().reason()).startsWith("auto: cpu").contains(absence);
      assertThat(device.report().notes()).contains("cuda: " + absence);
      assertThat(device.report().threads()).isEqualTo(1);
      assertThat(device.report().memoryBytes()).isGreaterThan(1 << 20);
    }
  }

  @Test
  void theProcessorByNameHasNothingToExplain() {
    try (OpenDevice device = OpenDevice.open(Device.cpu(), 2, Products.FLOAT)) {
      assertThat(device.report().reason()).isEqualTo("cpu was asked for");
      assertThat(device.report().notes()).noneMatch(note -> note.startsWith("cuda"));
      assertThat(device.report().threads()).isEqualTo(2);
    }
  }

  @Test
  void theProcessorHasNoSecondDevice() {
    Device second = Device.of(Device.Kind.CPU, 1);
    assertThatThrownBy(() -> OpenDevice.open(second, 1, Products.FLOAT))
        .isInstanceOf(DeviceUnavailableException.class)
        .hasMessageContaining("this host has 1 device");
  }

  @Test
  void everyKindIsOfferedOrExplained() {
    List<DeviceOffer> offers = DeviceOffer.probe();
    assertThat(offers).extracting(DeviceOffer::device).startsWith(Device.cpu(), Device.cuda(0));
    DeviceOffer cpu = offers.get(0);
    assertThat(cpu.usable()).isTrue();
    assertThat(cpu.freeBytes()).isBetween(1L, cpu.totalBytes());
    DeviceOffer cuda = offers.get(1);
    assertThat(cuda.usable()).isFalse();
    assertThat(cuda.description()).isEqualTo(NativeLibrary.load().cudaAbsence());
    assertThat(cuda.totalBytes()).isZero();
    assertThat(DeviceReport.probe().device()).isEqualTo(Device.cpu());
  }
}
