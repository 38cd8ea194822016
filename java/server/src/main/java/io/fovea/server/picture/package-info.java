/** Where pictures come from: data in the request, uploads kept for a while, and other servers. */
@NullMarked
package io.fovea.server.picture;

import org.jspecify.annotations.NullMarked;
