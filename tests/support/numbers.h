/* SPDX-License-Identifier: MIT */
/*
 * Descriptors, or handles, by the numbers that the system knows them by: what a
 * test, or somebody who wants to do harm, does to them without the library.
 */
#ifndef SHMEM_TESTS_NUMBERS_H
#define SHMEM_TESTS_NUMBERS_H

#include "support.h"

/* Whether there is anything; whether a program that is started gets it. */
bool support_is_open(intptr_t number);
bool support_is_inherited(intptr_t number);

void support_close(intptr_t number);

/* Another number for the same, which is inherited. */
intptr_t support_copy(intptr_t number);

/* The number means what `other` means from here on, and is inherited. What it
 * meant before is closed, if there was anything. */
void support_becomes(intptr_t number, intptr_t other);

/* Whether the object can be written by it, in any way that there is. */
bool support_can_write(intptr_t number);

/* Opened once more, for writing, by who has it: -1 where there is no way. */
intptr_t support_opened_again(intptr_t number);

/* Whether memory can be made shorter or longer. */
bool support_can_resize(intptr_t number, uint64_t bytes);

/* Things that are no end of a channel, and what is to be closed with them. */
#define SUPPORT_WRONG_ENDS 6
void support_wrong_ends(unsigned which, intptr_t ret[2]);

/* Whether others can find the object by a name. */
bool support_has_name(intptr_t number);

#endif
