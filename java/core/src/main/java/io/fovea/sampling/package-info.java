/**
 * The next token from logits: greedy or drawn, over the whole vocabulary or the ids of a grammar.
 */
@NullMarked
package io.fovea.sampling;

import org.jspecify.annotations.NullMarked;
