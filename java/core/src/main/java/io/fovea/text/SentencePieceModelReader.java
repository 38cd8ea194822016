package io.fovea.text;

import io.fovea.ModelLoadException;
import io.fovea.text.PieceTable.Kind;
import io.fovea.text.SentencePieceModel.SpecialIds;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Reads the protocol-buffers file that the SentencePiece library writes (its
 * sentencepiece_model.proto; field numbers below are from there). Byte-pair and unigram models
 * only.
 */
final class SentencePieceModelReader {
  private static final int MAX_PIECES = 1 << 20; // the largest published vocabularies have 2^18
  private static final int MAX_PIECE_BYTES = 7999; // the library's own limit
  private static final int MODEL_TYPE_UNIGRAM = 1;
  private static final int MODEL_TYPE_BPE = 2;
  private static final String[] MODEL_TYPES = {"", "unigram", "BPE", "word", "character"};

  private final Path file;
  private final byte[] bytes; // the file, then the texts of added tokens
  private final int modelBytes;
  private final PieceTable pieces;

  // trainer_spec, with the defaults of the format
  private long modelType = MODEL_TYPE_UNIGRAM;
  private boolean treatWhitespaceAsSuffix;
  private boolean byteFallback;
  private String unknownSurface = " \u2047 ";
  private String bosPiece = "<s>";
  private String eosPiece = "</s>";
  private String padPiece = "<pad>";

  // normalizer_spec
  private Optional<CharacterMap> characterMap = Optional.empty();
  private boolean addDummyPrefix = true;
  private boolean removeExtraWhitespaces = true;
  private boolean escapeWhitespaces = true;

  private SentencePieceModelReader(Path file, byte[] content, byte[] extra) {
    this.file = file;
    modelBytes = content.length;
    bytes = Arrays.copyOf(content, content.length + extra.length);
    System.arraycopy(extra, 0, bytes, modelBytes, extra.length);
    pieces = new PieceTable(bytes);
  }

  /**
   * @throws ModelLoadException if the file cannot be read, is damaged, or is of a kind that this
   *     tokenizer does not compute exactly
   */
  static SentencePieceModel read(Path file, List<ExtraToken> extra) {
    byte[] content = TokenizerFile.content(file, "tokenizer.model", SentencePieceModel.REMEDY);
    return parse(file, content, extra);
  }

  /** As {@link #read}, from the content of {@code file}. */
  static SentencePieceModel parse(Path file, byte[] content, List<ExtraToken> extra) {
    ByteAppender texts = new ByteAppender(0);
    extra.forEach(token -> texts.append(Utf8.encode(token.text())));
    SentencePieceModelReader reader = new SentencePieceModelReader(file, content, texts.toArray());
    reader.readModel();
    reader.addPieces(extra);
    return reader.model();
  }

  /** Adds tokens whose ids go on after those of the file; ids between them stand for nothing. */
  private void addPieces(List<ExtraToken> extra) {
    int own = pieces.size();
    int at = modelBytes;
    for (ExtraToken token : extra) {
      int end = at + Utf8.encode(token.text()).length;
      if (token.id() >= own) {
        if (token.id() >= MAX_PIECES || token.id() < pieces.size()) {
          throw fail("added token '" + token.text() + "'", "has the id " + token.id());
        }
        while (pieces.size() < token.id()) {
          pieces.add(at, at, 0, Kind.CONTROL);
        }
        pieces.add(at, end, 0, token.special() ? Kind.CONTROL : Kind.USER_DEFINED);
      }
      at = end;
    }
  }

  private void readModel() {
    ProtobufReader model = new ProtobufReader(file, "model", bytes, 0, modelBytes);
    while (model.next()) {
      switch (model.field()) {
        case 1 -> readPiece(model.nested("pieces[" + pieces.size() + "]"));
        case 2 -> readTrainerSpec(model.nested("trainer_spec"));
        case 3 -> readNormalizerSpec(model.nested("normalizer_spec"));
        case 5 -> readDenormalizerSpec(model.nested("denormalizer_spec"));
        default -> model.skip();
      }
    }
  }

  private void readPiece(ProtobufReader message) {
    int start = 0;
    int end = 0;
    float score = 0;
    long type = 1;
    while (message.next()) {
      switch (message.field()) {
        case 1 -> {
          ProtobufReader text = message.nested("piece");
          start = text.start();
          end = start + text.length();
        }
        case 2 -> score = message.float32();
        case 3 -> type = message.varint();
        default -> message.skip();
      }
    }
    if (pieces.size() == MAX_PIECES) {
      throw message.fail("more than " + MAX_PIECES + " pieces");
    }
    if (start == end || end - start > MAX_PIECE_BYTES) {
      throw message.fail(
          "is " + (end - start) + " bytes long, 1 to " + MAX_PIECE_BYTES + " allowed");
    }
    if (!Utf8.isWellFormed(bytes, start, end) || contains(start, end, (byte) 0)) {
      throw message.fail("is not UTF-8 without NUL");
    }
    Optional<Kind> kind = Kind.of(type);
    if (kind.isEmpty() || Float.isNaN(score)) {
      throw message.fail("has type " + type + " and score " + score);
    }
    pieces.add(start, end, score, kind.get());
  }

  private boolean contains(int start, int end, byte wanted) {
    for (int i = start; i < end; i++) {
      if (bytes[i] == wanted) {
        return true;
      }
    }
    return false;
  }

