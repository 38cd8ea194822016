package io.fovea.tools.synthetic;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fovea.InvalidRequestException;
import io.fovea.tools.gguf.SentencePieceFile;
import io.fovea.tools.gguf.SentencePieceFile.Bytes;
import io.fovea.tools.gguf.SentencePieceFile.Ids;
import io.fovea.tools.gguf.SentencePieceFile.Piece;
import io.fovea.tools.layout.ModelSizes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A tokenizer of the right kind and size that knows no words: text becomes its bytes, and ids that
 * a random model gives beyond those become made-up words.
 */
final class SyntheticTokenizer {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int BYTES = 256;

  /** Llama 3's: contractions, words, up to three digits, punctuation, line ends, blanks. */
  private static final String SPLIT =
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}"
          + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

  private SyntheticTokenizer() {}

  /** The tokenizer's file, by name. */
  static Map<String, byte[]> of(ModelSizes sizes) {
    boolean second = sizes.family().secondGeneration();
    int ordinary = second ? SpecialIds.firstSpecial(sizes) : (int) sizes.vocabulary() - 3;
    if (ordinary < BYTES) {
      throw new InvalidRequestException(
          "a vocabulary of " + sizes.vocabulary() + " has no room for all bytes",
          "make it " + (sizes.vocabulary() + BYTES - ordinary) + " or more");
    }
    return second
        ? Map.of("tokenizer.json", byteLevel(sizes))
        : Map.of("tokenizer.model", sentencePiece((int) sizes.vocabulary()));
  }

  private static byte[] sentencePiece(int vocabulary) {
    List<Piece> pieces = new ArrayList<>();
    pieces.add(new Piece("<unk>", 0, SentencePieceFile.UNKNOWN));
    pieces.add(new Piece("<s>", 0, SentencePieceFile.CONTROL));
    pieces.add(new Piece("</s>", 0, SentencePieceFile.CONTROL));
    for (int i = 0; i < BYTES; i++) {
      String text = String.format(Locale.ROOT, "<0x%02X>", i);
      pieces.add(new Piece(text, 0, SentencePieceFile.BYTE));
    }
    while (pieces.size() < vocabulary) {
      int id = pieces.size();
      pieces.add(new Piece("\u2581" + word(id), -id, SentencePieceFile.NORMAL));
    }
    return new SentencePieceFile(pieces, Bytes.NONE, true, false, new Ids(0, 1, 2, -1)).toBytes();
  }

  private static byte[] byteLevel(ModelSizes sizes) {
    ObjectNode root = JSON.createObjectNode().put("version", "1.0");
    root.putNull("truncation").putNull("padding");
    int first = SpecialIds.firstSpecial(sizes);
    ArrayNode added = root.putArray("added_tokens");
    for (int id = first; id < sizes.vocabulary(); id++) {
      ObjectNode token = added.addObject().put("id", id).put("content", special(id - first));
      token.put("single_word", false).put("lstrip", false).put("rstrip", false);
      token.put("normalized", false).put("special", true);
    }
    root.putNull("normalizer");
    ArrayNode steps =
        root.putObject("pre_tokenizer").put("type", "Sequence").putArray("pretokenizers");
    ObjectNode split = steps.addObject().put("type", "Split");
    split.putObject("pattern").put("Regex", SPLIT);
    split.put("behavior", "Isolated").put("invert", false);
    steps.add(byteLevelStep());
    root.putNull("post_processor").set("decoder", byteLevelStep());
    ObjectNode model = root.putObject("model").put("type", "BPE");
    model.putNull("dropout").putNull("unk_token").putNull("continuing_subword_prefix");
    model.putNull("end_of_word_suffix").put("fuse_unk", false).put("byte_fallback", false);
    model.put("ignore_merges", true);
    ObjectNode vocabulary = model.putObject("vocab");
    for (int id = 0; id < first; id++) {
      vocabulary.put(id < BYTES ? byteLetter(id) : "\u0120" + word(id), id);
    }
    model.putArray("merges");
    return root.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static ObjectNode byteLevelStep() {
    ObjectNode step = JSON.createObjectNode().put("type", "ByteLevel");
    return step.put("add_prefix_space", false).put("trim_offsets", true).put("use_regex", false);
  }

  private static String word(int id) {
    return "w" + id;
  }

  private static String special(int index) {
    return switch (index) {
      case 0 -> "<|begin_of_text|>";
      case 1 -> "<|end_of_text|>";
      case 9 -> "<|eot_id|>";
      default -> "<|reserved_special_token_" + index + "|>";
    };
  }

  /** GPT-2's letter of a byte: visible Latin-1 is itself, the rest counts on from U+0100. */
  private static String byteLetter(int value) {
    int hidden = 0;
    for (int b = 0; b < value; b++) {
      hidden += visible(b) ? 0 : 1;
    }
    return String.valueOf((char) (visible(value) ? value : 256 + hidden));
  }

  private static boolean visible(int b) {
    return (b >= 0x21 && b <= 0x7e) || (b >= 0xa1 && b <= 0xff && b != 0xad);
  }
}
