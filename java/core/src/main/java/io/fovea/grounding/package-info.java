/**
 * Boxes in text: the dialect a model speaks them in, operations on screens, the rules that keep
 * generated boxes well formed, and drawing them.
 */
@NullMarked
package io.fovea.grounding;

import org.jspecify.annotations.NullMarked;
