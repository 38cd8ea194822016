package io.fovea.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damaged inputs end in exit code 1 and one line that names what is wrong. */
class MalformedInputTest {
  @TempDir
  @SuppressWarnings("NullAway.Init")
  private Path folder;

  @SuppressWarnings("NullAway.Init")
  private Path weights;

  @BeforeEach
  void copyTheModel() throws IOException {
    try (Stream<Path> files = Files.list(BundledModel.directory())) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(file, folder.resolve(file.getFileName().toString()));
      }
    }
    weights = folder.resolve("model.safetensors");
  }

  private void assertFailure(Invocation run, String... parts) {
    assertThat(run.code()).isEqualTo(ExitCode.FAILED);
    assertThat(run.out()).isEmpty();
    assertThat(run.err().lines()).as(run.err()).hasSize(1);
    assertThat(run.err()).startsWith("fovea: ").contains(parts).doesNotContain("Exception");
  }

  private Invocation ask(Object... more) {
    Object[] command = {"ask", "--model", folder, "--max-new-tokens", 4, "How many?"};
    return Invocation.of(Stream.of(command, more).flatMap(Arrays::stream).toArray());
  }

  @Test
  void theCopyWorks() {
    assertThat(ask().code()).isEqualTo(ExitCode.OK);
  }

  @Test
  void truncatedWeights() throws IOException {
    byte[] bytes = Files.readAllBytes(weights);
    Files.write(weights, Arrays.copyOf(bytes, bytes.length - 1000));
    assertFailure(ask(), "model.safetensors");
  }

  @Test
  void weightsCutInsideTheHeader() throws IOException {
    Files.write(weights, Arrays.copyOf(Files.readAllBytes(weights), 100));
    assertFailure(ask(), "model.safetensors", "header");
  }

  @Test
  void aHeaderOf2To60Bytes() throws IOException {
    byte[] bytes = Files.readAllBytes(weights);
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(0, 1L << 60);
    Files.write(weights, bytes);
    assertFailure(ask(), "model.safetensors", "header");
  }

  @Test
  void aTensorOfTheWrongShape() throws IOException {
    byte[] bytes = Files.readAllBytes(weights);
    int length = (int) ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
    String header = new String(bytes, 8, length, StandardCharsets.UTF_8);
    String swapped =
        header.replaceFirst("(\"lm_head\\.weight\":\\{[^}]*\"shape\":\\[)(\\d+),(\\d+)", "$1$3,$2");
    assertThat(swapped).isNotEqualTo(header);
    System.arraycopy(swapped.getBytes(StandardCharsets.UTF_8), 0, bytes, 8, length);
    Files.write(weights, bytes);
    assertFailure(ask(), "model.safetensors", "lm_head.weight");
  }

  /** The whole tensor: the answer cannot miss it. */
  @Test
  void aTensorOfNaN() throws IOException {
    byte[] bytes = Files.readAllBytes(weights);
    int length = (int) ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
    JsonNode tensor = new JsonMapper().readTree(bytes, 8, length).path("model.norm.weight");
    assertThat(tensor.path("dtype").asText()).isEqualTo("BF16");
    int begin = 8 + length + tensor.at("/data_offsets/0").intValue();
    int end = 8 + length + tensor.at("/data_offsets/1").intValue();
    Arrays.fill(bytes, begin, end, (byte) 0xff);
    Files.write(weights, bytes);
    assertFailure(ask(), "model.safetensors: model.norm.weight: element 0 is NaN");
  }

  @Test
  void anEmptyQuestion() {
    assertFailure(Invocation.of("ask", "-m", folder, " "), "the question is empty");
  }

  @Test
  void noTokenizer() throws IOException {
    Files.delete(folder.resolve("tokenizer.model"));
    assertFailure(ask(), "tokenizer.model", "--tokenizer");
  }

  @Test
  void theTokenizerMayLieElsewhere() throws IOException {
    Files.delete(folder.resolve("tokenizer.model"));
    Path elsewhere = BundledModel.directory().resolve("tokenizer.model");
    assertThat(ask("--tokenizer", elsewhere).code()).isEqualTo(ExitCode.OK);
  }

  @Test
  void noWeights() throws IOException {
    Files.delete(weights);
    assertFailure(ask(), folder.toString(), "safetensors");
  }

  @Test
  void noModel() {
    assertFailure(Invocation.of("ask", "-m", folder.resolve("nowhere"), "How many?"), "nowhere");
  }

  @Test
  void brokenConfiguration() throws IOException {
    Files.writeString(folder.resolve("config.json"), "{\"hidden_size\": ");
    assertFailure(ask(), "config.json");
  }

  @Test
  void anEmptyPicture() throws IOException {
    Path empty = Files.createFile(folder.resolve("empty.png"));
    assertFailure(ask("--image", empty), "empty.png");
  }

  @Test
  void aMissingPicture() {
    assertFailure(ask("--image", folder.resolve("none.png")), "none.png");
  }

  @Test
  void aPictureOf100000By100000Pixels() throws IOException {
    Path bomb = folder.resolve("bomb.png");
    byte[] png = emptyPng(100_000, 100_000);
    Files.write(bomb, png);
    assertFailure(ask("--image", bomb), "bomb.png", "100000");
    Files.write(bomb, Arrays.copyOf(png, 33)); // the header alone
    assertFailure(ask("--image", bomb), "bomb.png");
  }

  @Test
  void aPromptLongerThanTheContext() {
    Invocation run = Invocation.of("ask", "-m", folder, "red circle ".repeat(5000));
    assertFailure(run, "tokens", "context");
  }

  @Test
  void aDeviceThatIsAbsent() {
    assertFailure(ask("--device", "cuda"), "cuda:0 was asked for", "use device cpu or auto");
    assertFailure(ask("--device", "cuda-emulated"), "libfovea_cuda_emulated.so");
    assertFailure(
        Invocation.of("locate", "--image", Invocation.scene(), "--device", "cuda", "circle"),
        "cuda:0 was asked for");
  }

  @Test
  void optionsOutOfRange() {
    assertFailure(ask("--top-p", "1.5"), "topP", "1.5");
    assertFailure(ask("--threads", "-3"), "threads", "-3");
    assertFailure(Invocation.of("ask", "--max-new-tokens", -1, "Why?"), "-1");
  }

  @Test
  void aHistoryOfAnotherForm() throws IOException {
    Path history = Files.writeString(folder.resolve("turns.json"), "[[\"only a question\"]]");
    Path out = folder.resolve("t.safetensors");
    Invocation run =
        Invocation.of("trace", "-m", folder, "-p", "Why?", "--history", history, "-o", out);
    assertFailure(run, "turns.json", "entry 0");
    assertThat(out).doesNotExist();
  }

  /** A PNG of 8-bit RGB that claims this size and holds no pixels. */
  private static byte[] emptyPng(int width, int height) {
    ByteBuffer header = ByteBuffer.allocate(13).putInt(width).putInt(height);
    header.put(new byte[] {8, 2, 0, 0, 0});
    ByteBuffer png = ByteBuffer.allocate(8 + 12 + 13 + 12 + 12);
    png.put(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
    putChunk(png, "IHDR", header.array());
    putChunk(png, "IDAT", new byte[0]);
    putChunk(png, "IEND", new byte[0]);
    return png.array();
  }

  private static void putChunk(ByteBuffer png, String type, byte[] data) {
    byte[] name = type.getBytes(StandardCharsets.US_ASCII);
    CRC32 crc = new CRC32();
    crc.update(name);
    crc.update(data);
    png.putInt(data.length).put(name).put(data).putInt((int) crc.getValue());
  }
}
