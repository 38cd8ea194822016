/** Writes model directories: sharded, resumable, whole or not at all. */
@NullMarked
package io.fovea.tools.output;

import org.jspecify.annotations.NullMarked;
