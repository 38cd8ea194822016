package io.fovea.tools.synthetic;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A tokenizer.json of Kosmos-2's kind: a unigram vocabulary of letters and made-up words, then
 * {@code <mask>}, the tags and the 1,024 cells of the grid. Text is not normalised; letters beyond
 * Latin-1 are unknown.
 */
final class Kosmos2Vocabulary {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<String> ROLES = List.of("<s>", "<pad>", "</s>", "<unk>");
  private static final String MASK = "<mask>";
  private static final String MARK = "\u2581";
  private static final int CELLS = 1024;

  /** Tokens before which white space vanishes. */
  private static final List<String> TAGS =
      Stream.concat(
              Stream.of(
                  "</doc>",
                  "<image>",
                  "</image>",
                  "</chunk>",
                  "</line>",
                  "<phrase>",
                  "</phrase>",
                  "<object>",
                  "</object>",
                  "</delimiter_of_multi_objects/>",
                  "<grounding>"),
              IntStream.range(0, CELLS)
                  .mapToObj(cell -> String.format(Locale.ROOT, "<patch_index_%04d>", cell)))
          .toList();

  private Kosmos2Vocabulary() {}

  /**
   * @throws io.fovea.InvalidRequestException where there is no room for letters and tags
   */
  static byte[] of(long vocabulary) {
    long pieces = vocabulary - TAGS.size() - 1;
    List<String> letters = letters();
    MadeUpWords.requireRoom(
        vocabulary, pieces - ROLES.size(), letters.size(), "letters, tags and cells");
    ObjectNode root = JSON.createObjectNode().put("version", "1.0");
    root.putNull("truncation").putNull("padding");
    addTokens(root.putArray("added_tokens"), pieces);
    root.putNull("normalizer");
    ArrayNode steps =
        root.putObject("pre_tokenizer").put("type", "Sequence").putArray("pretokenizers");
    steps.addObject().put("type", "WhitespaceSplit");
    steps.add(metaspace());
    root.putNull("post_processor").set("decoder", metaspace());
    ObjectNode model = root.putObject("model").put("type", "Unigram");
    model.put("unk_id", ROLES.indexOf("<unk>")).put("byte_fallback", false);
    ArrayNode vocab = model.putArray("vocab");
    ROLES.forEach(role -> vocab.addArray().add(role).add(0.0));
    letters.forEach(letter -> vocab.addArray().add(letter).add(score(vocab.size())));
    while (vocab.size() < pieces) {
      int id = vocab.size();
      vocab.addArray().add(MARK + MadeUpWords.word(id)).add(score(id));
    }
    vocab.addArray().add(MASK).add(0.0);
    return root.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static List<String> letters() {
    List<String> letters = new ArrayList<>(List.of(MARK));
    for (int code = 0; code < MadeUpWords.BYTES; code++) {
      if (ByteLevelVocabulary.visible(code)) {
        letters.add(String.valueOf((char) code));
      }
    }
    return letters;
  }

  /** As a logarithm of a probability that falls with the rank. */
  private static double score(int id) {
    return -StrictMath.log(1 + id);
  }

  private static void addTokens(ArrayNode added, long mask) {
    for (String role : ROLES) {
      MadeUpWords.addToken(added, added.size(), role, false, true);
    }
    MadeUpWords.addToken(added, mask, MASK, true, true);
    for (int i = 0; i < TAGS.size(); i++) {
      MadeUpWords.addToken(added, mask + 1 + i, TAGS.get(i), true, false);
    }
  }

  private static ObjectNode metaspace() {
    ObjectNode step = JSON.createObjectNode().put("type", "Metaspace");
    return step.put("replacement", MARK).put("prepend_scheme", "always").put("split", true);
  }
}
