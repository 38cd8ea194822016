package io.fovea.grounding;

import io.fovea.InvalidRequestException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The dialects that are known, by name. */
public final class Dialects {
  private static final Map<String, GroundingDialect> BY_NAME =
      List.<GroundingDialect>of(
              new CogVlmDialect(),
              new CogAgentDialect(),
              new KosmosDialect(),
              PairsDialect.qwenVl(),
              PairsDialect.qwenVlEvaluation(),
              PairsDialect.qwen2Vl(),
              JsonDialect.qwen2Point5(),
              JsonDialect.qwen3(),
              new OfaDialect(),
              new FlorenceDialect(FlorenceDialect.Kind.BOXES),
              new FlorenceDialect(FlorenceDialect.Kind.QUADS),
              new FlorenceDialect(FlorenceDialect.Kind.OUTLINES),
              new PaliGemmaDialect(),
              ListsDialect.internVl(),
              ListsDialect.deepSeek(),
              new BracesDialect(),
              new FerretDialect(),
              new ShikraDialect(),
              new NextChatDialect(),
              CandidatesDialect.groma(),
              new MolmoDialect(),
              new MolmoTracksDialect(),
              new GlmDialect(),
              JsonDialect.gemini(),
              new MiniCpmDialect(),
              new OcrBoxDialect(),
              new RexOmniDialect(),
              CandidatesDialect.chatRex(),
              PairsDialect.ovis())
          .stream()
          .collect(
              Collectors.toMap(
                  GroundingDialect::name, each -> each, (a, b) -> a, LinkedHashMap::new));

  private Dialects() {}

  /** All of them, related ones next to each other. */
  public static List<GroundingDialect> all() {
    return List.copyOf(BY_NAME.values());
  }

  /**
   * The dialect of this name, in any case.
   *
   * @throws InvalidRequestException where there is none; it lists the names
   */
  public static GroundingDialect named(String name) {
    GroundingDialect dialect = BY_NAME.get(name.toLowerCase(Locale.ROOT));
    if (dialect == null) {
      throw new InvalidRequestException(
          "there is no dialect '" + name + "'", "choose of " + String.join(", ", BY_NAME.keySet()));
    }
    return dialect;
  }

  /**
   * The dialects that a text may be in. One where it has tags or JSON members that only one dialect
   * has; several where its boxes are bare numbers, which mean different places in each, or where it
   * has the tags of several; none where it has no boxes that any dialect knows.
   */
  public static List<GroundingDialect> detect(String text) {
    return DialectSigns.candidates(text).stream().map(Dialects::named).toList();
  }
}
