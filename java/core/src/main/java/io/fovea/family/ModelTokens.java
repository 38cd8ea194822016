package io.fovea.family;

import io.fovea.InvalidRequestException;
import io.fovea.ModelLoadException;
import io.fovea.model.PromptTokens;
import io.fovea.text.SpecialTokens;
import io.fovea.text.Tokenizer;
import io.fovea.text.TokenizerFormat;
import io.fovea.text.Tokenizers;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A model's tokenizer and the ids of its tokens with a role: those of {@code config.json}, else the
 * tokenizer's own, as the published code has them.
 *
 * @param begin begins every sequence; null where nothing does
 * @param filler stands in the slots of a picture, whose embeddings are replaced
 * @param risingFillers whether each further row of a picture holds the next id: nothing depends on
 *     it but what may not be repeated
 * @param end tokens that end an answer, at least one
 * @param legacy whether text behind a token begins with a blank that nobody wrote
 */
public record ModelTokens(
    Tokenizer tokenizer,
    @Nullable Integer begin,
    int filler,
    boolean risingFillers,
    Set<Integer> end,
    boolean legacy) {
  /** What is wrong with any file, whatever tokenizer was meant. */
  private static final Set<String> OWN = Set.of("file", "size", "tokenizer");

  public ModelTokens {
    end = Set.copyOf(end);
  }

  /**
   * Loads the tokenizer of a model.
   *
   * @param directory of the model
   * @param tokenizer file or directory to take it from; null for the model's own
   * @throws ModelLoadException if there is none, it is damaged, or it does not fit the model
   */
  public static ModelTokens load(Path directory, @Nullable Path tokenizer, ModelDescription model) {
    Path file = file(tokenizer == null ? directory : tokenizer, model);
    TokenNeeds needs = model.tokens();
    SpecialTokens special =
        new SpecialTokens(
            orNone(needs.begin()),
            needs.end().isEmpty() ? SpecialTokens.NONE : needs.end().get(0),
            orNone(needs.pad()));
    Tokenizer loaded = tokenizer(file, special, model);
    int rows = model.sizes().vocabSize();
    requireEmbedded(file, loaded, rows);
    requireKnown(file, loaded, needs);
    return new ModelTokens(
        loaded,
        needs.begins() ? begin(directory, file, loaded, needs, rows) : null,
        filler(file, loaded, model),
        needs.firstFiller() != null,
        end(directory, file, loaded, needs.end(), rows),
        ExtraTokens.legacy(file));
  }

  private static int begin(
      Path directory, Path file, Tokenizer tokenizer, TokenNeeds needs, int rows) {
    return role(file, tokenizer, needs.begin(), tokenizer.bos(), "bos_token", rows)
        .orElseThrow(() -> missing(directory.resolve("config.json"), "bos_token_id"));
  }

  /** What of the files' tokens with a role is not used, for people. */
  public static List<String> notes(Path directory, ModelDescription model) {
    return EndTokens.ignored(directory, model.sizes().vocabSize());
  }

  /**
   * The tokens of a prompt.
   *
   * @param rows that each of its pictures takes
   */
  public PromptTokens of(List<PromptPart> parts, int... rows) {
    PromptTokens tokens = PromptTokens.EMPTY;
    StringBuilder text = new StringBuilder();
    boolean continued = false;
    for (PromptPart part : parts) {
      if (part instanceof PromptPart.Text words) {
        text.append(words.text());
        continue;
      }
      if (part instanceof PromptPart.Continued words) {
        continued = text.length() == 0;
        text.append(words.text());
        continue;
      }
      tokens = withText(tokens, text, continued);
      continued = false;
      if (part instanceof PromptPart.Picture picture) {
        tokens = tokens.picture(picture.number(), fillers(rows[picture.number()]));
      } else if (part instanceof PromptPart.Token token) {
        tokens = tokens.words(id(token.content()));
      } else if (part instanceof PromptPart.EndOfSource) {
        tokens = tokens.asSource();
      } else {
        tokens = tokens.words(Objects.requireNonNull(begin, "no token begins a sequence"));
      }
    }
    return withText(tokens, text, continued);
  }

  private int[] fillers(int rows) {
    return IntStream.range(0, rows).map(row -> risingFillers ? filler + row : filler).toArray();
  }

  private int id(String content) {
    return tokenizer
        .id(content)
        .orElseThrow(
            () ->
                new InvalidRequestException(
                    "the tokenizer has no token '" + content + "'",
                    "use the tokenizer this model was trained with"));
  }

  private PromptTokens withText(PromptTokens tokens, StringBuilder text, boolean continued) {
    if (text.length() == 0) {
      return tokens;
    }
    String words = text.toString();
    text.setLength(0);
    boolean blank = legacy || !continued || words.startsWith(" ");
    return tokens.words(blank ? tokenizer.encode(words) : ContinuedText.encode(tokenizer, words));
  }

  /** What stands in the rows of a picture. */
  private static int filler(Path file, Tokenizer tokenizer, ModelDescription model) {
    TokenNeeds needs = model.tokens();
    int rows = model.sizes().vocabSize();
    for (String token : model.markup()) {
      OptionalInt id = tokenizer.id(token);
      if (id.isEmpty() || id.getAsInt() >= rows) {
        throw new ModelLoadException(
            file,
            token,
            id.isEmpty() ? "is no token" : "is beyond the model's vocab_size of " + rows,
            "put the added_tokens.json of " + model.family().displayName() + " beside it");
      }
    }
    if (!model.markup().isEmpty()) {
      return tokenizer.id(model.markup().get(0)).getAsInt();
    }
    return needs.firstFiller() != null
        ? needs.firstFiller()
        : role(file, tokenizer, needs.pad(), tokenizer.pad(), "pad_token", rows).orElse(0);
  }

  private static Tokenizer tokenizer(Path file, SpecialTokens special, ModelDescription model) {
    TokenizerFormat format = model.tokens().format();
    try {
      return Tokenizers.load(file, format, special, ExtraTokens.beside(file, model.markup()));
    } catch (ModelLoadException e) {
      boolean pieces = format == TokenizerFormat.SENTENCE_PIECE;
      if (!pieces
          || !file.toString().endsWith(".json")
          || !file.equals(e.file())
          || OWN.contains(e.field())) {
        throw e;
      }
      throw new ModelLoadException(
          file,
          e.field(),
          "is not of a byte-level tokenizer, and Llama's pieces are not read from such a file",
          "put "
              + model.tokens().source()
              + ", which "
              + model.family().displayName()
              + " uses, into the folder, or name it with --tokenizer PATH or tokenizer(path)",
          e);
    }
  }

  /** The tokenizer's file, which need not exist. */
  public static Path file(Path fileOrDirectory, ModelDescription model) {
    return Tokenizers.find(fileOrDirectory, model.tokens().format());
  }

  private static int orNone(@Nullable Integer id) {
    return id == null ? SpecialTokens.NONE : id;
  }

  /**
   * Tokens without a row in the embedding may be there, as a pad token often is, if no text is
   * spelt with them.
   */
  private static void requireEmbedded(Path file, Tokenizer tokenizer, int rows) {
    for (int id = rows; id < tokenizer.vocabularySize(); id++) {
      if (!tokenizer.isSpecial(id)) {
        throw new ModelLoadException(
            file,
            "vocabulary",
            "has "
                + tokenizer.vocabularySize()
                + " pieces, the model's vocab_size is "
                + rows
                + ": text may hold '"
                + tokenizer.piece(id)
                + "', which has no embedding",
            "use the tokenizer this model was trained with");
      }
    }
  }

  /** A vocabulary of another size moves the tokens behind it. */
  private static void requireKnown(Path file, Tokenizer tokenizer, TokenNeeds needs) {
    needs
        .known()
        .forEach(
            (text, id) -> {
              OptionalInt found = tokenizer.id(text);
              if (found.isEmpty() || found.getAsInt() != id) {
                throw new ModelLoadException(
                    file,
                    text,
                    (found.isEmpty() ? "is no token" : "is the token " + found.getAsInt())
                        + ", it is "
                        + id
                        + " to the model's config.json",
                    "use " + needs.source());
              }
            });
  }

  /** What config.json states, else the tokenizer's own; none that has no embedding. */
  private static OptionalInt role(
      Path file, Tokenizer tokenizer, @Nullable Integer stated, int own, String role, int rows) {
    OptionalInt id =
        stated != null
            ? OptionalInt.of(stated)
            : own != SpecialTokens.NONE ? OptionalInt.of(own) : named(file, tokenizer, role);
    return id.isPresent() && id.getAsInt() < rows ? id : OptionalInt.empty();
  }

  private static OptionalInt named(Path file, Tokenizer tokenizer, String role) {
    return ExtraTokens.named(file, role).map(tokenizer::id).orElse(OptionalInt.empty());
  }

  private static Set<Integer> end(
      Path directory, Path file, Tokenizer tokenizer, List<Integer> stated, int rows) {
    Set<Integer> ids = EndTokens.read(directory, stated, rows);
    if (!ids.isEmpty()) {
      return ids;
    }
    OptionalInt own =
        tokenizer.eos() != SpecialTokens.NONE
            ? OptionalInt.of(tokenizer.eos())
            : named(file, tokenizer, "eos_token");
    if (own.isEmpty() || own.getAsInt() >= rows) {
      throw missing(directory.resolve("config.json"), "eos_token_id");
    }
    return Set.of(own.getAsInt());
  }

  private static ModelLoadException missing(Path json, String key) {
    return new ModelLoadException(
        json,
        key,
        "is missing, and the tokenizer names no such token either",
        "add the id to config.json");
  }
}
