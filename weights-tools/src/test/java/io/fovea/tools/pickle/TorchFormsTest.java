package io.fovea.tools.pickle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.ModelLoadException;
import io.fovea.tools.source.SourceTensor;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What torch.save writes of unusual tensors and models: read as PyTorch reads it, or refused. */
class TorchFormsTest {
  private static final float[] STORED = {1, -2, 0.5f, 0};

  @TempDir
  @SuppressWarnings("NullAway.Init")
  private Path folder;

  /** A dictionary by its items, pickled; one character a byte. */
  private static String dict(String... items) {
    return "}(" + String.join("", items) + "u";
  }

  private static String text(String text) {
    return "X" + (char) text.length() + "\0\0\0" + text;
  }

  /** A tensor [2, 2] of storage 0 under a name; what follows is the seventh argument, if any. */
  private static String tensor(String name, String storage, String strides, String metadata) {
    return text(name)
        + "ctorch._utils\n_rebuild_tensor_v2\n(("
        + text("storage")
        + "ctorch\nFloatStorage\n"
        + text(storage)
        + text("cpu")
        + "K\4tQK\0K\2K\2\u0086"
        + strides
        + "\u0089ccollections\nOrderedDict\n)R"
        + metadata
        + "tR";
  }

  private static String tensor(String name, String metadata) {
    return tensor(name, "0", "K\2K\1\u0086", metadata);
  }

  private Path file(String pickle) throws IOException {
    Path file = folder.resolve("model.pt");
    ByteBuffer values = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
    values.asFloatBuffer().put(STORED);
    try (OutputStream out = Files.newOutputStream(file);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      add(zip, "m/data.pkl", ("\u0080\2" + pickle + ".").getBytes(StandardCharsets.ISO_8859_1));
      add(zip, "m/data/0", values.array());
      add(zip, "m/data/1", values.array());
    }
    return file;
  }

  private static void add(ZipOutputStream zip, String name, byte[] content) throws IOException {
    ZipEntry entry = new ZipEntry(name);
    CRC32 crc = new CRC32();
    crc.update(content);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(content.length);
    entry.setCrc(crc.getValue());
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }

  private float[] only(String pickle) throws IOException {
    try (TorchSource source = TorchSource.open(file(pickle))) {
      assertThat(source.tensors()).hasSize(1);
      SourceTensor tensor = source.tensors().get(0);
      float[] values = new float[4];
      tensor.read(0, values, 4);
      float[] last = new float[1];
      tensor.read(3, last, 1);
      assertThat(last[0]).isEqualTo(values[3]);
      return values;
    }
  }

  private void refused(String pickle, String... mentioned) throws IOException {
    Path file = file(pickle);
    assertThatThrownBy(() -> TorchSource.open(file))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContainingAll(mentioned);
  }

  /** torch._neg_view: the storage holds the opposite numbers. */
  @Test
  void aNegatedTensorIsTheNegativeOfItsStorage() throws IOException {
    String negative = dict(text("neg"), "\u0088");
    assertThat(only(dict(tensor("w", negative)))).containsExactly(-1, 2, -0.5f, -0f);
    assertThat(only(dict(tensor("w", "0", "K\1K\2\u0086", negative))))
        .containsExactly(-1, -0.5f, 2, -0f);
    assertThat(only(dict(text("w") + parameter(negative)))).containsExactly(-1, 2, -0.5f, -0f);
  }

  private static String parameter(String metadata) {
    String tensor = tensor("", metadata).substring(text("").length());
    return "ctorch._utils\n_rebuild_parameter\n(" + tensor + "\u0088)tR";
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "N", "}"})
  void metadataThatSaysNothing(String metadata) throws IOException {
    assertThat(only(dict(tensor("w", metadata)))).containsExactly(STORED);
  }

  @Test
  void metadataThatIsFalse() throws IOException {
    String none = dict(text("neg"), "\u0089", text("conj"), "\u0089");
    assertThat(only(dict(tensor("w", none)))).containsExactly(STORED);
  }

  @ParameterizedTest
  @CsvSource({"conj,true", "neg,1", "scale,2", "axis,text"})
  void metadataThatIsNotUnderstoodIsRefusedByName(String key, String value) throws IOException {
    String pickled =
        switch (value) {
          case "true" -> "\u0088";
          case "text" -> text("x");
          default -> "K" + (char) Integer.parseInt(value);
        };
    refused(dict(tensor("w", dict(text(key), pickled))), "metadata '" + key + "'", "clone()");
  }

  @Test
  void metadataThatIsNoDictionary() throws IOException {
    refused(dict(tensor("w", "K\1")), "metadata");
  }

  @ParameterizedTest
  @CsvSource({
    "torch.nn.modules.linear, Linear, model.state_dict()",
    "torch.nn.parallel.data_parallel, DataParallel, model.state_dict()",
    "modeling_cogvlm, CogVLMForCausalLM, model.state_dict()",
    "transformers_modules.cogvlm.modeling_cogvlm, CogVLMForCausalLM, model.state_dict()",
    "torch, ComplexFloatStorage, .real",
    "torch, ComplexDoubleStorage, .real",
    "torch._utils, _rebuild_sparse_tensor, .to_dense()",
    "torch._utils, _rebuild_sparse_csr_tensor, .to_dense()",
    "torch._utils, _rebuild_meta_tensor_no_storage, 'no numbers'",
    "torch._utils, _rebuild_nested_tensor, model.state_dict()",
  })
  void classesAreRefusedWithARemedyThatWorks(String module, String name, String remedy)
      throws IOException {
    Path file = file(dict(text("w"), "c" + module + "\n" + name + "\n)R"));
    assertThatThrownBy(() -> TorchSource.open(file))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("'" + module + "." + name + "'")
        .hasMessageContaining(remedy)
        .hasMessageNotContaining("weights_only=True"); // which refuses these, or keeps them
  }

  @Test
  void twoDictionariesOfAModelAreRefusedByName() throws IOException {
    String one = dict(tensor("w", ""));
    String other = dict(tensor("w", "1", "K\2K\1\u0086", ""));
    for (List<String> names :
        List.of(
            List.of("state_dict", "model"),
            List.of("module", "model_state_dict"),
            List.of("model", "module"))) {
      refused(
          dict(text(names.get(0)), one, text(names.get(1)), other),
          "'" + names.get(0) + "'",
          "'" + names.get(1) + "'");
    }
    refused(
        dict(text("model"), dict(text("module"), one), text("state_dict"), other),
        "'model'",
        "'state_dict'");
    refused(dict(text("model"), dict(text("module"), one, text("model"), other)), "'module'");
  }

  @Test
  void theSameTensorsUnderTwoKeysAreOneModel() throws IOException {
    String one = dict(tensor("w", ""));
    assertThat(only(dict(text("state_dict"), one, text("model"), one))).containsExactly(STORED);
  }

  /** Settings under a key that often holds a model, and a model under another. */
  @Test
  void aDictionaryWithoutTensorsIsNoModel() throws IOException {
    String model = dict(tensor("w", ""));
    String settings = dict(text("layers"), "K\3");
    assertThat(only(dict(text("model"), settings, text("module"), model))).containsExactly(STORED);
    assertThat(only(dict(text("state_dict"), "}", text("model"), model))).containsExactly(STORED);
  }
}
