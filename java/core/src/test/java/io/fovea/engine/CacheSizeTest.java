package io.fovea.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.DeviceMemoryException;
import io.fovea.InvalidRequestException;
import io.fovea.ProgressListener;
import io.fovea.image.ImageDecoder;
import io.fovea.model.cogvlm.CogVlmConfig;
import io.fovea.model.cogvlm.CogVlmVariant;
import io.fovea.model.eva02.Eva02Config;
import io.fovea.model.evaclip.EvaClipConfig;
import io.fovea.tensor.DType;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What weights and KV cache take, with the sizes of the published models. */
class CacheSizeTest {
  private static final int CONTEXT = 2048;
  private static final long PAGE = 64L * 2 * 32 * 4096 * 2; // bytes: 64 tokens, 32 layers, D 4096

  private static CacheSize size(int kvCacheTokens, CogVlmConfig.@Nullable Cross cross) {
    EngineOptions options =
        new EngineOptions(
            Path.of("model"),
            null,
            Device.cuda(0),
            ComputeType.AUTO,
            ActivationType.AUTO,
            0,
            CONTEXT,
            kvCacheTokens,
            64,
            Duration.ZERO,
            8,
            64,
            Map.of(),
            Runnable::run,
            256,
            ImageDecoder.DEFAULT,
            1 << 20,
            null,
            ProgressListener.none(),
            List.of());
    CogVlmConfig config =
        new CogVlmConfig(
            cross == null ? CogVlmVariant.COGVLM : CogVlmVariant.COGAGENT,
            4096,
            11008,
            32,
            32,
            32,
            32000,
            CONTEXT,
            1e-5f,
            10000,
            1,
            List.of(2),
            0,
            "chat",
            new EvaClipConfig(1792, 15360, 16, 63, cross == null ? 490 : 224, 14, 1e-6f),
            cross);
    return new CacheSize(options, config.sizes(), CONTEXT, DType.BF16);
  }

  private static final CacheSize DEFAULT = size(0, null);

  @Test
  void theHostGetsABatchAndPicturesWithinItsBudget() {
    long roomy = 64L << 30;
    assertThat(DEFAULT.hostPages(roomy)).isEqualTo(4 * CONTEXT / 64); // 4 GiB to the byte
    assertThat(DEFAULT.hostPages(24L << 30)).isEqualTo(3 * CONTEXT / 64); // an eighth: 3 GiB
    assertThat(DEFAULT.hostPages(1L << 30)).isEqualTo(2 * CONTEXT / 64); // at least
    assertThat(size(5000, null).hostPages(roomy)).isEqualTo(79); // 78.1 rounded up
  }

  @Test
  void aGpuGetsABatchOfContextsAndPicturesOrWhatFits() {
    long step = DEFAULT.stepBytes();
    // 64 pictures of 1228 tokens each, in 20 pages; a page for each of 64 requests
    assertThat(DEFAULT.devicePages(step + 9000 * PAGE)).isEqualTo(8 * CONTEXT / 64 + 64 * 20 + 64);
    assertThat(DEFAULT.devicePages(step + 100 * PAGE + 5)).isEqualTo(100);
    assertThat(DEFAULT.devicePages(step + 32 * PAGE)).isEqualTo(CONTEXT / 64);
  }

  @Test
  void aGpuWithoutRoomForOneContextIsRefusedWithTheNumbers() {
    long free = DEFAULT.stepBytes() + 32 * PAGE - 1;
    assertThatThrownBy(() -> DEFAULT.devicePages(free))
        .isInstanceOf(DeviceMemoryException.class)
        .hasMessageContainingAll(
            "2048 tokens", 32 * PAGE + " bytes", free + " bytes free", "contextTokens");
    assertThatThrownBy(() -> DEFAULT.devicePages(0)).isInstanceOf(DeviceMemoryException.class);
  }

  @Test
  void whatWasAskedForIsGivenOrRefusedNeverCut() {
    CacheSize asked = size(4096, null);
    long free = asked.stepBytes() + 64 * PAGE;
    assertThat(asked.devicePages(free)).isEqualTo(64);
    assertThat(asked.devicePages(free + 1000 * PAGE)).isEqualTo(64);
    assertThatThrownBy(() -> asked.devicePages(free - 1))
        .isInstanceOf(DeviceMemoryException.class)
        .hasMessageContainingAll("4096 tokens", 64 * PAGE + " bytes", "lower kvCacheTokens");
  }

  @Test
  void weightsAreCountedInTheDtypeTheyAreKeptIn() {
    Map<String, Long> stored =
        Map.of("F32", 10L, "BF16", 20L, "F16", 5L, "I8", 7L, "F8_E4M3", 3L, "I4", 8L, "I64", 100L);
    assertThat(ModelLoader.weightBytes(stored, DType.BF16)).isEqualTo(2 * 35 + 7 + 3 + 4);
    assertThat(ModelLoader.weightBytes(stored, DType.F32)).isEqualTo(4 * 35 + 7 + 3 + 4);
  }

  @Test
  void aCacheWithoutRoomForAnImageIsRefused() {
    assertThatThrownBy(() -> size(500, null).devicePages(1L << 40))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContainingAll("500 tokens", "1229"); // 1225 patches, 2 markers, 2 of text
    assertThatThrownBy(() -> size(500, null).hostPages(1L << 40))
        .isInstanceOf(InvalidRequestException.class);
  }

  @Test
  void aStepHasRoomForEveryTensorItHolds() {
    // EVA2-CLIP's block: residual stream, queries, keys, values, their mix, its projection, inner
    long encoder = 1226L * (6 * 1792 + 15360) * 2;
    // keys and values that 32 layers of CogAgent keep of 80 x 80 patches
    long picture = 2L * 32 * 6400 * 1024 * 2;
    CacheSize agent =
        size(0, new CogVlmConfig.Cross(1024, new Eva02Config(1024, 16, 1120, 14, 2730)));
    assertThat(DEFAULT.stepBytes()).isBetween(encoder, 1L << 30);
    assertThat(agent.stepBytes()).isBetween(picture, 2L << 30);
  }
}
