package io.fovea.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the cached pages hold: a tree, a page in each node, in which the way from the root to a node
 * spells the tokens up to its page's end. Tokens are compared one by one, so no two prefixes are
 * ever taken for each other. Pages that no sequence holds are given up in order of their last use,
 * and none before those that continue it.
 *
 * <p>A token's key says all that its keys and values depend on besides the tokens before it: the
 * word, or the picture and the place in it, and how the model tells positions in its sequence.
 */
final class CachedPrefixes {
  /** A page and the keys of its tokens, 64 of them where other pages continue it. */
  static final class Node {
    private final @Nullable Node parent;
    private final long[] keys;
    private final int page;
    private final Map<Long, List<Node>> children = new HashMap<>(2); // by the first key

    private Node(@Nullable Node parent, long[] keys, int page) {
      this.parent = parent;
      this.keys = keys;
      this.page = page;
    }

    int page() {
      return page;
    }
  }

  /** A node whose first {@code slots} tokens are those sought. */
  record Match(Node node, int slots) {}

  private final Node root = new Node(null, new long[0], -1);

  // No sequence holds these. A sequence gives its last page back first, so that a page comes after
  // all that continue it.
  private final LinkedHashSet<Node> idle = new LinkedHashSet<>();

  /** Pages that no sequence holds. */
  int idle() {
    return idle.size();
  }

  /**
   * The page that continues {@code parent} with the longest run of the tokens sought.
   *
   * @param parent null for the beginning
   * @param keys sought from {@code from} to {@code to}
   */
  @Nullable Match longest(@Nullable Node parent, long[] keys, int from, int to) {
    Match best = null;
    if (from >= to) {
      return null;
    }
    Node above = parent == null ? root : parent;
    for (Node node : above.children.getOrDefault(keys[from], List.of())) {
      int differs = Arrays.mismatch(node.keys, 0, node.keys.length, keys, from, to);
      int slots = differs < 0 ? node.keys.length : differs;
      if (best == null || slots > best.slots()) {
        best = new Match(node, slots);
      }
    }
    return best;
  }

  /**
   * Adds a page that a sequence holds.
   *
   * @param parent null for the beginning
   */
  Node add(@Nullable Node parent, long[] keys, int page) {
    Node node = new Node(parent == null ? root : parent, keys, page);
    (parent == null ? root : parent)
        .children
        .computeIfAbsent(keys[0], first -> new ArrayList<>(1))
        .add(node);
    return node;
  }

  /** A sequence holds this idle page again. */
  void markHeld(Node node) {
    idle.remove(node);
  }

  /** No sequence holds this page any more. */
  void markIdle(Node node) {
    idle.add(node);
  }

  /**
   * Forgets the idle page used longest ago.
   *
   * @return the page, or -1 where all are held
   */
  int evict() {
    Iterator<Node> oldest = idle.iterator();
    if (!oldest.hasNext()) {
      return -1;
    }
    Node node = oldest.next();
    oldest.remove();
    if (!node.children.isEmpty() || node.parent == null) {
      throw new IllegalStateException("a cached page was given up before those that continue it");
    }
    node.parent.children.computeIfPresent(
        node.keys[0], (first, siblings) -> without(siblings, node));
    return node.page;
  }

  private static @Nullable List<Node> without(List<Node> nodes, Node node) {
    nodes.remove(node);
    return nodes.isEmpty() ? null : nodes;
  }
}
