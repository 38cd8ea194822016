package io.fovea.tools;

import io.fovea.ModelLoadException;
import io.fovea.ProgressListener;
import io.fovea.tools.Conversion.PartError;
import io.fovea.tools.layout.Kind;
import io.fovea.tools.layout.ModelLayout;
import io.fovea.tools.layout.Part;
import io.fovea.tools.layout.TensorSpec;
import io.fovea.tools.lora.LoraCheckpoint;
import io.fovea.tools.numbers.NonFinite;
import io.fovea.tools.output.OutputOptions;
import io.fovea.tools.output.OutputPlan;
import io.fovea.tools.output.ShardedSafetensorsWriter;
import io.fovea.tools.output.SquaredError;
import io.fovea.tools.output.TensorContent;
import io.fovea.tools.output.Written;
import io.fovea.tools.quant.CodeLayout;
import io.fovea.tools.quant.CodedContent;
import io.fovea.tools.quant.ModelConfig;
import io.fovea.tools.quant.PlainContent;
import io.fovea.tools.quant.QuantizedContent;
import io.fovea.tools.quant.WeightFormat;
import io.fovea.tools.source.CodedTensor;
import io.fovea.tools.source.SourceCheckpoint;
import io.fovea.tools.source.SourceCheckpoints;
import io.fovea.tools.source.SourceTensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Writes a checkpoint of any readable format as a Hugging Face directory in safetensors, plain or
 * quantised. Memory is bounded by blocks of rows; an interrupted run is continued by the next.
 */
public final class Converter {
  /** Part of every plan's identity: to be raised when the same plan would give other bytes. */
  private static final int VERSION = 1;

  private final ModelLayout layout;
  private final Formats formats;
  private final List<TensorContent> contents = new ArrayList<>();
  private final Map<String, CodeLayout> linear = new LinkedHashMap<>();
  private final Map<String, TensorSpec> quantized = new LinkedHashMap<>();
  private final List<String> unfitting = new ArrayList<>();
  private final List<String> leftOut = new ArrayList<>();

  private Converter(ModelLayout layout, Formats formats) {
    this.layout = layout;
    this.formats = formats;
  }

  /**
   * Converts a folder or file.
   *
   * @param progress told bytes of tensors written, from several threads
   * @throws ModelLoadException where the source is damaged, or lacks tensors of its model
   * @throws io.fovea.ModelWriteException where the output cannot be written
   */
  public static Conversion convert(
      Path path, Formats formats, OutputOptions options, ProgressListener progress) {
    return convert(path, Additions.NONE, formats, options, progress);
  }

  /**
   * As {@link #convert(Path, Formats, OutputOptions, ProgressListener)}, together with weights that
   * lie elsewhere; adapters are merged last.
   *
   * @throws ModelLoadException where the source or an addition is damaged, lacks tensors of its
   *     model, or they do not fit each other
   * @throws io.fovea.UnsupportedModelException where an adapter is of a kind that is not merged
   *     here, or the weights are quantised
   * @throws io.fovea.ModelWriteException where the output cannot be written
   */
  public static Conversion convert(
      Path path,
      Additions additions,
      Formats formats,
      OutputOptions options,
      ProgressListener progress) {
    Apart.check(path, options.directory());
    List<Path> adapters = additions.adapters();
    adapters.forEach(adapter -> Apart.check(adapter, options.directory()));
    try (SourceCheckpoint own = SourceCheckpoints.open(path);
        SourceCheckpoint source = additions.to(path, own, formats.plain(), options.directory())) {
      Apart.check(path, own, options.directory());
      ModelLayout layout = Inspector.layout(path, source);
      checkComplete(path, layout, source);
      String inputs = InputFiles.identity(path, source) + additions.identity();
      if (adapters.isEmpty()) {
        return convert(source, layout, inputs, formats, options, progress);
      }
      try (LoraCheckpoint merged = LoraCheckpoint.of(source, layout, adapters)) {
        String files = inputs + "\n" + InputFiles.identity(merged.files());
        return convert(merged, layout, files, formats, options, progress);
      }
    }
  }

  /**
   * Writes {@code source}, whose tensors are complete.
   *
   * @param inputs all that their values depend on, in words
   */
  static Conversion convert(
      SourceCheckpoint source,
      ModelLayout layout,
      String inputs,
      Formats formats,
      OutputOptions options,
      ProgressListener progress) {
    Converter converter = new Converter(layout, formats);
    StoredCodes codes = new StoredCodes(layout, source.tensors());
    source.tensors().forEach(tensor -> converter.add(tensor, codes));
    OutputPlan plan =
        new OutputPlan(
            converter.contents,
            ModelConfig.adapted(source.config(), formats.plain(), converter.linear),
            source.companions(),
            "version " + VERSION + "\n" + inputs + "\n" + formats.identity());
    Written written = ShardedSafetensorsWriter.write(plan, options, progress);
    List<String> notes = new ArrayList<>(source.notes());
    TokenizerNote.of(written.directory(), Inspector.shapes(source)).ifPresent(notes::add);
    notes.addAll(NonFinite.notes(written.nonFinite()));
    return new Conversion(
        written, converter.errors(written), converter.unfitting, converter.leftOut, notes);
  }

  private static void checkComplete(Path path, ModelLayout layout, SourceCheckpoint source) {
    Map<String, SourceTensor> present = new LinkedHashMap<>();
    source.tensors().forEach(tensor -> present.put(tensor.name(), tensor));
    for (TensorSpec spec : layout.tensors()) {
      SourceTensor tensor = present.get(spec.name());
      if (tensor == null && !spec.kind().optional()) {
        throw layout.missing(path, spec.name()).orElseGet(() -> source.missing(path, spec.name()));
      }
      if (tensor != null && !spec.fits(tensor.shape()) && spec.kind() != Kind.UNUSED) {
        throw new ModelLoadException(
            tensor.file(),
            spec.name(),
            "has shape " + tensor.shape() + ", config.json wants " + spec.shape(),
            "use the config.json that belongs to these weights");
      }
    }
  }

  private void add(SourceTensor tensor, StoredCodes codes) {
    TensorSpec spec = layout.find(tensor.name());
    if (spec == null || !spec.fits(tensor.shape())) {
      leftOut.add(tensor.name());
      return;
    }
    WeightFormat format = formats.of(spec);
    Optional<CodedTensor> coded = format == WeightFormat.STORED ? codes.of(spec) : Optional.empty();
    if (spec.kind() == Kind.LINEAR) {
      linear.put(tensor.name(), coded.map(CodeLayout::of).orElseGet(() -> CodeLayout.of(format)));
    }
    if (coded.isPresent()) {
      contents.add(new CodedContent(coded.get()));
      return;
    }
    if (!format.quantized()) {
      contents.add(new PlainContent(tensor, formats.plain(spec, tensor.dtype())));
      return;
    }
    if (format != formats.wanted(spec)) {
      unfitting.add(tensor.name());
    }
    TensorContent content = new QuantizedContent(tensor, format, formats.search());
    contents.add(content);
    quantized.put(content.entries().get(0).name(), spec);
  }

  private Map<Part, PartError> errors(Written written) {
    Map<Part, PartError> errors = new EnumMap<>(Part.class);
    quantized.forEach(
        (codes, spec) -> {
          SquaredError error = written.errors().getOrDefault(codes, SquaredError.NONE);
          errors.merge(
              spec.part(),
              new PartError(formats.wanted(spec), error),
              (a, b) -> new PartError(a.format(), a.error().plus(b.error())));
        });
    return errors;
  }
}
