package io.fovea.cli;

import io.fovea.ProgressListener;
import io.fovea.tools.Conversion;
import io.fovea.tools.PeakMemory;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;

/** A command that writes a model directory. */
abstract class WritingCommand extends ToolCommand {
  private static final int NAMES_SHOWN = 5;

  @Mixin private OutputFlags output = new OutputFlags();

  /** What rounding a part's weights has cost, relative to their root mean square. */
  record PartError(String format, double relativeRms) {}

  /**
   * The JSON result.
   *
   * @param resumedShards of the shards, how many an earlier run had written
   * @param seconds this run took
   * @param peakMemoryBytes most memory this process held
   * @param errors of quantised parts
   * @param unfitting weights that got int8 because their inputs do not divide into groups
   * @param leftOut tensors of the source that its model does not have
   * @param notes how the source was read, where that is not plain
   */
  record Result(
      String command,
      @Nullable String source,
      String out,
      int shards,
      int resumedShards,
      long bytes,
      double seconds,
      @Nullable Long peakMemoryBytes,
      Map<String, PartError> errors,
      List<String> unfitting,
      List<String> leftOut,
      List<String> notes) {}

  final OutputFlags output() {
    return output;
  }

  /** The command's name. */
  abstract String name();

  /** What is read, or null. */
  abstract @Nullable String source();

  /** Does the work. */
  abstract Conversion write(ProgressListener progress);

  @Override
  public Integer call() {
    long begin = System.nanoTime();
    Conversion conversion;
    try (ProgressBars progress = ProgressBars.ofBytes(terminal())) {
      conversion = write(progress);
    }
    double seconds = Facts.rounded((System.nanoTime() - begin) / 1e9, 1e3);
    Result result = result(conversion, seconds);
    if (json()) {
      printJson(result);
    } else {
      report(result);
    }
    return ExitCode.OK;
  }

  private Result result(Conversion conversion, double seconds) {
    Map<String, PartError> errors = new TreeMap<>();
    conversion
        .errors()
        .forEach(
            (part, e) ->
                errors.put(
                    part.id(),
                    new PartError(e.format().id(), Facts.rounded(e.error().relative(), 1e6))));
    OptionalLong peak = PeakMemory.bytes();
    return new Result(
        name(),
        source(),
        output.directory().toString(),
        conversion.written().shards(),
        conversion.written().resumed(),
        conversion.written().bytes(),
        seconds,
        peak.isPresent() ? peak.getAsLong() : null,
        errors,
        conversion.unfitting(),
        conversion.leftOut(),
        conversion.notes());
  }

  private void report(Result result) {
    result.notes().forEach(note -> print("note: %s", note));
    print(
        "wrote %s: %s in %d file%s%s",
        result.out(),
        Sizes.bytes(result.bytes()),
        result.shards(),
        result.shards() == 1 ? "" : "s",
        result.resumedShards() == 0
            ? ""
            : String.format(Locale.ROOT, ", %d of them by an earlier run", result.resumedShards()));
    Long peak = result.peakMemoryBytes();
    print(
        "%.1f s%s",
        result.seconds(), peak == null ? "" : ", at most " + Sizes.bytes(peak) + " of memory");
    result
        .errors()
        .forEach(
            (part, error) ->
                print(
                    "  %-16s %-10s relative error of the weights %.4f",
                    part, error.format(), error.relativeRms()));
    names("int8, because their inputs do not divide into groups", result.unfitting());
    names("left out, because this model has no such tensors", result.leftOut());
  }

  private void names(String title, List<String> names) {
    if (!names.isEmpty()) {
      print("%d %s:", names.size(), title);
      names.stream().limit(NAMES_SHOWN).forEach(name -> print("  %s", name));
    }
  }
}
