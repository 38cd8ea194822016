/**
 * How the next token is chosen from logits: greedy or drawn, over the whole vocabulary or the ids
 * of a grammar.
 */
@NullMarked
package io.fovea.decoding;

import org.jspecify.annotations.NullMarked;
