/** Checkpoints of all file formats, read under the tensor names of the published models. */
@NullMarked
package io.fovea.tools.source;

import org.jspecify.annotations.NullMarked;
