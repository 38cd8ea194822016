/** Number formats that Java lacks: bf16, binary16, e4m3. */
@NullMarked
package io.fovea.tools.numbers;

import org.jspecify.annotations.NullMarked;
