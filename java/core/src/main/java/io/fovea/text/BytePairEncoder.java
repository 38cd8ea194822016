package io.fovea.text;

import io.fovea.text.PieceTable.Kind;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/**
 * Splits normalised text by byte-pair encoding (arXiv:1508.07909) with SentencePiece's scores: of
 * all neighbours whose concatenation is a piece, the pair with the highest score is merged first,
 * the leftmost among equals. O(n log n) for n characters.
 *
 * <p>One instance serves one text.
 */
final class BytePairEncoder {
  private static final int NONE = -1;

  private final SentencePieceModel model;
  private final byte[] text;

  // The characters or merged symbols of the text, a linked list in text order.
  private final int[] start;
  private final int[] length; // bytes; 0 once merged into the symbol before
  private final int[] previous;
  private final int[] next;
  private final boolean[] frozen; // user-defined symbols are never merged
  private final int symbolCount;

  private final MergeQueue queue;

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
    start = new int[text.length];
    length = new int[text.length];
    previous = new int[text.length];
    next = new int[text.length];
    frozen = new boolean[text.length];
    symbolCount = splitIntoSymbols(symbols);
    queue = new MergeQueue(symbolCount);
    ids = new int[symbolCount / 2 + 8];
  }

  /** The token ids; call once. */
  int[] encode() {
    for (int symbol = 1; symbol < symbolCount; symbol++) {
      offer(symbol - 1, symbol);
    }
    while (!queue.isEmpty()) {
      int left = queue.left();
      int mergedLength = queue.mergedLength();
      queue.remove();
      int right = next[left];
      // An entry is stale once either symbol has changed; lengths only grow, so they tell.
      if (length[left] > 0 && right != NONE && length[left] + length[right] == mergedLength) {
        merge(left, right);
      }
    }
    for (int symbol = symbolCount == 0 ? NONE : 0; symbol != NONE; symbol = next[symbol]) {
      emit(start[symbol], start[symbol] + length[symbol]);
    }
    return Arrays.copyOf(ids, idCount);
  }

  private int splitIntoSymbols(SymbolMatcher symbols) {
    int count = 0;
    for (int at = 0; at < text.length; count++) {
      int symbol = symbols.longestAt(text, at, text.length);
      int step = symbol > 0 ? symbol : Utf8.expectedLength(text[at]);
      start[count] = at;
      length[count] = Math.min(step, text.length - at);
      frozen[count] = symbol > 0;
      at += length[count];
      previous[count] = count - 1;
      next[count] = at < text.length ? count + 1 : NONE;
    }
    return count;
  }

  private void offer(int left, int right) {
    if (left == NONE || right == NONE || frozen[left] || frozen[right]) {
      return;
    }
    int mergedLength = length[left] + length[right];
    int id = model.textId(text, start[left], start[left] + mergedLength);
    if (id == PieceIndex.ABSENT) {
      return;
    }
    queue.add(model.pieces().score(id), left, mergedLength);
    if (model.pieces().kind(id) == Kind.UNUSED) {
      unusedSplits.put(id, length[left]);
    }
  }

  private void merge(int left, int right) {
    length[left] += length[right];
    length[right] = 0;
    next[left] = next[right];
    if (next[left] != NONE) {
      previous[next[left]] = left;
    }
    offer(previous[left], left);
    offer(left, next[left]);
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
