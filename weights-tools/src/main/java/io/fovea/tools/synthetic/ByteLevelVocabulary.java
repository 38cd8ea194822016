package io.fovea.tools.synthetic;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;

/** A tokenizer.json of Llama 3's kind: all bytes, made-up words, tokens with a role at the end. */
final class ByteLevelVocabulary {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Llama 3's: contractions, words, up to three digits, punctuation, line ends, blanks. */
  private static final String SPLIT =
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}"
          + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

  private ByteLevelVocabulary() {}

  /**
   * @param first id of the tokens with a role
   * @throws io.fovea.InvalidRequestException where there is no room for all bytes
   */
  static byte[] of(int first, long vocabulary) {
    MadeUpWords.requireRoom(vocabulary, first, MadeUpWords.BYTES, "bytes");
    ObjectNode root = JSON.createObjectNode().put("version", "1.0");
    root.putNull("truncation").putNull("padding");
    ArrayNode added = root.putArray("added_tokens");
    for (int id = first; id < vocabulary; id++) {
      MadeUpWords.addToken(added, id, special(id - first), false, true);
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
    ObjectNode vocab = model.putObject("vocab");
    for (int id = 0; id < first; id++) {
      vocab.put(id < MadeUpWords.BYTES ? byteLetter(id) : "\u0120" + MadeUpWords.word(id), id);
    }
    model.putArray("merges");
    return root.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static ObjectNode byteLevelStep() {
    ObjectNode step = JSON.createObjectNode().put("type", "ByteLevel");
    return step.put("add_prefix_space", false).put("trim_offsets", true).put("use_regex", false);
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

  /** Whether a byte is a letter of its own. */
  static boolean visible(int b) {
    return (b >= 0x21 && b <= 0x7e) || (b >= 0xa1 && b <= 0xff && b != 0xad);
  }
}
