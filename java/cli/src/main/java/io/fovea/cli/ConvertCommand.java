package io.fovea.cli;

import io.fovea.ProgressListener;
import io.fovea.tools.Conversion;
import io.fovea.tools.Converter;
import io.fovea.tools.Formats;
import io.fovea.tools.quant.PlainType;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code fovea convert}: any checkpoint as a Hugging Face directory. */
@Command(
    name = "convert",
    description = "Writes a checkpoint as a Hugging Face directory in safetensors.",
    footer = {
      "",
      "Reads safetensors, also quantised, PyTorch files and GGUF pairs of llama.cpp.",
      "An interrupted run is continued by the same command.",
      "",
      "Examples:",
      "  fovea convert cogvlm-chat-hf --out cogvlm-chat-f16 --dtype f16",
      "  fovea convert pytorch_model.bin --out cogvlm-safetensors",
      "  fovea convert cogvlm-int4 --out cogvlm-bf16 --dtype bf16"
    })
final class ConvertCommand extends WritingCommand {
  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      description = "keep, bf16, f16 or f32. Default: keep; quantised weights become bf16.")
  private PlainType dtype = PlainType.KEEP;

  @Parameters(paramLabel = "SRC", description = "Folder or file of a checkpoint.")
  @SuppressWarnings("NullAway.Init") // required
  private Path source;

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
    return Converter.convert(source, Formats.plain(dtype), output().options(), progress);
  }
}