  private void readTrainerSpec(ProtobufReader spec) {
    while (spec.next()) {
      switch (spec.field()) {
        case 3 -> modelType = spec.varint();
        case 24 -> treatWhitespaceAsSuffix = spec.bool();
        case 35 -> byteFallback = spec.bool();
        case 44 -> unknownSurface = string(spec.nested("trainer_spec.unk_surface"));
        case 46 -> bosPiece = string(spec.nested("trainer_spec.bos_piece"));
        case 47 -> eosPiece = string(spec.nested("trainer_spec.eos_piece"));
        case 48 -> padPiece = string(spec.nested("trainer_spec.pad_piece"));
        default -> spec.skip();
      }
    }
  }

  private void readNormalizerSpec(ProtobufReader spec) {
    while (spec.next()) {
      switch (spec.field()) {
        case 2 -> {
          ProtobufReader map = spec.nested("normalizer_spec.precompiled_charsmap");
          characterMap = map.length() == 0 ? Optional.empty() : Optional.of(characterMap(map));
        }
        case 3 -> addDummyPrefix = spec.bool();
        case 4 -> removeExtraWhitespaces = spec.bool();
        case 5 -> escapeWhitespaces = spec.bool();
        default -> spec.skip();
      }
    }
  }

  private CharacterMap characterMap(ProtobufReader map) {
    int start = map.start();
    return CharacterMap.parse(Arrays.copyOfRange(bytes, start, start + map.length()))
        .orElseThrow(() -> map.fail("its trie does not fit into its " + map.length() + " bytes"));
  }

  private void readDenormalizerSpec(ProtobufReader spec) {
    while (spec.next()) {
      if (spec.field() == 2 && spec.nested("precompiled_charsmap").length() > 0) {
        throw spec.fail("rewriting of decoded text is not supported");
      } else if (spec.field() != 2) {
        spec.skip();
      }
    }
  }

  private String string(ProtobufReader value) {
    int start = value.start();
    if (!Utf8.isWellFormed(bytes, start, start + value.length())) {
      throw value.fail("is not UTF-8");
    }
    return new String(bytes, start, value.length(), StandardCharsets.UTF_8);
  }

  private SentencePieceModel model() {
    boolean unigram = modelType == MODEL_TYPE_UNIGRAM;
    if (modelType != MODEL_TYPE_BPE && !unigram) {
      boolean known = modelType > 0 && modelType < MODEL_TYPES.length;
      String name = known ? MODEL_TYPES[(int) modelType] : "type " + modelType;
      throw fail(
          "trainer_spec.model_type", "is a " + name + " model, only BPE and unigram are supported");
    }
    if (treatWhitespaceAsSuffix) {
      throw fail("trainer_spec.treat_whitespace_as_suffix", "is set, which is not supported");
    }
    PieceIndex index = new PieceIndex(pieces);
    for (int id = 0; id < pieces.size(); id++) {
      if (pieces.length(id) > 0 && !index.add(id)) {
        throw fail("pieces[" + id + "]", "repeats the piece '" + pieces.text(id) + "'");
      }
    }
    return new SentencePieceModel(
        pieces,
        index,
        unigram ? Optional.of(UnigramPieces.of(pieces)) : Optional.empty(),
        specialIds(index),
        bytePieces(index),
        unknownSurface,
        characterMap,
        addDummyPrefix,
        removeExtraWhitespaces,
        escapeWhitespaces);
  }

  /** With byte fallback there are 256 byte pieces, without it none. */
  private Optional<BytePieces> bytePieces(PieceIndex index) {
    long count =
        IntStream.range(0, pieces.size()).filter(id -> pieces.kind(id) == Kind.BYTE).count();
    Optional<BytePieces> found = BytePieces.of(pieces, index);
    if (count != (byteFallback ? BytePieces.COUNT : 0) || found.isPresent() != byteFallback) {
      throw fail(
          "trainer_spec.byte_fallback", "is " + byteFallback + " with " + count + " byte pieces");
    }
    return found;
  }

  private SpecialIds specialIds(PieceIndex index) {
    int unknown = PieceIndex.ABSENT;
    for (int id = 0; id < pieces.size(); id++) {
      if (pieces.kind(id) == Kind.UNKNOWN) {
        if (unknown != PieceIndex.ABSENT) {
          throw fail("pieces[" + id + "]", "is a second unknown piece");
        }
        unknown = id;
      }
    }
    if (unknown == PieceIndex.ABSENT) {
      throw fail("pieces", "there is no unknown piece");
    }
    int pad = control(index, padPiece);
    return new SpecialIds(
        unknown,
        required(index, "trainer_spec.bos_piece", bosPiece),
        required(index, "trainer_spec.eos_piece", eosPiece),
        pad == PieceIndex.ABSENT ? unknown : pad);
  }

  private int required(PieceIndex index, String field, String piece) {
    int id = control(index, piece);
    if (id == PieceIndex.ABSENT) {
      throw fail(field, "there is no control piece '" + piece + "'");
    }
    return id;
  }

  private int control(PieceIndex index, String piece) {
    int id = index.find(piece);
    return id != PieceIndex.ABSENT && pieces.kind(id) == Kind.CONTROL ? id : PieceIndex.ABSENT;
  }

  private ModelLoadException fail(String field, String problem) {
    return new ModelLoadException(file, field, problem, SentencePieceModel.REMEDY);
  }
}
