package io.fovea.model.cogvlm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.model.Encoding;
import io.fovea.model.ImageFeatures;
import io.fovea.model.KvCache;
import io.fovea.model.KvSequence;
import io.fovea.model.StepPlan;
import io.fovea.model.Trace;
import io.fovea.ops.DeviceMemory;
import io.fovea.tensor.DType;
import io.fovea.tensor.Tensor;
import io.fovea.weights.CheckpointFiles;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Pictures encoded slice by slice, with everything else in between, and ended anywhere. */
@Tag("device")
class ImageEncodingTest {
  private static final int WIDTH = 40;
  private static final int HEIGHT = 30;
  private static final IntConsumer NOTHING = slice -> {};

  /** One of each kind: CogVLM, also quantised, CogVLM2, also of an odd grid, CogAgent. */
  static List<String> checkpoints() {
    return List.of(
        "head112",
        "quantised",
        "cogvlm2/keys8_2",
        "cogvlm2/odd49",
        "cogagent/cross64",
        "cogagent/cross49");
  }

  @ParameterizedTest
  @MethodSource("checkpoints")
  void slicesGiveTheFeaturesOfOnePassBitForBit(String checkpoint) {
    for (DType dtype : List.of(DType.F32, DType.BF16)) {
      try (TinyModel tiny = TinyModel.open(checkpoint, dtype)) {
        List<ByteBuffer> expected = OnePass.features(tiny, tiny.picture(1), WIDTH, HEIGHT);
        assertThat(encoded(tiny, 1, NOTHING)).as("%s", dtype).isEqualTo(expected);
        assertThat(encoded(tiny, 2, NOTHING)).as("another").isNotEqualTo(expected);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("checkpoints")
  void slicesAreTheLayersAndWhatStandsBeforeAndAfter(String checkpoint) {
    try (TinyModel tiny = TinyModel.open(checkpoint, DType.F32);
        Encoding<ImageFeatures> encoding = begin(tiny, 1)) {
      CogVlmConfig config = tiny.config();
      int wanted = 1 + config.vision().numHiddenLayers() + 1; // embedding, layers, adapter
      if (config.cross() != null) {
        int blocks = storedBlocks(tiny) - 1; // the last one is not used
        assertThat(blocks).isPositive();
        wanted += 1 + blocks + 1 + config.numHiddenLayers(); // keys and values for each of these
      }
      assertThat(encoding.slices()).isEqualTo(wanted);
      for (int done = 0; done < wanted; done++) {
        assertThat(encoding.done()).isEqualTo(done);
        assertThatThrownBy(encoding::result)
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContaining(done + " of " + wanted);
        assertThat(encoding.advance()).isEqualTo(done + 1 < wanted);
      }
      assertThat(encoding.done()).isEqualTo(wanted);
      assertThatThrownBy(encoding::advance).isInstanceOf(IllegalStateException.class);
      encoding.result().close();
      assertThatThrownBy(encoding::result).isInstanceOf(IllegalStateException.class);
    }
  }

  private static int storedBlocks(TinyModel tiny) {
    return (int)
        CheckpointFiles.list(tiny.directory()).keySet().stream()
            .filter(name -> name.matches("model\\.cross_vision\\..*\\.norm1\\.weight"))
            .count();
  }

  @ParameterizedTest
  @MethodSource("checkpoints")
  void endedAfterAnySliceItLeavesNothing(String checkpoint) {
    try (TinyModel tiny = TinyModel.open(checkpoint, DType.F32)) {
      encoded(tiny, 1, NOTHING); // the arena has its size now
      DeviceMemory memory = tiny.ops().memory();
      long before = memory.allocatedBytes();
      int slices;
      try (Encoding<ImageFeatures> encoding = begin(tiny, 1)) {
        slices = encoding.slices();
        assertThat(memory.allocatedBytes()).as("begun").isEqualTo(before);
      }
      for (int ran = 0; ran <= slices; ran++) {
        Encoding<ImageFeatures> encoding = begin(tiny, 1);
        for (int slice = 0; slice < ran; slice++) {
          encoding.advance();
        }
        assertThat(memory.allocatedBytes() > before).isEqualTo(ran > 0);
        encoding.close();
        encoding.close();
        assertThat(memory.allocatedBytes()).as("closed after %d", ran).isEqualTo(before);
        assertThatThrownBy(encoding::advance).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(encoding::result).isInstanceOf(IllegalStateException.class);
      }
    }
  }

  /** In the end only the features are held, and these outlive the encoding. */
  @ParameterizedTest
  @MethodSource("checkpoints")
  void whatIsNeededNoMoreIsFreedBeforeTheEnd(String checkpoint) {
    try (TinyModel tiny = TinyModel.open(checkpoint, DType.F32)) {
      List<ByteBuffer> expected = encoded(tiny, 1, NOTHING);
      DeviceMemory memory = tiny.ops().memory();
      long before = memory.allocatedBytes();
      long bytes = expected.stream().mapToLong(ByteBuffer::capacity).sum();
      ImageFeatures features;
      try (Encoding<ImageFeatures> encoding = begin(tiny, 1)) {
        finish(encoding, NOTHING);
        assertThat(memory.allocatedBytes() - before).isEqualTo(bytes);
        features = encoding.result();
      }
      assertThat(memory.allocatedBytes() - before).isEqualTo(bytes);
      assertThat(tiny.bytes(features)).isEqualTo(expected);
      features.close();
      assertThat(memory.allocatedBytes()).isEqualTo(before);
    }
  }

  /** Between two slices the scratch memory, which the next one starts with, is overwritten. */
  @ParameterizedTest
  @MethodSource("checkpoints")
  void stepsAndOtherPicturesBetweenSlicesChangeNothing(String checkpoint) {
    try (TinyModel tiny = TinyModel.open(checkpoint, DType.F32);
        KvCache cache = tiny.model().newCache(tiny.ops().memory(), 4)) {
      List<ByteBuffer> expected = OnePass.features(tiny, tiny.picture(1), WIDTH, HEIGHT);
      List<ByteBuffer> expectedOther = OnePass.features(tiny, tiny.picture(2), WIDTH, HEIGHT);
      ByteBuffer logits = step(tiny, cache, 0);
      try (Encoding<ImageFeatures> other = begin(tiny, 2)) {
        List<ByteBuffer> actual =
            encoded(
                tiny,
                1,
                slice -> {
                  assertThat(step(tiny, cache, slice)).as("step %d", slice).isEqualTo(logits);
                  other.advance();
                  fillScratch(tiny);
                });
        assertThat(actual).isEqualTo(expected);
        try (ImageFeatures features = other.result()) {
          assertThat(tiny.bytes(features)).isEqualTo(expectedOther);
        }
      }
    }
  }

  /** The device fails at each of the encoding's calls in turn: memory is back, the words arrive. */
  @ParameterizedTest
  @MethodSource("checkpoints")
  void aFailureAtAnyCallFreesEverything(String checkpoint) {
    try (TinyModel tiny = TinyModel.open(checkpoint, DType.F32)) {
      List<ByteBuffer> expected = encoded(tiny, 1, NOTHING);
      long before = tiny.ops().memory().allocatedBytes();
      int calls = 0;
      boolean failed = true;
      while (failed) {
        FailingOps failing = new FailingOps(tiny.ops(), calls++);
        Encoding<ImageFeatures> encoding =
            tiny.model().beginEncoding(failing.ops(), tiny.picture(1), WIDTH, HEIGHT, Trace.NONE);
        try {
          finish(encoding, NOTHING);
          failed = false;
          try (ImageFeatures features = encoding.result()) {
            assertThat(tiny.bytes(features)).isEqualTo(expected);
          }
        } catch (FailingOps.Planned e) {
          assertThatThrownBy(encoding::advance).isInstanceOf(IllegalStateException.class);
        }
        assertThat(tiny.ops().memory().allocatedBytes()).as("call %d", calls).isEqualTo(before);
      }
      assertThat(calls).isGreaterThan(encodingCallsAtLeast(tiny.config()));
    }
  }

  /** Memory, and a linear, a norm, an attention a layer: fewer were not the encoder. */
  private static int encodingCallsAtLeast(CogVlmConfig config) {
    return 2 + 3 * config.vision().numHiddenLayers();
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16"})
  void oneCallIsAllSlicesAndRecordsTheSame(DType dtype) {
    try (TinyModel tiny = TinyModel.open("cogagent/cross64", dtype)) {
      List<String> names = new ArrayList<>();
      List<ByteBuffer> values = new ArrayList<>();
      Trace trace =
          (name, tensor) -> {
            names.add(name);
            values.add(tiny.bytes(tensor));
          };
      tiny.model().encode(tiny.ops(), tiny.picture(1), WIDTH, HEIGHT, trace).close();
      assertThat(names)
          .containsExactly(
              "patches",
              "vision.embeddings",
              "vision.layers.0",
              "vision.layers.1",
              "vision.pos_embed",
              "vision.linear_proj.norm1",
              "vision.linear_proj",
              "vision.output",
              "cross.patches",
              "cross.embeddings",
              "cross.layers.0",
              "cross.layers.1",
              "cross.output");
      List<ByteBuffer> expected = OnePass.features(tiny, tiny.picture(1), WIDTH, HEIGHT);
      assertThat(values.get(names.indexOf("vision.output"))).isEqualTo(expected.get(0));
    }
  }

  @Test
  void pixelsAreLetGoOfAfterTheFirstSlice() throws InterruptedException {
    try (TinyModel tiny = TinyModel.open("cogagent/cross64", DType.F32)) {
      byte[] rgb = tiny.picture(1);
      WeakReference<byte[]> pixels = new WeakReference<>(rgb);
      try (Encoding<ImageFeatures> encoding =
          tiny.model().beginEncoding(tiny.ops(), rgb, WIDTH, HEIGHT, Trace.NONE)) {
        encoding.advance();
        rgb = null;
        for (int i = 0; i < 100 && pixels.get() != null; i++) {
          System.gc();
          Thread.sleep(10);
        }
        assertThat(pixels.get()).isNull();
        finish(encoding, NOTHING);
      }
    }
  }

  private static Encoding<ImageFeatures> begin(TinyModel tiny, int seed) {
    return tiny.model().beginEncoding(tiny.ops(), tiny.picture(seed), WIDTH, HEIGHT, Trace.NONE);
  }

  private static void finish(Encoding<ImageFeatures> encoding, IntConsumer between) {
    boolean more = true;
    while (more) {
      more = encoding.advance();
      between.accept(encoding.done());
    }
  }

  /** Everything the decoder gets of picture {@code seed}. */
  private static List<ByteBuffer> encoded(TinyModel tiny, int seed, IntConsumer between) {
    try (Encoding<ImageFeatures> encoding = begin(tiny, seed)) {
      finish(encoding, between);
      try (ImageFeatures features = encoding.result()) {
        return tiny.bytes(features);
      }
    }
  }

  /** A decode step of three words, always the same ones. Its logits. */
  private static ByteBuffer step(TinyModel tiny, KvCache cache, int number) {
    try (KvSequence sequence = new KvSequence(cache)) {
      sequence.reserve(3);
      StepPlan plan =
          new StepPlan.Builder(1).text(sequence, new int[] {5, 7, 11}, 0, null, 3).build();
      ByteBuffer[] logits = new ByteBuffer[1];
      tiny.ops()
          .frame(
              () ->
                  logits[0] =
                      tiny.bytes(tiny.model().forward(tiny.ops(), plan, cache, Trace.NONE)));
      assertThat(logits[0].capacity())
          .as("step %d", number)
          .isEqualTo(3 * 4 * tiny.config().vocabSize());
      return logits[0];
    }
  }

  /** NaN wherever a slice may have had its scratch. */
  private static void fillScratch(TinyModel tiny) {
    int elements = 1 << 20; // 4 MiB, more than a slice of these models takes
    ByteBuffer values = TinyModel.direct(4 * elements);
    for (int i = 0; i < elements; i++) {
      values.putFloat(4 * i, Float.NaN);
    }
    tiny.ops()
        .frame(
            () -> {
              Tensor scratch = tiny.ops().scratch(DType.F32, elements);
              tiny.ops().memory().upload(values, scratch);
            });
  }
}
