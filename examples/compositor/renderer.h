/* SPDX-License-Identifier: MIT */
/* A process that draws. */
#ifndef COMPOSITOR_RENDERER_H
#define COMPOSITOR_RENDERER_H

/* What the process does that was started for it. `what` is "sky" or "balls";
 * with `crash_at` it dies while it draws that frame (-1: never). Its exit code.
 */
int renderer_main(const char *what, long crash_at);

#endif
