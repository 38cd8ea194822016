/** Random checkpoints of any size and family: sources whose values follow from a seed. */
@NullMarked
package io.fovea.tools.synthetic;

import org.jspecify.annotations.NullMarked;
