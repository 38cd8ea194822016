package io.fovea.grounding;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds the words a box belongs to: the noun phrase right before it. The published code asks a
 * part-of-speech tagger; this is a rule of four steps over closed word lists, for English.
 *
 * <ol>
 *   <li>Only text since the previous box counts. If it ends in a question mark, all of it is the
 *       phrase ("Where is the dog? [[...]]").
 *   <li>Words that only lead up to the box are dropped from the end: "the dog <i>is located at</i>
 *       [[...]]".
 *   <li>From there the phrase grows to the left, word by word, and stops after taking a determiner
 *       or number ("<i>two</i> brown dogs"), or before a preposition, verb, pronoun or conjunction,
 *       or at punctuation. "of" is no border: "a cup of coffee" is one thing. A word in -ing is a
 *       verb ("man <i>wearing</i> sunglasses") unless it is the last word, is a known noun, or
 *       stands right after a determiner ("a <i>running</i> dog").
 *   <li>"and", "or" and a comma are borders, unless the word before them is a common adjective: "a
 *       blue and white towel", "a small, red ball".
 * </ol>
 */
final class NounPhrase {
  private static final Set<String> DETERMINERS =
      words(
          "a an the this that these those his her its their my our your some several many few any"
              + " each every another both all no one two three four five six seven eight nine ten");

  private static final Set<String> BORDERS =
      words(
          // prepositions and adverbs of place
          "about above across after against along alongside amid among amongst around as at atop"
              + " away before behind below beneath beside besides between beyond by down during for"
              + " from in inside into near nearby next off on onto out outside over past per"
              + " through throughout to toward towards under underneath up upon via with within"
              + " without here also then just only very not"
              // verbs
              + " am is are was were be been being has have had having do does did can could may"
              + " might must shall should will would see sees seen show shows shown contain"
              + " contains include includes feature features depict depicts appear appears located"
              + " situated positioned placed visible found stand stands stood sit sits sat lie lies"
              + " laid hold holds held wear wears wore ride rides carry carries look looks hang"
              + " hangs"
              // pronouns, relatives, conjunctions
              + " i you he she it we they him them there who whom whose which what where when while"
              + " but nor because if so than");

  /** Before a box they say where it is, not what: dropped from the end in step 2. */
  private static final Set<String> LEAD_UPS =
      words("and or with coordinates box bounding area region of marked labeled labelled");

  private static final Set<String> NOUNS_IN_ING =
      words(
          "building ceiling railing painting clothing awning swing string ring king wing thing"
              + " earring morning evening icing frosting topping dressing lighting covering"
              + " flooring siding crossing landing opening wedding pudding living dining parking");

  private static final Set<String> ADJECTIVES =
      words(
          "black white red green blue yellow orange purple pink brown gray grey golden silver gold"
              + " beige tan dark light bright pale big small large little tiny huge tall short long"
              + " thin thick wide narrow round square old young new modern wooden metal plastic"
              + " striped checkered plaid floral patterned clear colorful colourful shiny dirty"
              + " clean wet dry soft fluffy furry happy");

  private static final Pattern TOKEN =
      Pattern.compile("[\\p{L}\\p{N}]++(?:['’\\-][\\p{L}\\p{N}]++)*+|\\S");

  private NounPhrase() {}

  /** The phrase inside {@code text[from, to)} that a box starting at {@code to} belongs to. */
  static Span before(String text, int from, int to) {
    List<Token> tokens = tokens(text, from, to);
    if (!tokens.isEmpty() && tokens.get(tokens.size() - 1).is("?")) {
      return new Span(tokens.get(0).start(), tokens.get(tokens.size() - 1).end());
    }
    int last = tokens.size() - 1;
    while (last >= 0 && leadsUp(tokens.get(last))) {
      last--;
    }
    if (last < 0) {
      return new Span(to, to);
    }
    int first = last;
    while (!tokens.get(first).in(DETERMINERS) && first > 0 && grows(tokens, first - 1)) {
      first--;
    }
    return new Span(tokens.get(first).start(), tokens.get(last).end());
  }

  private static List<Token> tokens(String text, int from, int to) {
    List<Token> tokens = new ArrayList<>();
    Matcher matcher = TOKEN.matcher(text).region(from, to);
    while (matcher.find()) {
      String word = matcher.group().toLowerCase(Locale.ROOT);
      tokens.add(new Token(word, matcher.start(), matcher.end()));
    }
    return tokens;
  }

  private static boolean leadsUp(Token token) {
    return !token.isWord() || token.in(BORDERS) || token.in(LEAD_UPS) || token.in(DETERMINERS);
  }

  /** Whether the phrase that begins after token {@code at} may take that token in. */
  private static boolean grows(List<Token> tokens, int at) {
    Token token = tokens.get(at);
    if (token.is("and") || token.is("or") || token.is(",")) {
      return at > 0 && tokens.get(at - 1).in(ADJECTIVES);
    }
    if (!token.isWord() || token.in(BORDERS)) {
      return false;
    }
    boolean verb = token.word().endsWith("ing") && !token.in(NOUNS_IN_ING);
    return !verb || (at > 0 && tokens.get(at - 1).in(DETERMINERS));
  }

  private static Set<String> words(String list) {
    return Set.of(list.split(" "));
  }

  private record Token(String word, int start, int end) {
    boolean is(String other) {
      return word.equals(other);
    }

    boolean in(Set<String> set) {
      return set.contains(word);
    }

    boolean isWord() {
      return Character.isLetterOrDigit(word.codePointAt(0));
    }
  }
}
