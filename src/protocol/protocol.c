/* SPDX-License-Identifier: MIT */
/* A conversation's life. */
#include "protocol/protocol.h"

#include <stdarg.h>
#include <stdio.h>

bool shmem__is_error(int64_t err)
{
	switch (err) {
#define X(name, value, text) case SHMEM_E_##name:
		SHMEM_ERROR_MAP(X)
#undef X
		return true;
	default:
		return false;
	}
}

int shmem__error_of(int err)
{
	return shmem__is_error(err) ? err : SHMEM_E_INVAL;
}

int shmem_protocol_open(shmem_channel *channel, const shmem_protocol_type *type,
			const void *handlers, void *arg, shmem_protocol **ret,
			shmem_protocol_actor **ret_actor)
{
	shmem_protocol *p;
	int err;

	if (channel == NULL || handlers == NULL || ret == NULL ||
	    ret_actor == NULL)
		return SHMEM_E_INVAL;
	p = shmem__protocol_new(sizeof(*p));
	if (p == NULL)
		return SHMEM_E_NOMEM;
	p->channel = channel;
	p->type = type;
	p->refs = 1;
	p->timeout = -1;
	p->last_own = type->child ? 1 : 0;
	p->last_peer = type->child ? 0 : 1;
	err = shmem__actor_new(p, NULL, type, SHMEM__TOP_ACTOR, &p->top);
	if (err == 0)
		err = shmem__greet(p);
	if (err != 0) {
		if (p->top != NULL)
			shmem__actor_free(p->top);
		shmem__table_fini(&p->actors);
		free(p);
		return err;
	}
	p->kept = p->top;
	shmem__actor_hold(p->kept);
	shmem_protocol_bind(p->top, handlers, arg);
	*ret = p;
	*ret_actor = p->top;
	return 0;
}

void shmem__protocol_free(shmem_protocol *p)
{
	shmem__actor_release(p->kept);
	shmem__table_fini(&p->actors);
	shmem__table_fini(&p->calls);
	shmem__blocks_free(&p->scratch);
	free(p);
}

static void end_all(shmem_protocol *p, int err)
{
	p->ended = true;
	if (p->top != NULL)
		shmem__actor_end(p->top, SHMEM_PROTOCOL_CLOSED, err);
	shmem__outbox_fini(p);
}

void shmem_protocol_close(shmem_protocol **take)
{
	shmem_protocol *p = take != NULL ? *take : NULL;

	if (p == NULL)
		return;
	*take = NULL;
	if (p->status == 0)
		(void)shmem__protocol_doom(p, SHMEM_E_CLOSED,
					   "closed by this end");
	end_all(p, 0);
	shmem__ending_free(p);
	p->channel = NULL;
	shmem__protocol_unref(p);
}

int shmem__protocol_doom(shmem_protocol *p, int err, const char *format, ...)
{
	va_list args;
	int size;

	if (p->status != 0)
		return p->status;
	p->status = shmem__error_of(err);
	size = snprintf(p->text, sizeof(p->text), "%s: ", p->type->name);
	if (size < 0 || (size_t)size >= sizeof(p->text))
		return p->status;
	va_start(args, format);
	(void)vsnprintf(p->text + size, sizeof(p->text) - (size_t)size, format,
			args);
	va_end(args);
	return p->status;
}

void shmem__protocol_settle_doomed(shmem_protocol *p)
{
	p->refs++;
	end_all(p, p->status);
	shmem__protocol_unref(p);
}

void shmem_protocol_fail(shmem_protocol *p, int reason)
{
	if (p == NULL)
		return;
	(void)shmem__protocol_doom(p, reason, "the channel has ended: %s",
				   shmem_strerror(shmem__error_of(reason)));
	shmem__protocol_settle(p);
}

void shmem_protocol_set_timeout(shmem_protocol *p, int timeout)
{
	if (p != NULL)
		p->timeout = timeout;
}

int shmem_protocol_status(const shmem_protocol *p)
{
	return p != NULL ? p->status : SHMEM_E_INVAL;
}

const char *shmem_protocol_error(const shmem_protocol *p)
{
	return p != NULL ? p->text : "";
}

shmem_channel *shmem_protocol_channel(const shmem_protocol *p)
{
	return p != NULL ? p->channel : NULL;
}

void *shmem_protocol_scratch(shmem_protocol *p, size_t bytes)
{
	void *memory =
		p != NULL ? shmem__blocks_alloc(&p->scratch, bytes) : NULL;

	if (memory != NULL)
		memset(memory, 0, bytes);
	return memory;
}
