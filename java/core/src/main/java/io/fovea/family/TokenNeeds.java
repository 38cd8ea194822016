package io.fovea.family;

import io.fovea.text.TokenizerFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a model's configuration says of its tokens.
 *
 * @param format that its tokenizer comes in, where a folder has several
 * @param source where to get its file, for messages: "the tokenizer.model of ..."
 * @param begin token that begins a sequence; null where the file states none
 * @param end tokens that end an answer; empty where the file states none
 * @param pad token of slots without text; null where the file states none, or none of the
 *     vocabulary
 * @param firstFiller id that the first row of a picture holds, each further row the next one; null:
 *     all hold the pad token
 * @param begins whether there is a token that begins a sequence at all
 * @param known ids that the weights were made for, by the texts of the tokens
 */
public record TokenNeeds(
    TokenizerFormat format,
    String source,
    @Nullable Integer begin,
    List<Integer> end,
    @Nullable Integer pad,
    @Nullable Integer firstFiller,
    boolean begins,
    Map<String, Integer> known) {
  public TokenNeeds {
    end = List.copyOf(end);
    known = Map.copyOf(known);
  }

  /** Those of a model whose sequences begin with a token. */
  public TokenNeeds(
      TokenizerFormat format,
      String source,
      @Nullable Integer begin,
      List<Integer> end,
      @Nullable Integer pad,
      @Nullable Integer firstFiller) {
    this(format, source, begin, end, pad, firstFiller, /* begins= */ true, Map.of());
  }
}
