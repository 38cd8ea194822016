/** What callers say about how tokens are drawn. */
@NullMarked
package io.fovea.sampling;

import org.jspecify.annotations.NullMarked;
