package io.fovea.cli;

import io.fovea.tools.Inspection;
import io.fovea.tools.Inspector;
import io.fovea.weights.QuantizationScheme;
import io.fovea.weights.QuantizationScheme.Use;
import io.fovea.weights.StoredScheme;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code fovea inspect}: what a checkpoint holds. */
@Command(
    name = "inspect",
    description = "Shows a checkpoint's parts: tensors, parameters, dtypes, bytes.",
    footer = {
      "",
      "Examples:",
      "  fovea inspect cogvlm-chat-hf",
      "  fovea inspect cogvlm-chat-hf --tensors",
      "  fovea inspect pytorch_model.bin --json"
    })
final class InspectCommand extends ToolCommand {
  private static final int NAMES_SHOWN = 5;

  @Option(names = "--tensors", description = "Also list every tensor.")
  private boolean listTensors;

  @Parameters(paramLabel = "SRC", description = "Folder or file of a checkpoint.")
  @SuppressWarnings("NullAway.Init") // required
  private Path source;

  /** A part of the model. dtypes: parameters by stored dtype. */
  record PartResult(
      String part, int tensors, long parameters, long bytes, Map<String, Long> dtypes) {}

  /** A tensor. part: absent where the model has none of that name. */
  record TensorResult(
      String name,
      List<Long> shape,
      String dtype,
      long bytes,
      @Nullable String part,
      String file) {}

  /**
   * The JSON result.
   *
   * @param storage how the weights are stored, such as "plain numbers" or "GPTQ"
   * @param notes what is read differently from what the files ask for, and what to convert
   */
  record Result(
      String command,
      String source,
      String format,
      String family,
      String storage,
      List<String> notes,
      int tensorCount,
      long parameters,
      long bytes,
      List<PartResult> parts,
      List<String> missing,
      List<String> unknown,
      @Nullable List<TensorResult> tensors) {}

  @Override
  public Integer call() {
    Inspection inspection = Inspector.inspect(source);
    if (json()) {
      printJson(result(inspection));
    } else {
      report(inspection);
    }
    return ExitCode.OK;
  }

  private Result result(Inspection found) {
    return new Result(
        "inspect",
        source.toString(),
        found.format(),
        found.family(),
        found.scheme().title(),
        notes(found),
        found.tensors().size(),
        found.elements(),
        found.bytes(),
        found.parts().stream()
            .map(
                p ->
                    new PartResult(p.part().id(), p.tensors(), p.elements(), p.bytes(), p.dtypes()))
            .toList(),
        found.missing(),
        found.unknown(),
        listTensors ? found.tensors().stream().map(InspectCommand::tensor).toList() : null);
  }

  private List<String> notes(Inspection found) {
    List<String> notes = new ArrayList<>();
    if (found.scheme().use() == Use.CONVERT) {
      notes.add(found.scheme().conversionLine(source));
    }
    notes.addAll(found.notes());
    return notes;
  }

  private static TensorResult tensor(Inspection.TensorSummary tensor) {
    return new TensorResult(
        tensor.name(),
        tensor.shape(),
        tensor.dtype(),
        tensor.bytes(),
        tensor.part() == null ? null : tensor.part().id(),
        String.valueOf(tensor.file().getFileName()));
  }

  private void report(Inspection found) {
    StoredScheme scheme = found.scheme();
    boolean plain = scheme.scheme() == QuantizationScheme.PLAIN;
    String storage = plain ? "" : ", weights quantised by " + scheme.title();
    print("%s in %s%s", found.family(), found.format(), storage);
    notes(found).forEach(note -> print("note: %s", note));
    print("%-18s %8s %16s %12s  %s", "part", "tensors", "parameters", "size", "dtypes");
    for (Inspection.PartSummary part : found.parts()) {
      print(
          "%-18s %8d %16s %12s  %s",
          part.part().title(),
          part.tensors(),
          Sizes.count(part.elements()),
          Sizes.bytes(part.bytes()),
          String.join(", ", part.dtypes().keySet()));
    }
    print(
        "%-18s %8d %16s %12s",
        "all", found.tensors().size(), Sizes.count(found.elements()), Sizes.bytes(found.bytes()));
    names("missing", found.missing());
    names("not of this model", found.unknown());
    if (listTensors) {
      found
          .tensors()
          .forEach(
              t ->
                  print(
                      "%-75s %-9s %12s  %s",
                      t.name(), t.dtype(), Sizes.bytes(t.bytes()), t.shape()));
    }
  }

  private void names(String title, List<String> names) {
    if (!names.isEmpty()) {
      print("%s: %d tensors", title, names.size());
      names.stream().limit(NAMES_SHOWN).forEach(name -> print("  %s", name));
    }
  }
}
