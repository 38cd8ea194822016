package io.fovea.text;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.zip.GZIPInputStream;

/** The tokenizer models among the test resources; {@code make_models.py} there describes them. */
final class TestModels {
  private TestModels() {}

  static SentencePieceTokenizer load(String resource) {
    return SentencePieceTokenizer.parse(Path.of(resource), bytes(resource));
  }

  /** Content of a resource such as "/text/llama.model"; unpacked if it ends in ".gz". */
  static byte[] bytes(String resource) {
    try (InputStream in = open(resource)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(resource, e);
    }
  }

  static InputStream open(String resource) throws IOException {
    InputStream in =
        Objects.requireNonNull(TestModels.class.getResourceAsStream(resource), resource);
    return resource.endsWith(".gz") ? new GZIPInputStream(in) : in;
  }
}
