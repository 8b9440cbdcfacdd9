/* SPDX-License-Identifier: MIT */
/* Nobody has a limit to raise. */
#include "support.h"

void support_many_descriptors(void)
{
}
