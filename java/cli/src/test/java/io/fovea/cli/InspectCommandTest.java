package io.fovea.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InspectCommandTest {
  @Test
  void listsPartsForPeople() {
    Invocation run = Invocation.of("inspect", BundledModel.directory());
    assertThat(run.err()).isEmpty();
    assertThat(run.code()).isEqualTo(ExitCode.OK);
    assertThat(run.out())
        .startsWith("CogVLM v1 in safetensors")
        .containsPattern("language experts +25 +1,003,520 +1.91 MiB +BF16")
        .containsPattern("all +152 +4,289,008 +8.18 MiB")
        .doesNotContain("missing");
  }

  @Test
  void jsonHasPartsAndOnRequestTensors() {
    Invocation run = Invocation.of("inspect", BundledModel.directory(), "--json", "--tensors");
    JsonNode json = run.json();
    assertThat(json.at("/parameters").asLong()).isEqualTo(4_289_008);
    assertThat(json.at("/parts/0/part").asText()).isEqualTo("encoder");
    assertThat(json.at("/tensors")).hasSize(152);
    assertThat(json.at("/missing")).isEmpty();
    assertThat(Invocation.of("inspect", BundledModel.directory(), "--json").json().has("tensors"))
        .isFalse();
  }

  @Test
  void saysWhatIsReadDifferentlyFromWhatConfigAsksFor(@TempDir Path folder) throws IOException {
    Files.copy(
        BundledModel.directory().resolve("model.safetensors"), folder.resolve("model.safetensors"));
    String config = Files.readString(BundledModel.directory().resolve("config.json"));
    Path changed = folder.resolve("config.json");
    String eight = "{\"quantization_config\": {\"load_in_8bit\": true},";
    Files.writeString(changed, config.replaceFirst("\\{", eight));
    Invocation run = Invocation.of("inspect", folder);
    assertThat(run.out())
        .startsWith("CogVLM v1 in safetensors\nnote: the weights are plain numbers")
        .contains("asks bitsandbytes");
    assertThat(Invocation.of("inspect", folder, "--json").json().at("/notes/0").asText())
        .contains("bitsandbytes");
    String gptq = "{\"quantization_config\": {\"quant_method\": \"gptq\", \"bits\": 4},";
    Files.writeString(changed, config.replaceFirst("\\{", gptq));
    Invocation refused = Invocation.of("inspect", folder);
    assertThat(refused.code()).isEqualTo(ExitCode.FAILED);
    assertThat(refused.err().lines()).hasSize(1);
    assertThat(refused.err()).contains("GPTQ", "no tensor shows it", "fovea quantize");
  }

  @Test
  void anAbsentPathIsOneLine() {
    Invocation run = Invocation.of("inspect", Path.of("/nowhere/at/all"));
    assertThat(run.code()).isEqualTo(ExitCode.FAILED);
    assertThat(run.err().lines()).hasSize(1);
    assertThat(run.err()).startsWith("fovea: /nowhere/at/all").contains("does not exist");
  }
}
