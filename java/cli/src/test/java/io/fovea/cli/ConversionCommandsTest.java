package io.fovea.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** convert, quantize, synthesize and verify, as a user would chain them. */
class ConversionCommandsTest {
  @TempDir
  @SuppressWarnings("NullAway.Init")
  private Path folder;

  private static final Path BUNDLED = BundledModel.directory();

  @Test
  void quantizeReportsErrorsAndVerifyComparesStages() {
    Path out = folder.resolve("int8");
    Invocation run = Invocation.of("quantize", BUNDLED, "--out", out, "--json");
    assertThat(run.err()).isEmpty();
    JsonNode json = run.json();
    assertThat(json.at("/errors/language/format").asText()).isEqualTo("int8");
    assertThat(json.at("/errors/language/relative_rms").asDouble()).isBetween(0.001, 0.01);
    assertThat(json.at("/peak_memory_bytes").asLong()).isPositive();

    Invocation same =
        Invocation.of(
            "verify",
            out,
            "--against",
            BUNDLED,
            "--image",
            Invocation.scene(),
            "--prompt",
            "Where is the red circle?",
            "--limit",
            "0.05",
            "--json");
    assertThat(same.code()).isEqualTo(ExitCode.OK);
    assertThat(same.json().at("/comparison/within_limit").asBoolean()).isTrue();
    double logits = -1;
    for (JsonNode stage : same.json().at("/comparison/stages")) {
      boolean last = stage.path("name").asText().equals("logits");
      logits = last ? stage.path("relative_error").asDouble() : logits;
    }
    assertThat(logits).isBetween(1e-4, 0.05);

    Invocation strict =
        Invocation.of("verify", out, "--against", BUNDLED, "--prompt", "Hello", "--limit", "1e-6");
    assertThat(strict.code()).isEqualTo(ExitCode.FAILED);
    assertThat(strict.out()).contains("logits").endsWith("NOT ok\n");
  }

  @Test
  void formatsOfPartsOverrideTheCommonOne() {
    Path out = folder.resolve("mixed");
    Invocation run =
        Invocation.of(
            "quantize",
            BUNDLED,
            "--out",
            out,
            "--all",
            "int4",
            "--lm-head",
            "fp8",
            "--encoder",
            "keep",
            "--shard-size",
            "1M",
            "--no-search");
    assertThat(run.out())
        .contains("wrote " + out, "language", "int4", "fp8")
        .contains("in 6 files");
    assertThat(run.out()).doesNotContain("encoder");
    JsonNode parts = Invocation.of("inspect", out, "--json").json().path("parts");
    for (JsonNode part : parts) {
      String wanted =
          switch (part.path("part").asText()) {
            case "language", "vision" -> "INT4-G32";
            case "lm-head" -> "FP8";
            case "encoder" -> "BF16";
            default -> "";
          };
      assertThat(wanted.isEmpty() || part.path("dtypes").has(wanted)).as("%s", part).isTrue();
    }
  }

  @Test
  void convertThereAndBackGivesTheSameFiles() throws Exception {
    Path f32 = folder.resolve("f32");
    Path back = folder.resolve("back");
    assertThat(Invocation.of("convert", BUNDLED, "--out", f32, "--dtype", "f32").code()).isZero();
    assertThat(Invocation.of("convert", f32, "--out", back, "--dtype", "bf16").code()).isZero();
    Path kept = folder.resolve("kept");
    assertThat(Invocation.of("convert", BUNDLED, "--out", kept).code()).isZero();
    assertThat(back.resolve("model.safetensors"))
        .hasSameBinaryContentAs(kept.resolve("model.safetensors"));
    Invocation again = Invocation.of("convert", BUNDLED, "--out", kept);
    assertThat(again.code()).isEqualTo(ExitCode.FAILED);
    assertThat(again.err().lines()).hasSize(1);
    assertThat(again.err()).contains("exists", "--force");
    assertThat(Invocation.of("convert", BUNDLED, "--out", kept, "--force").code()).isZero();
  }

