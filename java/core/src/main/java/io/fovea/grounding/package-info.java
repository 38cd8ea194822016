/**
 * Boxes in text: the {@link Dialects dialects} that models speak them in, operations on screens,
 * the rules that keep generated boxes well formed, masks, and drawing all of them.
 */
@NullMarked
package io.fovea.grounding;

import org.jspecify.annotations.NullMarked;
