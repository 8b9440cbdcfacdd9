/* SPDX-License-Identifier: MIT */
/* A program that is started with handles and a channel, until its end. */
#include "base/error.h"
#include "base/fault.h"
#include "base/opts.h"
#include "base/os.h"
#include "handle/handle.h"
#include "transport/channel.h"
#include "transport/inherit.h"
#include "transport/process_os.h"
#include "transport/socket.h"

#include <shmem/process.h>

#define HANDLES_MAX 64

struct shmem_process {
	int pid;
	shmem_os_handle watch; /* INVALID where there is no such thing */
	bool ended;            /* and reaped: `status` is its status */
	int status;
};

/* What a spawn holds until it is done. */
typedef struct launch {
	shmem_handle *copies[HANDLES_MAX]; /* with the program's rights */
	shmem_os_handle ends[2];           /* of the channel: ours, theirs */
	shmem__passed passed[SHMEM__START_MAX];
	size_t passed_count;
	shmem_os_handle pass[SHMEM__START_MAX]; /* empty handles have none */
	size_t pass_count;
	const char *path_only[2];
	char *text;
	const char **env;
} launch;

static int check(const shmem_spawn_opts *o)
{
	if (o->path == NULL || o->path[0] == '\0' ||
	    o->handle_count > HANDLES_MAX ||
	    (o->handle_count > 0 && o->handles == NULL))
		return SHMEM_E_INVAL;
	for (size_t i = 0; i < o->handle_count; i++) {
		if (o->handles[i].handle == NULL ||
		    !shmem__inherit_name_ok(o->handles[i].name))
			return SHMEM_E_INVAL;
		for (size_t j = 0; j < i; j++)
			if (strcmp(o->handles[i].name, o->handles[j].name) == 0)
				return SHMEM_E_INVAL;
		if (o->handles[i].handle->named)
			return SHMEM_E_UNSUPPORTED;
	}
	return 0;
}

static void pass_on(launch *l, const char *name, const shmem_handle *handle,
		    shmem_os_handle os)
{
	shmem__passed *p = &l->passed[l->passed_count++];

	*p = (shmem__passed){name, handle, os, SHMEM_OS_HANDLE_INVALID};
	if (os == SHMEM_OS_HANDLE_INVALID)
		return;
	p->number = shmem__start_number(os, l->pass_count);
	l->pass[l->pass_count++] = os;
}

static int pass_handles(launch *l, const shmem_spawn_opts *o)
{
	for (size_t i = 0; i < o->handle_count; i++) {
		const shmem_spawn_handle *h = &o->handles[i];
		int err = shmem_handle_duplicate(h->handle, h->access,
						 &l->copies[i]);

		if (err != 0)
			return err;
		pass_on(l, h->name, l->copies[i], l->copies[i]->os);
	}
	return 0;
}

static int pass_channel(launch *l, const shmem_spawn_opts *o)
{
	shmem_channel_opts known;
	int err = shmem__channel_options(o->channel, &known);

	if (err == 0)
		err = shmem__socket_pair(known.queue_bytes, l->ends);
	if (err == 0)
		pass_on(l, NULL, NULL, l->ends[1]);
	return err;
}

static bool is_inherit(const char *variable)
{
	size_t n = strlen(SHMEM__INHERIT);

	return strncmp(variable, SHMEM__INHERIT, n) == 0 && variable[n] == '=';
}

/* The given environment, with our variable in place of any that was there. */
static int make_env(launch *l, const char *const *given)
{
	size_t n = 0;
	int err;

	if (given == NULL)
		given = shmem__environment();
	while (given != NULL && given[n] != NULL)
		n++;
	l->env = shmem__calloc(n + 2, sizeof(*l->env));
	if (l->env == NULL)
		return SHMEM_E_NOMEM;
	n = 0;
	if (l->passed_count > 0) {
		err = shmem__inherit_text(l->passed, l->passed_count, &l->text);
		if (err != 0)
			return err;
		l->env[n++] = l->text;
	}
	for (; given != NULL && *given != NULL; given++)
		if (!is_inherit(*given))
			l->env[n++] = *given;
	return 0;
}

static int start(launch *l, const shmem_spawn_opts *o, shmem_process *process)
{
	l->path_only[0] = o->path;
	l->path_only[1] = NULL;

	shmem__start s = {
		.path = o->path,
		.argv = o->argv != NULL ? o->argv : l->path_only,
		.env = l->env,
		.pass = l->pass,
		.pass_count = l->pass_count,
		.outlives = o->outlives,
	};

	return shmem__process_start(&s, &process->pid, &process->watch);
}

