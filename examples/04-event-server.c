/* SPDX-License-Identifier: MIT */
/*
 * How does one thread serve many processes?
 *
 * With libevent: a server listens, and each client's channel is attached to the
 * loop. Here the clients send segments of text, the server changes the text
 * where it lies and sends the segments back.
 */
#include <ctype.h>
#include <event2/event.h>
#include <event2/thread.h>
#include <shmem/event.h>
#include <shmem/shmem.h>
#include <string.h>
#include <unistd.h>

#include "must.h"

enum { CLIENTS = 50, TEXTS = 20 };

static struct event_base *base;
static int served;
static int gone;

static int client(const char *address)
{
	SHMEM_AUTO(shmem_channel_close) shmem_channel *server = NULL;
	int good = 0;

	must(shmem_channel_connect(address, NULL, 10000, &server), "connect");
	for (int i = 0; i < TEXTS; i++) {
		SHMEM_AUTO(shmem_segment_free) shmem_segment *text = NULL;

		must(shmem_segment_alloc(server, 4096, &text), "alloc");
		strcpy(shmem_segment_data(text), "shall i be loud?");
		must(shmem_segment_send(server, &text), "send");
		must(shmem_segment_recv(server, 10000, &text), "receive");
		good += strcmp(shmem_segment_data(text), "SHALL I BE LOUD?") ==
			0;
	}
	return good == TEXTS ? 0 : 1;
}

static void on_message(shmem_event *event, shmem_message *take, void *arg)
{
	SHMEM_AUTO(shmem_message_free) shmem_message *message = take;
	SHMEM_AUTO(shmem_segment_free) shmem_segment *text = NULL;

	(void)arg;
	if (shmem_message_pop_segment(message, &text) != 0)
		return;
	for (char *c = shmem_segment_data(text); *c != '\0'; c++)
		*c = (char)toupper((unsigned char)*c);
	must(shmem_segment_send(shmem_event_channel(event), &text), "reply");
	served++;
}

static void on_closed(shmem_event *event, int reason, void *arg)
{
	shmem_channel *channel = shmem_event_channel(event);

	(void)reason;
	(void)arg;
	shmem_event_detach(&event);
	shmem_channel_close(&channel);
	if (++gone == CLIENTS)
		event_base_loopbreak(base);
}

static void on_client(void *arg)
{
	const shmem_event_ops ops = {.size = sizeof(ops),
				     .message = on_message,
				     .closed = on_closed};
	shmem_channel *channel = NULL;
	shmem_event *event = NULL;

	while (shmem_listener_accept(arg, NULL, 0, &channel) == 0)
		must(shmem_event_attach(base, channel, &ops, NULL, &event),
		     "attach");
}

static struct event_base *new_base(void)
{
#ifdef _WIN32
	/* What libevent needs there, and other threads wake the loop. */
	WSADATA data;

	must(WSAStartup(MAKEWORD(2, 2), &data), "sockets");
	evthread_use_windows_threads();
#endif
	return event_base_new();
}

int main(int argc, char **argv)
{
	SHMEM_AUTO(shmem_listener_close) shmem_listener *listener = NULL;
	shmem_process *clients[CLIENTS] = {NULL};
	shmem_event_watcher *incoming = NULL;
	char address[64];
	int well = 0;

	if (argc > 2)
		return client(argv[2]);
	snprintf(address, sizeof(address), "/tmp/shmem-server-%d",
		 (int)getpid());
	must(shmem_listener_open(address, &listener), "listen");
	base = new_base();
	must(shmem_event_watch(base, shmem_listener_pollable(listener),
			       on_client, listener, &incoming),
	     "watch");
	for (int i = 0; i < CLIENTS; i++) {
		const char *const args[] = {argv[0], "client", address, NULL};
		shmem_spawn_opts opts = SHMEM_SPAWN_OPTS_INIT;

		opts.path = argv[0];
		opts.argv = args;
		must(shmem_process_spawn(&opts, &clients[i], NULL), "spawn");
	}
	event_base_dispatch(base);
	shmem_event_unwatch(&incoming);
	event_base_free(base);
	for (int i = 0; i < CLIENTS; i++) {
		int status = 1;

		must(shmem_process_wait(clients[i], -1, &status), "wait");
		shmem_process_close(&clients[i]);
		well += status == 0;
	}
	printf("one thread served %d texts to %d processes\n", served, well);
	return 0;
}
