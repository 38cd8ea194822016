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
  BYTE_LEVEL("tokenizer.json"),

  /** A unigram vocabulary in JSON, as Kosmos-2's. */
  UNIGRAM("tokenizer.json"),

  /** A rank file of the tiktoken library, as Qwen-VL's. */
  TIKTOKEN("qwen.tiktoken"),

  /** A byte-level byte-pair vocabulary beside its {@code merges.txt}, as OFA's. */
  GPT2("vocab.json");

  private final String fileName;

  TokenizerFormat(String fileName) {
    this.fileName = fileName;
  }

  /** The name such files have in model directories. */
  public String fileName() {
    return fileName;
  }

  /**
   * JSON by its name or first character, and then by its name, by beginning with a token and its
   * id, or by what it calls its model; a rank file by its name or by beginning with base 64. No
   * SentencePiece model begins like either.
   */
  static TokenizerFormat of(Path file) throws IOException {
    String name = file.toString();
    int first;
    try (InputStream in = Files.newInputStream(file)) {
      first = in.read();
    }
    if (name.endsWith(".json") || first == '{') {
      if (file.endsWith(GPT2.fileName) || TokenIds.begin(file)) {
        return GPT2;
      }
      return TokenizerJsonSections.modelType(file).equals("Unigram") ? UNIGRAM : BYTE_LEVEL;
    }
    boolean base64 =
        first > ' ' && (Character.isLetterOrDigit(first) || first == '+' || first == '/');
    return name.endsWith(".tiktoken") || (base64 && !name.endsWith(".model"))
        ? TIKTOKEN
        : SENTENCE_PIECE;
  }
}
