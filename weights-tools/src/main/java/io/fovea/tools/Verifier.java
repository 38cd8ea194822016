package io.fovea.tools;

import io.fovea.FoveaException;
import io.fovea.ModelLoadException;
import io.fovea.ProgressListener;
import io.fovea.UnsupportedModelException;
import io.fovea.family.Families;
import io.fovea.family.ModelDescription;
import io.fovea.family.ModelTokens;
import io.fovea.tools.layout.Kind;
import io.fovea.tools.layout.ModelLayout;
import io.fovea.tools.layout.TensorSpec;
import io.fovea.tools.output.Checksums;
import io.fovea.tools.source.SafetensorsSource;
import io.fovea.tools.source.SourceCheckpoint;
import io.fovea.tools.source.SourceCheckpoints;
import io.fovea.tools.source.SourceTensor;
import io.fovea.weights.QuantizationScheme.Use;
import io.fovea.weights.StoredScheme;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Checks a model directory: checksums, config.json and tokenizer as the engine reads them, every
 * tensor of the model present, of its shape and finite; others are noted. All that is wrong is
 * listed, not only the first.
 */
public final class Verifier {
  private static final int NAMES_SHOWN = 3;

  private final Path directory;
  private final ProgressListener progress;
  private final List<String> problems = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();

  private Verifier(Path directory, ProgressListener progress) {
    this.directory = directory;
    this.progress = progress;
  }

  /**
   * Checks a folder or file.
   *
   * @param progress told bytes of tensors read, from several threads
   * @throws ModelLoadException where the weights cannot even be opened
   * @throws io.fovea.UnsupportedModelException where config.json describes another architecture
   */
  public static Verification verify(Path path, int threads, ProgressListener progress) {
    return new Verifier(path, progress).verify(threads);
  }

  private Verification verify(int threads) {
    try (SourceCheckpoint source = SourceCheckpoints.open(directory)) {
      notes.addAll(source.notes());
      checkRunnable(source);
      int checksums = checkChecksums();
      List<SourceTensor> used = source.tensors();
      ModelLayout layout = layout(source);
      if (layout != null) {
        checkText(source);
        used = checkTensors(layout, source);
      }
      FiniteCheck.run(used, threads, progress).forEach(problems::add);
      long bytes = source.tensors().stream().mapToLong(SourceTensor::storedBytes).sum();
      return new Verification(problems, notes, source.tensors().size(), bytes, checksums);
    }
  }

  /** The layout that config.json asks for; null, and a problem, where that makes no sense. */
  private @Nullable ModelLayout layout(SourceCheckpoint source) {
    try {
      return Inspector.layout(directory, source);
    } catch (ModelLoadException e) {
      problems.add(String.valueOf(e.getMessage()));
      return null;
    }
  }

  /** Sound weights of which the engine runs nothing are not yet a model. */
  private void checkRunnable(SourceCheckpoint source) {
    StoredScheme scheme = source.scheme();
    if (scheme.use() == Use.CONVERT) {
      problems.add(scheme.conversionLine(directory));
    }
    if (!(source instanceof SafetensorsSource)) {
      notes.add(
          "these files are of "
              + source.format()
              + ", which the engine does not run: './fovea convert "
              + directory
              + " --out OUT' makes a directory that it does");
    }
  }

  private int checkChecksums() {
    Path list = directory.resolve(Checksums.FILE);
    if (!Files.exists(list)) {
      notes.add("no checksums are recorded in " + list);
      return 0;
    }
    try {
      Map<String, String> sums = Checksums.read(directory);
      for (Map.Entry<String, String> sum : sums.entrySet()) {
        Path file = directory.resolve(sum.getKey());
        if (!Files.isRegularFile(file)) {
          problems.add(file + ": is missing, but has a recorded checksum");
        } else if (!Checksums.compute(file).equals(sum.getValue())) {
          problems.add(file + ": is not the file whose checksum was recorded");
        }
      }
      return sums.size();
    } catch (IOException e) {
      throw new ModelLoadException(
          list, "file", "cannot be read: " + e.getMessage(), "check its rights", e);
    }
  }

  /** config.json and tokenizer, as the engine reads them. */
  private void checkText(SourceCheckpoint source) {
    if (!Files.exists(directory.resolve("config.json"))) {
      return; // in files that are converted it is made, or lies beside the file that was named
    }
    try {
      ModelDescription model = Families.describe(directory, Inspector.shapes(source));
      noteUse(model);
      notes.addAll(ModelTokens.notes(directory, model));
      Path tokenizer = ModelTokens.file(directory, model);
      if (Files.exists(tokenizer)) {
        ModelTokens.load(directory, null, model);
      } else {
        notes.add(
            "there is no " + tokenizer.getFileName() + ": name one with --tokenizer to run it");
      }
    } catch (FoveaException e) {
      problems.add(String.valueOf(e.getMessage()));
    }
  }

  /** What keeps the engine from running it, as far as its configuration tells. */
  private void noteUse(ModelDescription model) {
    try {
      model.requireRunnable(directory);
    } catch (UnsupportedModelException e) {
      notes.add("the engine does not run " + model.family().displayName() + " yet");
    }
    try {
      model.template();
    } catch (ModelLoadException e) {
      notes.add(String.valueOf(e.getMessage()));
    }
  }

  /** The tensors that the model computes with, of those that are there. */
  private List<SourceTensor> checkTensors(ModelLayout layout, SourceCheckpoint source) {
    Set<String> present = new HashSet<>();
    List<SourceTensor> used = new ArrayList<>();
    List<String> unknown = new ArrayList<>();
    for (SourceTensor tensor : source.tensors()) {
      present.add(tensor.name());
      TensorSpec spec = layout.find(tensor.name());
      if (spec == null || spec.kind() == Kind.UNUSED) {
        unknown.add(tensor.name());
        continue;
      }
      used.add(tensor);
      if (!spec.fits(tensor.shape())) {
        problems.add(
            tensor.file()
                + ": "
                + tensor.name()
                + ": has shape "
                + tensor.shape()
                + ", config.json wants "
                + spec.shape());
      }
    }
    for (TensorSpec spec : layout.tensors()) {
      if (!spec.kind().optional() && !present.contains(spec.name())) {
        addProblem(
            layout
                .missing(directory, spec.name())
                .orElseGet(() -> source.missing(directory, spec.name())));
      }
    }
    noteUnused(unknown);
    return used;
  }

  /** Says once what is the matter with many tensors. */
  private void addProblem(FoveaException problem) {
    String message = String.valueOf(problem.getMessage());
    if (!problems.contains(message)) {
      problems.add(message);
    }
  }

  private void noteUnused(List<String> names) {
    if (!names.isEmpty()) {
      notes.add(
          names.size()
              + " tensors are of no use to the model: "
              + String.join(", ", names.subList(0, Math.min(NAMES_SHOWN, names.size()))));
    }
  }
}
