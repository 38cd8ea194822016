package io.fovea.cli;

import io.fovea.ProgressListener;
import io.fovea.tools.Additions;
import io.fovea.tools.Conversion;
import io.fovea.tools.Converter;
import io.fovea.tools.Formats;
import io.fovea.tools.gguf.GgufExport;
import io.fovea.tools.quant.PlainType;
import io.fovea.tools.source.SourceCheckpoint;
import io.fovea.tools.source.SourceCheckpoints;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code fovea convert}: any checkpoint as a Hugging Face directory. */
@Command(
    name = "convert",
    description = "Writes a checkpoint as a Hugging Face directory in safetensors.",
    footer = {
      "",
      "Reads safetensors and PyTorch files, plain or quantised by compressed-tensors,",
      "bitsandbytes (NF4, LLM.int8), GPTQ, AWQ or fp8; SwissArmyTransformer folders;",
      "GGUF pairs of llama.cpp. Quantised weights become bf16; with --dtype f32 they",
      "are kept exactly. An interrupted run is continued by the same command; a GGUF",
      "pair is begun anew.",
      "",
      "Examples:",
      "  fovea convert cogvlm-chat-hf --out cogvlm-chat-f16 --dtype f16",
      "  fovea convert pytorch_model.bin --out cogvlm-safetensors",
      "  fovea convert cogvlm-int4 --out cogvlm-bf16 --dtype bf16",
      "  fovea convert cogvlm-chat-hf --lora my-adapter --out my-cogvlm",
      "  fovea convert cogvlm-chat-hf --out gguf --gguf q8_0",
      "",
      "Shikra is published as a delta of LLaMA's weights, and without its encoder.",
      "With both, the new folder is a model that runs:",
      "  fovea convert shikra-7b-delta-v1 --base llama-7b-hf \\",
      "      --vision clip-vit-large-patch14 --out shikra-7b"
    })
final class ConvertCommand extends WritingCommand {
  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      description = "keep, bf16, f16 or f32. Default: keep; quantised weights become bf16.")
  private PlainType dtype = PlainType.KEEP;

  @Option(
      names = "--base",
      paramLabel = "DIR",
      description = {
        "SRC holds a delta: add the weights of this model to it, each sum rounded once.",
        "Rows of tokens that the base has not, and the projector, are taken as they are."
      })
  private @Nullable Path base;

  @Option(
      names = "--vision",
      paramLabel = "DIR",
      description = "Add the vision transformer of this CLIP. For Shikra, published without.")
  private @Nullable Path vision;

  @Option(
      names = "--gguf",
      paramLabel = "TYPE",
      description = {
        "Write the pair of files that llama.cpp wants instead, into the folder --out:",
        "f32, f16, bf16, q8_0 or q4_0. CogVLM v1 only."
      })
  private GgufExport.@Nullable Precision gguf;

  @Option(
      names = "--lora",
      paramLabel = "DIR",
      description =
          "Merge a LoRA adapter, a folder of peft's save_pretrained. Several are merged in the order"
              + " given.")
  private List<Path> adapters = List.of();

  @Parameters(paramLabel = "SRC", description = "Folder or file of a checkpoint.")
  @SuppressWarnings("NullAway.Init") // required
  private Path source;

  /** The JSON result of a GGUF pair. */
  record Pair(
      String command, String source, List<String> files, List<String> notes, double seconds) {}

  @Override
  public Integer call() {
    return gguf == null ? super.call() : export(gguf);
  }

  private Additions additions() {
    return new Additions(base, vision, adapters);
  }

  private int export(GgufExport.Precision precision) {
    additions().requireNone("a GGUF pair");
    long begin = System.nanoTime();
    Path name = source.toAbsolutePath().normalize().getFileName();
    GgufExport.Pair pair;
    try (SourceCheckpoint checkpoint = SourceCheckpoints.open(source);
        ProgressBars progress = ProgressBars.ofBytes(terminal())) {
      String stem = String.valueOf(name).replaceFirst("\\.[^.]*$", "");
      pair = GgufExport.write(checkpoint, output().directory(), stem, precision, progress);
    }
    List<String> files = List.of(pair.model().toString(), pair.projector().toString());
    double seconds = Facts.rounded((System.nanoTime() - begin) / 1e9, 1e3);
    if (json()) {
      printJson(new Pair(name(), source(), files, pair.notes(), seconds));
    } else {
      pair.notes().forEach(note -> print("note: %s", note));
      files.forEach(file -> print("wrote %s", file));
    }
    return ExitCode.OK;
  }

  @Override
  String name() {
    return "convert";
  }

  @Override
  String source() {
    return source.toString();
  }

  @Override
  Conversion write(ProgressListener progress) {
    return Converter.convert(
        source, additions(), Formats.plain(dtype), output().options(), progress);
  }
}
