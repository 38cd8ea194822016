/**
 * What a model family brings besides its layers: its tokenizer, and the ids of tokens with a role.
 */
@NullMarked
package io.fovea.family;

import org.jspecify.annotations.NullMarked;
