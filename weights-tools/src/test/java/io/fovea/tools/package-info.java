/** Tests of the checkpoint tools. */
@NullMarked
package io.fovea.tools;

import org.jspecify.annotations.NullMarked;