static int open_channel(launch *l, const shmem_spawn_opts *o,
			shmem_channel **ret)
{
	int err = shmem__channel_over(l->ends[0], SHMEM__ROLE_FIRST, o->channel,
				      0, SHMEM_OS_HANDLE_INVALID, ret);

	if (err == 0)
		l->ends[0] = SHMEM_OS_HANDLE_INVALID;
	return err;
}

/* Until it greets. Whoever does that is the peer, and is watched from then on:
 * not this process, which may be a wrapper that ends long before. */
static void expect(shmem_channel *channel, const shmem_process *process)
{
	channel->peer_pid = process->pid;
	channel->watch.peer_pid = process->pid;
	shmem__socket_expect(&channel->link.sock, process->pid);
	shmem__lend_begin(channel);
}

static void drop(launch *l)
{
	for (size_t i = 0; i < HANDLES_MAX; i++)
		shmem_handle_close(&l->copies[i]);
	shmem__object_close(l->ends[0]);
	shmem__object_close(l->ends[1]);
	shmem__free(l->text);
	shmem__free(l->env);
}

int shmem_process_spawn(const shmem_spawn_opts *opts, shmem_process **ret,
			shmem_channel **ret_channel)
{
	launch l = {.ends = {SHMEM_OS_HANDLE_INVALID, SHMEM_OS_HANDLE_INVALID}};
	shmem_process *process = NULL;
	shmem_channel *channel = NULL;
	shmem_spawn_opts o;
	int err;

	err = ret == NULL ? SHMEM_E_INVAL
			  : shmem__opts_copy(&o, sizeof(o), opts);
	if (err == 0)
		err = check(&o);
	if (err != 0)
		return err;
	process = shmem__calloc(1, sizeof(*process));
	if (process == NULL)
		return SHMEM_E_NOMEM;
	err = pass_handles(&l, &o);
	if (err == 0 && ret_channel != NULL)
		err = pass_channel(&l, &o);
	if (err == 0)
		err = make_env(&l, o.env);
	if (err == 0 && ret_channel != NULL)
		err = open_channel(&l, &o, &channel);
	/* Last: there is no taking back. */
	if (err == 0)
		err = start(&l, &o, process);
	if (err != 0) {
		shmem_channel_close(&channel);
		goto out;
	}
	if (ret_channel != NULL) {
		expect(channel, process);
		*ret_channel = channel;
	}
	*ret = process;
	process = NULL;
out:
	drop(&l);
	shmem__free(process);
	return err;
}

/* Looks whether it has ended. E_AGAIN, E_STATE, E_SYS. */
static int look(shmem_process *process)
{
	int err = 0;

	if (!process->ended)
		err = shmem__process_reap(process->pid, process->watch,
					  &process->status);
	if (err == 0)
		process->ended = true;
	return err;
}

int shmem_process_wait(shmem_process *process, int timeout, int *ret_status)
{
	uint64_t deadline = shmem__deadline(timeout);
	int err;

	if (process == NULL)
		return SHMEM_E_INVAL;
	for (unsigned round = 0;; round++) {
		int left;

		err = look(process);
		if (err != SHMEM_E_AGAIN)
			break;
		left = shmem__time_left(deadline);
		if (left == 0)
			return timeout == 0 ? SHMEM_E_AGAIN : SHMEM_E_TIMEDOUT;
		err = shmem__process_sleep(process->watch, left, round);
		if (err != 0)
			break;
	}
	if (err == 0 && ret_status != NULL)
		*ret_status = process->status;
	return err;
}

int shmem_process_kill(shmem_process *process)
{
	int err;

	if (process == NULL)
		return SHMEM_E_INVAL;
	/* Once it is reaped its number may be somebody else's. */
	err = look(process);
	if (err == 0 || err == SHMEM_E_STATE)
		return 0;
	if (err != SHMEM_E_AGAIN)
		return err;
	return shmem__process_kill(process->pid, process->watch);
}

int shmem_process_pid(const shmem_process *process)
{
	return process != NULL ? process->pid : 0;
}

shmem_os_handle shmem_process_pollable(const shmem_process *process)
{
	return process != NULL ? process->watch : SHMEM_OS_HANDLE_INVALID;
}

void shmem_process_close(shmem_process **take)
{
	if (take == NULL || *take == NULL)
		return;
	look(*take); /* no zombie stays of one that has ended */
	shmem__object_close((*take)->watch);
	shmem__free(*take);
	*take = NULL;
}
