/** What a tensor is: shape, dtype, device, address; views of it. No arithmetic, no native calls. */
@NullMarked
package io.fovea.tensor;

import org.jspecify.annotations.NullMarked;
