package io.fovea.text;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** The files a tokenizer may come in. */
public enum TokenizerFormat {
  /** A SentencePiece model, as Vicuna's for CogVLM v1 and CogAgent. */
  SENTENCE_PIECE("tokenizer.model"),

  /** A byte-level byte-pair vocabulary in JSON, as Llama 3's for CogVLM2. */
  BYTE_LEVEL("tokenizer.json");

  private final String fileName;

  TokenizerFormat(String fileName) {
    this.fileName = fileName;
  }

  /** The name such files have in model directories. */
  public String fileName() {
    return fileName;
  }

  /** JSON by its name or first character, which no SentencePiece model begins with. */
  static TokenizerFormat of(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      boolean json = file.toString().endsWith(".json") || in.read() == '{';
      return json ? BYTE_LEVEL : SENTENCE_PIECE;
    }
  }
}
