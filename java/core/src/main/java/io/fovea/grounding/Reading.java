package io.fovea.grounding;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import org.jspecify.annotations.Nullable;

/**
 * One pass of a dialect's rules over one text, from left to right, whole or as it arrives. At every
 * char that a rule can begin with, rules are tried in order; the first that matches decides.
 *
 * <p>Nothing is decided while more text could change it ({@link Matcher#hitEnd}), and a rule sees
 * at most {@link Rule#limit} chars: so a text gives the same result however it is cut, and no char
 * is held back longer than the limits say.
 */
final class Reading {
  /** Chars before a box that its phrase is looked for in. */
  private static final int LONGEST_PHRASE = 8192;

  private final List<Rule> rules;
  private final List<Matcher> matchers;
  private final boolean[] openers = new boolean[128];
  private final PhraseFinder finder;
  private final Frame frame;
  private final CharSequence text;

  private final List<Region> regions = new ArrayList<>();
  private final List<Pointing> pointings = new ArrayList<>();
  private final List<Cut> cuts = new ArrayList<>();
  private int done; // everything before it is decided
  private int tried; // length of the text at the last attempt at `done`
  private Phrase phrase = Phrase.none(0); // of the last item
  private int itemEnd; // where that one ended
  private int blankEnd; // from there to here only blanks
  private int hidden = -1; // where a part began that is left out as a whole
  private int counted;
  private boolean inArray;
  private boolean labelled; // an object of the array before this one had a label

  /** Finds the words in {@code text[from, to)} that a box starting at {@code to} belongs to. */
  interface PhraseFinder {
    Span before(String text, int from, int to);
  }

  Reading(List<Rule> rules, PhraseFinder finder, Frame frame, CharSequence text) {
    this.rules = rules;
    this.finder = finder;
    this.frame = frame;
    this.text = text;
    matchers = new ArrayList<>();
    for (Rule rule : rules) {
      matchers.add(rule.pattern().matcher(text));
      rule.openers().chars().forEach(c -> openers[c] = true);
    }
  }

  /**
   * Reads on.
   *
   * @param whole whether no more text will come
   */
  void read(boolean whole) {
    matchers.forEach(Matcher::reset); // they remember the length
    while (done < text.length()) {
      char c = text.charAt(done);
      if (c >= openers.length || !openers[c]) {
        done++;
      } else if (!decide(c, whole)) {
        tried = text.length();
        return;
      }
    }
    if (whole && hidden >= 0) {
      show(text.length());
    }
  }

  /** Takes what stands at {@code done}; false if that cannot be said yet. */
  private boolean decide(char opener, boolean whole) {
    int at = done;
    for (int i = 0; i < rules.size(); i++) {
      Rule rule = rules.get(i);
      if (rule.openers().indexOf(opener) < 0 || !rule.applies().test(this)) {
        continue;
      }
      if (!whole && isVain(rule)) {
        return false;
      }
      Matcher matcher = matchers.get(i);
      int end = (int) Math.min(text.length(), (long) at + rule.limit());
      boolean matched = matcher.region(at, end).lookingAt();
      boolean open = matcher.hitEnd() && end - at < rule.limit();
      if (open && !whole) {
        return false;
      }
      if (matched) {
        done = Math.max(matcher.end(), at + 1);
        rule.action().take(this, matcher);
        tried = 0;
        return true;
      }
      if (open) {
        rule.truncated().take(this, matcher);
        if (done > at) {
          tried = 0;
          return true;
        }
      }
    }
    done = Math.max(done, at + 1);
    tried = 0;
    return true;
  }

