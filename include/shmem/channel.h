/* SPDX-License-Identifier: MIT */
/*
 * A channel is one end of a connection to one peer process: messages, in
 * order, all or nothing, over which segments change hands. It owns no thread;
 * use it blocking, or in any event loop: poll shmem_channel_pollable() for what
 * shmem_channel_wants() says (and shmem_channel_peer_pollable(), where there is
 * one, for readability), then call shmem_channel_recv() with timeout 0, until
 * E_AGAIN or, as a peer may never stop, a few times: no call takes long.
 *
 * Errors that every receiving or sending function may return: E_CLOSED (the
 * peer is gone), E_PROTO, E_UNTRUSTED (the peer broke the protocol or sent what
 * is not what it claims to be; the channel is closed for good, nothing that was
 * ours is lost: see reclaim), E_UNSUPPORTED (its version), E_NOMEM, E_SYS.
 *
 * Threads: a channel, its segments' transfer and its messages are used by one
 * thread at a time; another may take over. Different channels are independent.
 */
#ifndef SHMEM_CHANNEL_H
#define SHMEM_CHANNEL_H

#include <shmem/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum shmem_enforce {
	/* Pages of what is not owned are inaccessible: stops mistakes. Large
	 * segments (512 KiB of small pages, 128 MiB of huge ones) have their
	 * page tables moved to other addresses, in the same time at any size;
	 * there they stay accessible: stale pointers fault, wild ones may not.
	 * With `no_move` they are protected in place, in linear time. */
	SHMEM_ENFORCE_PROTECT = 0,
	/* They are not mapped at all, so that the new owner can have the kernel
	 * prove it. Keeps one descriptor a segment. */
	SHMEM_ENFORCE_UNMAP = 1,
	/* Nothing is enforced: for trusted peers and for comparison. */
	SHMEM_ENFORCE_NONE = 2
} shmem_enforce;

typedef struct shmem_channel_opts {
	size_t size;           /* sizeof(shmem_channel_opts) */
	shmem_enforce enforce; /* UNMAP at either end binds both */
	uint64_t max_message;  /* bytes of a received message; 1 GiB */
	uint32_t max_segments; /* live segments of the peer's making; 16384 */
	uint64_t max_bytes;    /* of memory the peer may make us map; 64 GiB
				* (with 32-bit addresses 1 GiB) */
	uint32_t queue_bytes;  /* sent but not received; 1 MiB. Of it, a socket
				* holds what net.core.wmem_max allows */
	uint32_t spin_us;      /* before a receive sleeps; 0: 50; SPIN_NEVER */
	bool nonblocking;      /* no call but those with a timeout ever waits */
	bool scrub;            /* recycled memory is zeroed before reuse */
	bool no_ring;          /* the socket only, no control ring */
	bool no_move;          /* see SHMEM_ENFORCE_PROTECT */
	uint64_t pool_bytes;   /* free memory kept for reuse; 256 MiB */
} shmem_channel_opts;
#define SHMEM_SPIN_NEVER UINT32_MAX
#define SHMEM_CHANNEL_OPTS_INIT                                                \
	{                                                                      \
		sizeof(shmem_channel_opts), SHMEM_ENFORCE_PROTECT, 0, 0, 0, 0, \
			0, false, false, false, false, 0                       \
	}

/* Two connected ends, in this process; one may go to a forked child.
 * Errors: E_INVAL (options), E_LIMIT (descriptors), E_NOMEM, E_SYS. */
SHMEM_API int shmem_channel_pair(const shmem_channel_opts *opts,
				 shmem_channel **ret_a, shmem_channel **ret_b);

/*
 * A channel over a connected AF_UNIX SOCK_SEQPACKET socket (SOCK_STREAM where
 * there is none, as on macOS) of the caller's; both ends must be adopted, and
 * nothing else may use it. *take_sock becomes SHMEM_OS_HANDLE_INVALID on
 * success. Errors: E_INVAL (options; not such a socket), E_NOMEM, E_SYS.
 */
SHMEM_API int shmem_channel_adopt(shmem_os_handle *take_sock,
				  const shmem_channel_opts *opts,
				  shmem_channel **ret);

/*
 * Connects to a listener at `address`: a path, or "@name" in the abstract
 * namespace (Linux; elsewhere E_UNSUPPORTED). Waits until the other side has
 * accepted and greeted; with timeout 0 only until it is queued there. Errors:
 * E_INVAL (address), E_NOENT (nobody listens there), E_UNSUPPORTED, E_ACCESS,
 * E_TIMEDOUT, E_CLOSED, E_LIMIT, E_NOMEM, E_SYS.
 */
SHMEM_API int shmem_channel_connect(const char *address,
				    const shmem_channel_opts *opts, int timeout,
				    shmem_channel **ret);

/*
 * Listens at `address`. A path that a dead listener left behind is taken over;
 * one that somebody listens at is E_EXISTS. close removes the path.
 * Errors: E_INVAL, E_EXISTS, E_NOENT (no such folder), E_UNSUPPORTED, E_ACCESS,
 * E_NOMEM, E_SYS.
 */
SHMEM_API int shmem_listener_open(const char *address, shmem_listener **ret);

/* The next connection. Errors: E_TIMEDOUT (timeout 0: E_AGAIN), E_INVAL,
 * E_LIMIT (descriptors; the connection stays queued), E_NOMEM, E_SYS. */
