package io.fovea.tools;

import io.fovea.FoveaException;
import io.fovea.ModelLoadException;
import io.fovea.ProgressListener;
import io.fovea.model.cogvlm.CogVlmConfig;
import io.fovea.model.cogvlm.CogVlmFamily;
import io.fovea.text.SpecialTokens;
import io.fovea.text.Tokenizer;
import io.fovea.text.TokenizerFormat;
import io.fovea.text.Tokenizers;
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

/**
 * Checks a model directory: checksums, config.json and tokenizer as the engine reads them, every
 * tensor present, known, of its shape and finite. All that is wrong is listed, not only the first.
 */
public final class Verifier {
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
      ModelLayout layout = Inspector.layout(directory, source);
      checkRunnable(source);
      int checksums = checkChecksums();
      checkText();
      checkTensors(layout, source.tensors());
      FiniteCheck.run(source.tensors(), threads, progress).forEach(problems::add);
      long bytes = source.tensors().stream().mapToLong(SourceTensor::storedBytes).sum();
      return new Verification(problems, notes, source.tensors().size(), bytes, checksums);
    }
  }

  /** Sound weights of which the engine runs nothing are not yet a model. */
  private void checkRunnable(SourceCheckpoint source) {
    StoredScheme scheme = source.scheme();
    if (scheme.use() == Use.CONVERT) {
      problems.add(scheme.conversionLine(directory));
    } else {
      notes.addAll(scheme.notes());
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
  private void checkText() {
    if (!Files.exists(directory.resolve("config.json"))) {
      return; // in files that are converted it is made, or lies beside the file that was named
    }
    try {
      CogVlmConfig config = CogVlmConfig.read(directory);
      TokenizerFormat format =
          config.family() == CogVlmFamily.COGVLM2
              ? TokenizerFormat.BYTE_LEVEL
              : TokenizerFormat.SENTENCE_PIECE;
      if (!Files.exists(Tokenizers.find(directory, format))) {
        notes.add("there is no " + format.fileName() + ": name one with --tokenizer to run it");
        return;
      }
      SpecialTokens special =
          new SpecialTokens(config.bosTokenId(), config.eosTokenIds().get(0), config.padTokenId());
      Tokenizer tokenizer = Tokenizers.load(directory, format, special);
      if (tokenizer.vocabularySize() > config.vocabSize()) {
        problems.add(
            directory
                + ": the tokenizer has "
                + tokenizer.vocabularySize()
                + " tokens, vocab_size is "
                + config.vocabSize());
      }
    } catch (FoveaException e) {
      problems.add(String.valueOf(e.getMessage()));
    }
  }

  private void checkTensors(ModelLayout layout, List<SourceTensor> tensors) {
    Set<String> present = new HashSet<>();
    for (SourceTensor tensor : tensors) {
      present.add(tensor.name());
      TensorSpec spec = layout.find(tensor.name());
      if (spec == null) {
        problems.add(tensor.file() + ": " + tensor.name() + ": the model has no such tensor");
      } else if (!tensor.shape().equals(spec.shape())) {
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
        problems.add(directory + ": " + spec.name() + ": is missing");
      }
    }
  }
}
