/* SPDX-License-Identifier: MIT */
/* A program that knows only what is installed, with a loop; C and C++ alike. */
#include <event2/event.h>
#include <shmem/event.h>
#include <shmem/shmem.h>
#include <stdio.h>

static struct event_base *base;

static void on_message(shmem_event *event, shmem_message *take, void *arg)
{
	(void)event;
	*(size_t *)arg = shmem_message_size(take);
	shmem_message_free(&take);
	event_base_loopbreak(base);
}

int main(void)
{
	shmem_event_ops ops = SHMEM_EVENT_OPS_INIT;
	shmem_channel *a = NULL;
	shmem_channel *b = NULL;
	shmem_event *event = NULL;
	shmem_message *message = NULL;
	size_t size = 0;

	ops.message = on_message;
	base = event_base_new();
	if (base == NULL || shmem_channel_pair(NULL, &a, &b) != 0 ||
	    shmem_event_attach(base, b, &ops, &size, &event) != 0 ||
	    shmem_message_new("five!", 5, &message) != 0 ||
	    shmem_channel_send(a, &message) != 0)
		return 1;
	event_base_dispatch(base);
	shmem_event_detach(&event);
	shmem_channel_close(&a);
	shmem_channel_close(&b);
	event_base_free(base);
	return size == 5 ? 0 : 2;
}
