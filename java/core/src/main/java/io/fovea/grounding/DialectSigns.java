package io.fovea.grounding;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What a text shows of the dialect that it is in. Tags and the names of JSON members tell it; bare
 * numbers in brackets do not: the same numbers are fractions, hundredths, thousandths or pixels.
 */
final class DialectSigns {
  /** A text where this is found is of one of these dialects. */
  private record Sign(Pattern pattern, List<String> dialects) {
    Sign(String pattern, String... dialects) {
      this(Pattern.compile(pattern), List.of(dialects));
    }
  }

  private static final List<Sign> TAGS =
      List.of(
          new Sign("<patch_index_\\d|<box>\\s{0,9}+<loc_?+\\d", "kosmos-2"),
          new Sign("<box>\\s{0,9}+\\(\\s{0,9}+\\d++[,\\s]|<quad>", "qwen-vl"),
          new Sign("<box>\\s{0,9}+\\(\\s{0,9}+\\d++\\.", "ovis2.5"),
          new Sign("<\\|(?:box|quad)_start\\|>\\s{0,9}+\\(", "qwen2-vl"),
          new Sign("<\\|box_start\\|>\\s{0,9}+<\\d", "rex-omni"),
          new Sign("<bin_\\d", "ofa"),
          new Sign("<poly>|<loc_\\d++><sep>", "florence-2-segmentation"),
          new Sign("<loc_\\d", "florence-2"),
          new Sign("<loc\\d{4}>", "paligemma"),
          new Sign("<box>\\s{0,9}+\\[", "internvl"),
          new Sign("<\\|det\\|>", "deepseek-vl2"),
          new Sign("\\{<\\d{1,3}+><\\d", "minigpt-v2"),
          new Sign("<at>\\s{0,9}+<boxes>", "next-chat"),
          new Sign("<roi>\\s{0,9}+<r\\d", "groma"),
          new Sign("<objects>\\s{0,9}+<obj\\d", "chatrex"),
          new Sign("<points?+\\s++x1?+\\s{0,9}+=", "molmo"),
          new Sign("<(?:points|tracks)\\s++coords\\s{0,9}+=", "molmo-2"),
          new Sign("<\\|begin_of_box\\|>", "glm-v"),
          new Sign("[\"'](?:box_2d)[\"']\\s{0,9}+:", "gemini"),
          new Sign("<box>\\s{0,9}+\\d++\\s++\\d", "minicpm-v"),
          new Sign("<bbox>\\s{0,9}+<x_\\d", "kosmos-2.5"));

  /** Each is asked where none before it found anything. */
  private static final List<List<Sign>> LEVELS =
      List.of(
          TAGS,
          List.of(
              new Sign("[\"'](?:bbox|point)_2d[\"']\\s{0,9}+:", "qwen2.5-vl", "qwen3-vl", "glm-v"),
              new Sign("\\(\\d{1,4}+,\\s?+\\d{1,4}+\\),\\s?+\\(\\d", "qwen-vl", "qwen2-vl")),
          List.of(
              new Sign(
                  "\\[\\[\\d{1,4}+(?:,\\s?+\\d{1,4}+){3}+[;\\]]",
                  "cogvlm", "cogagent", "internvl", "deepseek-vl2", "glm-v")),
          List.of(
              new Sign("\\[\\d{1,4}+(?:,\\s?+\\d{1,4}+){3}+\\]", "ferret", "shikra"),
              new Sign("\\[[01]?\\.\\d{1,9}+,", "shikra", "ferret")));

  private DialectSigns() {}

  /** Names of the dialects that a text may be in; one where its tags tell, none without boxes. */
  static List<String> candidates(String text) {
    Set<String> found = Set.of();
    for (int level = 0; level < LEVELS.size() && found.isEmpty(); level++) {
      found = of(LEVELS.get(level), text);
    }
    if (found.contains("florence-2-segmentation")) {
      found.remove("florence-2");
    }
    return List.copyOf(found);
  }

  private static Set<String> of(List<Sign> signs, String text) {
    Set<String> names = new LinkedHashSet<>();
    for (Sign sign : signs) {
      if (sign.pattern().matcher(text).find()) {
        names.addAll(sign.dialects());
      }
    }
    return names;
  }
}
