package io.fovea.text;

import java.util.Arrays;

/**
 * Strings of 16-bit symbols by their prefixes, to find all of them that begin at a place of a text
 * in one walk. Nodes are numbers; the edges lie in an open-addressing hash table with linear
 * probing over primitive arrays.
 */
final class PrefixTree {
  /** The node of the empty prefix. */
  static final int ROOT = 0;

  /** What lookups answer where there is no such node or value. */
  static final int NONE = -1;

  private static final long EMPTY = -1; // no edge: nodes are not negative

  private long[] edges = new long[1024]; // node above the low 16 bits, symbol in them
  private int[] targets = new int[edges.length];
  private int[] values = new int[512];
  private int nodes = 1;

  PrefixTree() {
    Arrays.fill(edges, EMPTY);
    values[ROOT] = NONE;
  }

  /** The node that a symbol leads to, or {@link #NONE}. */
  int child(int node, int symbol) {
    int slot = slot(edge(node, symbol));
    return edges[slot] == EMPTY ? NONE : targets[slot];
  }

  /** What was put under the prefix of a node, or {@link #NONE}. */
  int value(int node) {
    return values[node];
  }

  /**
   * Puts a string of bytes, in place of what was there.
   *
   * @param value not negative
   */
  void put(byte[] bytes, int from, int to, int value) {
    int node = ROOT;
    for (int i = from; i < to; i++) {
      node = grow(node, bytes[i] & 0xFF);
    }
    values[node] = value;
  }

  /** As {@link #put(byte[], int, int, int)}, the chars of a text. */
  void put(String text, int value) {
    int node = ROOT;
    for (int i = 0; i < text.length(); i++) {
      node = grow(node, text.charAt(i));
    }
    values[node] = value;
  }

  private int grow(int node, int symbol) {
    long edge = edge(node, symbol);
    int slot = slot(edge);
    if (edges[slot] != EMPTY) {
      return targets[slot];
    }
    if (2 * nodes > edges.length) { // at most half full
      spread();
      slot = slot(edge);
    }
    if (nodes == values.length) {
      values = Arrays.copyOf(values, 2 * nodes);
    }
    edges[slot] = edge;
    targets[slot] = nodes;
    values[nodes] = NONE;
    return nodes++;
  }

  private void spread() {
    long[] oldEdges = edges;
    int[] oldTargets = targets;
    edges = new long[2 * oldEdges.length];
    targets = new int[edges.length];
    Arrays.fill(edges, EMPTY);
    for (int old = 0; old < oldEdges.length; old++) {
      if (oldEdges[old] != EMPTY) {
        int slot = slot(oldEdges[old]);
        edges[slot] = oldEdges[old];
        targets[slot] = oldTargets[old];
      }
    }
  }

  /** The slot that holds this edge, or the free one where it would go. */
  private int slot(long edge) {
    int mask = edges.length - 1;
    long hash = edge * 0x9E3779B97F4A7C15L; // Fibonacci hashing
    int slot = (int) (hash >>> 32) & mask;
    while (edges[slot] != EMPTY && edges[slot] != edge) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private static long edge(int node, int symbol) {
    return ((long) node << 16) | symbol;
  }
}
