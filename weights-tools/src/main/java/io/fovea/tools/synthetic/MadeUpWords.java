package io.fovea.tools.synthetic;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fovea.InvalidRequestException;

/** What the made-up tokenizers have in common. They know single letters or bytes, and no words. */
final class MadeUpWords {
  static final int BYTES = 256;

  private MadeUpWords() {}

  /** The text of an id that no text becomes, but that a random model may give. */
  static String word(long id) {
    return "w" + id;
  }

  /**
   * Refuses a vocabulary without room for what it must hold.
   *
   * @param ordinary tokens left when those with a role have their ids
   * @param needed how many of them cannot be done without
   */
  static void requireRoom(long vocabulary, long ordinary, int needed, String what) {
    if (ordinary < needed) {
      throw new InvalidRequestException(
          "a vocabulary of " + vocabulary + " has no room for all " + what,
          "make it " + (vocabulary + needed - ordinary) + " or more");
    }
  }

  /** An entry of {@code added_tokens} in a tokenizer.json; {@code lstrip}: blanks before it go. */
  static void addToken(ArrayNode added, long id, String text, boolean lstrip, boolean special) {
    ObjectNode token = added.addObject().put("id", id).put("content", text);
    token.put("single_word", false).put("lstrip", lstrip).put("rstrip", false);
    token.put("normalized", false).put("special", special);
  }
}
