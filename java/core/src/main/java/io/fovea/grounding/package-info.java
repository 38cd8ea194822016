/**
 * Boxes in text: the {@link Dialects dialects} that models speak them in, operations on screens,
 * the rules that keep generated boxes well formed, and drawing them.
 */
@NullMarked
package io.fovea.grounding;

import org.jspecify.annotations.NullMarked;