SHMEM_API int shmem_listener_accept(shmem_listener *listener,
				    const shmem_channel_opts *opts, int timeout,
				    shmem_channel **ret);
SHMEM_API shmem_os_handle
shmem_listener_pollable(const shmem_listener *listener);
SHMEM_API void shmem_listener_close(shmem_listener **take);

/*
 * Sends. Never waits, but for the greeting of a peer whose channel was adopted
 * (5 s, then E_TIMEDOUT; not with `nonblocking`). All or nothing: on any error
 * the message, and every segment in it, is still the caller's and readable.
 * Errors: E_AGAIN (queue_bytes are waiting: wants() asks for WRITE until there
 * is room), E_LIMIT (more than the peer accepts, or the user's descriptors in
 * flight), E_INVAL (another channel's segment), E_STATE (a closed one's),
 * E_UNSUPPORTED (a named handle), and those above.
 */
SHMEM_API int shmem_channel_send(shmem_channel *channel, shmem_message **take);

/*
 * The next message. What a peer sent before it died or closed is still
 * delivered, then E_CLOSED. Errors: E_AGAIN (timeout 0 and no message yet),
 * E_TIMEDOUT, E_LIMIT (no descriptor free; try again), and those above.
 */
SHMEM_API int shmem_channel_recv(shmem_channel *channel, int timeout,
				 shmem_message **ret);

/*
 * Sends a request and waits for its reply. Other messages that come in the
 * meantime are queued for recv, in order. *take is NULL once the request was
 * sent, whatever happens then: after E_TIMEDOUT and E_DEADLOCK the reply will
 * come by recv (shmem_message_reply_to() tells it).
 * E_DEADLOCK: the peer waits for us in a call of its own (or did, and has sent
 * nothing since); this side (that accepted, spawned or is `a` of a pair) gives
 * way: recv the peer's request and reply. E_NOENT: it freed ours unanswered.
 * Others: as send and recv; E_LIMIT also when the queue for messages is full.
 */
SHMEM_API int shmem_channel_call(shmem_channel *channel, shmem_message **take,
				 int timeout, shmem_message **ret_reply);

/* Sends a request without waiting; the reply comes by recv, and
 * shmem_message_reply_to() of it is *ret_id. Errors: as send; E_LIMIT also
 * with 4096 requests unanswered. */
SHMEM_API int shmem_channel_request(shmem_channel *channel,
				    shmem_message **take, uint64_t *ret_id);

/* Answers a request, once. Errors: as send; E_STATE (not a request, or
 * answered already), E_INVAL (another channel's). */
SHMEM_API int shmem_channel_reply(shmem_channel *channel,
				  const shmem_message *request,
				  shmem_message **take);

/*
 * After E_CLOSED, E_PROTO or E_UNTRUSTED: what the peer owned comes home, one
 * segment a call, until E_NOENT. *ret_contents_known says whether the bytes are
 * still what this side wrote, by the peer's own count of what it took in (a
 * hostile one can forge it). The rest is freed, and unmapped, with the channel.
 * Errors: E_STATE (the peer lives), E_NOENT, E_NOMEM, E_SYS.
 */
SHMEM_API int shmem_channel_reclaim(shmem_channel *channel, shmem_segment **ret,
				    bool *ret_contents_known);

/*
 * For event loops. pollable: what to poll. wants: for which of SHMEM_POLL_READ
 * and SHMEM_POLL_WRITE; ask anew after every call. peer_pollable becomes
 * readable when the peer process has died, even where somebody else still holds
 * its socket; INVALID where the system can't tell or before its greeting.
 * dispatch does what waits to be done (taking messages in for recv, telling the
 * peer of freed segments) and never waits; recv does the same.
 */
SHMEM_API shmem_os_handle shmem_channel_pollable(const shmem_channel *channel);
SHMEM_API shmem_os_handle
shmem_channel_peer_pollable(const shmem_channel *channel);
SHMEM_API unsigned shmem_channel_wants(const shmem_channel *channel);
SHMEM_API int shmem_channel_dispatch(shmem_channel *channel);

/* As the option `nonblocking`, from now on. Errors: E_INVAL. */
SHMEM_API int shmem_channel_set_nonblocking(shmem_channel *channel, bool on);

/* Has any call that leaves work which no poll shows (messages taken in, wants()
 * changed) call `news`, which only notes that; NULL: no more. E_INVAL. */
SHMEM_API int shmem_channel_on_news(shmem_channel *channel,
				    void (*news)(void *arg), void *arg);

/* Waits until recv (SHMEM_POLL_READ) or send (SHMEM_POLL_WRITE) may succeed or
 * has an error to tell. Errors: E_INVAL, E_TIMEDOUT, E_SYS. */
SHMEM_API int shmem_channel_wait(shmem_channel *channel, unsigned what,
				 int timeout);

/* The peer's process id; 0 while unknown, or where the system can't tell. */
SHMEM_API int shmem_channel_peer_pid(const shmem_channel *channel);

/* Closes. What was sent is still delivered: for what a stream has not taken yet
 * it waits 1 s at most, without `nonblocking`. Every segment is unmapped; what
 * the caller has of them (shmem_segment, messages) is empty and still to be
 * freed. */
SHMEM_API void shmem_channel_close(shmem_channel **take);

#ifdef __cplusplus
}
#endif
#endif
