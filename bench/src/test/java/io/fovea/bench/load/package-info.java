@NullMarked
package io.fovea.bench.load;

import org.jspecify.annotations.NullMarked;