  @Test
  void ggufPairsGoOutAndComeBack() {
    Path gguf = folder.resolve("gguf");
    Path back = folder.resolve("back");
    Invocation run = Invocation.of("convert", BUNDLED, "--out", gguf, "--gguf", "f32", "--json");
    assertThat(run.err()).isEmpty();
    assertThat(run.json().path("files")).hasSize(2);
    assertThat(Invocation.of("convert", gguf, "--out", back).code()).isZero();
    Invocation same =
        Invocation.of("verify", back, "--against", BUNDLED, "--prompt", "Hello", "--limit", "0");
    assertThat(same.out()).contains("logits").endsWith("ok\n").doesNotContain("NOT");
  }

  @Test
  void adaptersAreMerged() {
    Path home = Path.of(System.getProperty("fovea.home", "."));
    Path model = home.resolve("java/core/src/test/resources/goldens/traces/head64_128/checkpoint");
    Path adapters = home.resolve("weights-tools/src/test/resources/lora/two");
    Path out = folder.resolve("merged");
    Invocation run =
        Invocation.of(
            "convert",
            model,
            "--lora",
            adapters.resolve("first"),
            "--lora",
            adapters.resolve("second"),
            "--out",
            out);
    assertThat(run.err()).isEmpty();
    assertThat(run.out()).contains("first: 2 weights changed", "second: 3 weights changed");
    assertThat(Invocation.of("verify", out).out()).endsWith("ok\n");
  }

  @Test
  void synthesizeTakesSizes() throws Exception {
    Path out = folder.resolve("tiny");
    Invocation run =
        Invocation.of(
            "synthesize",
            "--family",
            "cogagent",
            "--hidden",
            32,
            "--heads",
            2,
            "--cross-hidden",
            32,
            "--cross-heads",
            2,
            "--all",
            "int8",
            "--out",
            out);
    assertThat(run.err()).isEmpty();
    assertThat(Files.readString(out.resolve("config.json")))
        .contains("CogAgentForCausalLM", "\"hidden_size\" : 32", "\"cross_num_heads\" : 2");
    assertThat(Invocation.of("verify", out).out()).endsWith("ok\n").doesNotContain("NOT");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "quantize --out x --all int5 MODEL | int5 | 2",
        "quantize --out x --shard-size 4Q MODEL | 4Q | 2",
        "quantize --out x --shard-size 0 MODEL | 0 | 2",
        "quantize --out x --threads 0 MODEL | 0 | 2",
        "quantize MODEL | --out | 2",
        "convert --out x --dtype f8 MODEL | --dtype | 2",
        "synthesize --out x --preset gpt | gpt | 2",
        "synthesize --out x --preset cogvlm2 --family v2 | --family | 1",
        "synthesize --out x --family qwen-vl --vocab 1000000000 | --vocab | 1",
        "synthesize --out x --family qwen-vl --vision-hidden 20001 --vision-heads 1"
            + " --vision-intermediate 20000 | --vision-intermediate | 1",
        "synthesize --out x --hidden 33 | hidden_size | 1",
        "synthesize --out x --key-heads 2 | --key-heads | 1",
        "synthesize --out x --cross-hidden 32 | --cross-hidden | 1",
        "convert --out x /nowhere | does not exist | 1",
        "convert --out x --lora /nowhere MODEL | adapter_config.json | 1",
        "convert --out x --lora /nowhere --gguf f32 MODEL | --base, --vision and --lora first | 1",
        "verify /nowhere | does not exist | 1",
      })
  void whatMakesNoSenseIsOneLine(String line, String culprit, int code) {
    String[] words =
        line.strip()
            .replace("MODEL", BUNDLED.toString())
            .replace(" x", " " + folder.resolve("x"))
            .split(" ");
    Invocation run = Invocation.of((Object[]) words);
    assertThat(run.code()).isEqualTo(code);
    assertThat(run.out()).isEmpty();
    assertThat(run.err().lines()).hasSize(1);
    assertThat(run.err()).startsWith("fovea: ").contains(culprit.strip());
    assertThat(folder.resolve("x")).doesNotExist();
  }
}
