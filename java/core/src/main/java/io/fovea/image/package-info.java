/**
 * Pictures from files and memory to packed RGB bytes, as the reference's picture library reads
 * them.
 */
@NullMarked
package io.fovea.image;

import org.jspecify.annotations.NullMarked;
