/**
 * PyTorch checkpoints: the pickle inside is interpreted by a small machine that builds plain data
 * and executes nothing.
 */
@NullMarked
package io.fovea.tools.pickle;

import org.jspecify.annotations.NullMarked;
