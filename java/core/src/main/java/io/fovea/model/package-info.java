/** What every model family shares: the paged KV cache. */
@NullMarked
package io.fovea.model;

import org.jspecify.annotations.NullMarked;
