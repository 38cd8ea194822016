/** Commands run in this process, against the bundled model and against damaged inputs. */
@NullMarked
package io.fovea.cli;

import org.jspecify.annotations.NullMarked;