  /** Whether nothing has come since the last attempt here that could decide it. */
  private boolean isVain(Rule rule) {
    if (tried - done < Rule.BEGINNING || text.length() - done >= rule.limit()) {
      return false;
    }
    for (int i = tried; i < text.length(); i++) {
      if (!rule.inside().test(text.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  Frame frame() {
    return frame;
  }

  /** Everything before this position is decided. */
  int done() {
    return hidden >= 0 ? hidden : done;
  }

  /** The rest of the text belongs to something that is cut off: it is left out. */
  void cutRest() {
    cutWithBlanks(done, text.length());
    done = text.length();
  }

  /** Leaves a range out of the cleaned text. */
  void cut(int start, int end) {
    cut(start, end, "");
  }

  /** Leaves a range out of the cleaned text and puts something in its place. */
  void cut(int start, int end, String instead) {
    if (hidden < 0 && start < end) {
      int shift = cuts.isEmpty() ? 0 : cuts.get(cuts.size() - 1).shiftAfter();
      cuts.add(new Cut(start, end, instead, shift));
    }
  }

  /** Leaves a range out, and the blanks before it. */
  void cutWithBlanks(int start, int end) {
    cutWithBlanks(start, end, "");
  }

  /** Leaves a range out, and the blanks before it, and puts something in their place. */
  void cutWithBlanks(int start, int end, String instead) {
    int from = start;
    while (from > cutEnd() && isBlank(text.charAt(from - 1))) {
      from--;
    }
    cut(from, end, instead);
  }

  /** Where the last cut ends; 0 before the first. */
  int cutEnd() {
    return cuts.isEmpty() ? 0 : cuts.get(cuts.size() - 1).end();
  }

  /** ASCII blanks, those that {@code \s} matches. */
  private static boolean isBlank(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
  }

  /** From here on nothing belongs to the answer, until {@link #show}. */
  void hide(int from) {
    hidden = from;
  }

  /** What was hidden ends here. */
  void show(int to) {
    int from = hidden;
    hidden = -1;
    cut(from, to);
    endItem(Phrase.none(to), to);
  }

  boolean isHidden() {
    return hidden >= 0;
  }

  /** A JSON array begins or ends. */
  void array(boolean open) {
    inArray = open;
    labelled = false;
  }

  boolean isLabelled() {
    return labelled;
  }

  /** An object of the list had a label. */
  void setLabelled() {
    labelled = true;
  }

  /** The words in this range, trimmed; none where it is blank. */
  Phrase named(int start, int end) {
    int from = start;
    int to = end;
    while (from < to && Character.isWhitespace(text.charAt(from))) {
      from++;
    }
    while (from < to && Character.isWhitespace(text.charAt(to - 1))) {
      to--;
    }
    return new Phrase(text.subSequence(from, to).toString(), from, to);
  }

  /** The phrase of the last item where only blanks lie between it and {@code start}, else none. */
  Phrase touching(int start) {
    return touches(start) && !phrase.isEmpty() ? phrase : Phrase.none(start);
  }

  /** Whether only blanks lie between the last item and {@code start}. */
  boolean touches(int start) {
    while (blankEnd < start && Character.isWhitespace(text.charAt(blankEnd))) {
      blankEnd++;
    }
    return itemEnd > 0 && blankEnd >= start;
  }

  /** Whether a JSON array is open and goes on here. */
  boolean arrayGoesOn() {
    return arrayGoesOn(done);
  }

  boolean arrayGoesOn(int at) {
    return inArray && touches(at);
  }

  /**
   * The words before {@code start} that belong to a box there, as the dialect finds them; where
   * there are none since the last item, the phrase of that one.
   */
  Phrase before(int start) {
    int from = Math.max(itemEnd, start - LONGEST_PHRASE);
    Span found = finder.before(text.subSequence(from, start).toString(), 0, start - from);
    if (!found.isEmpty()) {
      return named(from + found.start(), from + found.end());
    }
    return itemEnd > 0 ? phrase : Phrase.none(start);
  }

  /** All words between the last item or tag and {@code start}. */
  Phrase since(int start) {
    Phrase words = named(Math.max(itemEnd, cutEnd()), start);
    return words.isEmpty() ? touching(start) : words;
  }

  /** The number of the next thing that a dialect counts, from 0. */
  int count() {
    return counted++;
  }

  /** Adds a region. */
  void add(Phrase words, Geometry shape) {
    add(words, shape, null, null);
  }

  void add(Phrase words, Geometry shape, @Nullable String maskCodes, @Nullable Integer index) {
    regions.add(
        Region.builder(shape)
            .phrase(words.words())
            .textStart(words.start())
            .textEnd(words.end())
            .maskCodes(maskCodes)
            .index(index)
            .build());
  }

  /** Adds a region that is known in thousandths. */
  void add(Phrase words, Box box) {
    add(words, Geometry.Rectangle.of(box));
  }

  /** Adds a point. */
  void point(Phrase words, Geometry.Position at, @Nullable Double time, @Nullable Integer index) {
    pointings.add(
        new Pointing(words.words(), words.start(), words.end(), at.toPoint(), at, time, index));
  }

  /** A box, or a phrase that waits for one, ends here. */
  void endItem(Phrase words, int end) {
    phrase = words;
    itemEnd = end;
    blankEnd = end;
  }

  List<Region> regions() {
    return regions;
  }

  List<Pointing> pointings() {
    return pointings;
  }

  List<Cut> cuts() {
    return cuts;
  }

  /** All that was found. */
  GroundedText result() {
    return GroundedText.of(text.toString(), regions, pointings, cuts);
  }
}
