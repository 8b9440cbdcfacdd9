/* SPDX-License-Identifier: MIT */
/* The addresses at which this layer has mapped something. */
#include "nspr.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static nspr__view *views;

bool nspr__view_add(const nspr__view *view)
{
	nspr__view *copy = malloc(sizeof(*copy));

	if (copy == NULL)
		return false;
	*copy = *view;
	pthread_mutex_lock(&lock);
	copy->next = views;
	views = copy;
	pthread_mutex_unlock(&lock);
	return true;
}

static size_t pages(size_t bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return bytes / page + (bytes % page != 0);
}

nspr__end nspr__view_end(void *address, size_t length, const void *owner)
{
	nspr__end result = NSPR__NOT_OURS;
	nspr__view *view = NULL;

	pthread_mutex_lock(&lock);
	for (nspr__view **at = &views; *at != NULL; at = &(*at)->next) {
		if ((*at)->address != address || (*at)->owner != owner)
			continue;
		if (length != 0 && pages(length) != pages((*at)->length)) {
			result = NSPR__OTHER_LENGTH;
			break;
		}
		view = *at;
		*at = view->next;
		result = NSPR__ENDED;
		break;
	}
	pthread_mutex_unlock(&lock);
	if (view == NULL)
		return result;
	if (view->mapping != NULL)
		shmem_mapping_close(&view->mapping);
	else
		munmap(view->address, view->length);
	free(view);
	return result;
}
