/* SPDX-License-Identifier: MIT */
/* Both ends of a protocol, in C or C++, out of an installed package. */
#include <stdio.h>
#include <string.h>

#include "greeter.h"

static int recv_greet(greeter_parent *actor, const words_words *words)
{
	const char **heard = (const char **)greeter_parent_arg(actor);

	*heard = words->list.count == 2 &&
				 strcmp(words->list.items[1], "world") == 0
			 ? "hello world"
			 : "something else";
	return 0;
}

int main(void)
{
	static const char *const list[] = {"hello", "world"};
	const char *heard = "nothing";
	greeter_parent_handlers parent_handlers;
	greeter_child_handlers child_handlers;
	words_words words;
	shmem_channel *a = NULL;
	shmem_channel *b = NULL;
	shmem_protocol *parent_protocol = NULL;
	shmem_protocol *child_protocol = NULL;
	greeter_parent *parent = NULL;
	greeter_child *child = NULL;
	int err = shmem_channel_pair(NULL, &a, &b);

	memset(&parent_handlers, 0, sizeof(parent_handlers));
	memset(&child_handlers, 0, sizeof(child_handlers));
	parent_handlers.recv_greet = recv_greet;
	words.list.items = list;
	words.list.count = 2;
	if (err == 0)
		err = greeter_parent_open(a, &parent_handlers, &heard,
					  &parent_protocol, &parent);
	if (err == 0)
		err = greeter_child_open(b, &child_handlers, NULL,
					 &child_protocol, &child);
	if (err == 0)
		err = greeter_child_send_greet(child, &words);
	if (err == 0)
		err = greeter_child_send_delete(&child);
	if (err == 0)
		err = shmem_protocol_run(parent_protocol);
	shmem_protocol_close(&parent_protocol);
	shmem_protocol_close(&child_protocol);
	shmem_channel_close(&a);
	shmem_channel_close(&b);
	if (err != 0 || strcmp(heard, "hello world") != 0) {
		printf("%s: %s\n", shmem_strerror(err), heard);
		return 1;
	}
	return 0;
}
