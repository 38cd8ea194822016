package io.fovea.text;

import io.fovea.text.PieceTable.Kind;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/**
 * Splits normalised text by byte-pair encoding with SentencePiece's scores: two neighbours merge if
 * their concatenation is a piece, and its score says when.
 *
 * <p>One instance serves one text.
 */
final class BytePairEncoder implements SymbolChain.Rule {
  private final SentencePieceModel model;
  private final byte[] text;
  private final SymbolChain chain;
  private final boolean[] frozen; // by symbol: user-defined ones are never merged

  /** For each unused piece that was merged: bytes of its left half, the last time. */
  private final Map<Integer, Integer> unusedSplits = new HashMap<>();

  private int[] ids;
  private int idCount;

  /**
   * @param text normalised UTF-8
   */
  BytePairEncoder(SentencePieceModel model, SymbolMatcher symbols, byte[] text) {
    this.model = model;
    this.text = text;
    chain = new SymbolChain(text.length);
    frozen = new boolean[text.length];
    ids = new int[splitIntoSymbols(symbols) / 2 + 8];
  }

  /** The token ids; call once. */
  int[] encode() {
    chain.mergeAll(this);
    for (int symbol = chain.first(); symbol != SymbolChain.NONE; symbol = chain.next(symbol)) {
      emit(chain.start(symbol), chain.end(symbol));
    }
    return Arrays.copyOf(ids, idCount);
  }

  private int splitIntoSymbols(SymbolMatcher symbols) {
    int count = 0;
    for (int at = 0; at < text.length; count++) {
      int symbol = symbols.longestAt(text, at, text.length);
      int step = symbol > 0 ? symbol : Utf8.expectedLength(text[at]);
      int length = Math.min(step, text.length - at);
      chain.add(at, length);
      frozen[count] = symbol > 0;
      at += length;
    }
    return count;
  }

  @Override
  public float score(int left, int right) {
    if (frozen[left] || frozen[right]) {
      return Float.NaN;
    }
    int id = model.textId(text, chain.start(left), chain.end(right));
    if (id == PieceIndex.ABSENT) {
      return Float.NaN;
    }
    if (model.pieces().kind(id) == Kind.UNUSED) {
      unusedSplits.put(id, chain.length(left));
    }
    return model.pieces().score(id);
  }

  /** Always: whether two symbols merge depends on their concatenation alone. */
  @Override
  public boolean merge(int left, int right) {
    return true;
  }

  /** Emits a symbol's id; an unused piece is taken apart the way it was last put together. */
  private void emit(int from, int to) {
    int id = model.textId(text, from, to);
    if (id == PieceIndex.ABSENT) {
      emitUnknown(from, to);
    } else if (unusedSplits.containsKey(id)) {
      emitSplit(from, to);
    } else {
      add(id);
    }
  }

  private void emitSplit(int from, int to) {
    Deque<Integer> ends = new ArrayDeque<>(); // of the parts still to emit, the next one on top
    ends.push(to);
    for (int at = from; at < to; ) {
      int end = ends.element();
      Integer leftBytes = unusedSplits.get(model.textId(text, at, end));
      if (leftBytes == null) {
        emit(at, end);
        at = ends.pop();
      } else {
        ends.push(at + leftBytes);
      }
    }
  }

  /** The bytes of a character outside the vocabulary, or one unknown token for a run of them. */
  private void emitUnknown(int from, int to) {
    int unknown = model.special().unknown();
    if (model.byteFallback().isPresent()) {
      BytePieces bytePieces = model.byteFallback().get();
      for (int i = from; i < to; i++) {
        add(bytePieces.id(text[i]));
      }
    } else if (idCount == 0 || ids[idCount - 1] != unknown) {
      add(unknown);
    }
  }

  private void add(int id) {
    if (idCount == ids.length) {
      ids = Arrays.copyOf(ids, 2 * idCount);
    }
    ids[idCount++] = id;
  }
}
