/* SPDX-License-Identifier: MIT */
/*
 * Boost.Interprocess: a message_queue that copies the bytes, and memory out of
 * a managed_shared_memory whose handle goes through a message_queue. C++
 * because that is what their interface is.
 */
#include <cstdlib>
#include <cstring>
#include <memory>

#include <boost/interprocess/ipc/message_queue.hpp>
#include <boost/interprocess/managed_shared_memory.hpp>

#include "../bench.h"

namespace ipc = boost::interprocess;

namespace
{

/* pair.h is C11 only; its one function that is needed here is in bench.h. */
struct state {
	char there[64], back[64], memory[64];
	std::unique_ptr<ipc::message_queue> messages, answers;
	std::unique_ptr<ipc::managed_shared_memory> shared;
	unsigned char *buffer;
};

struct where {
	uint64_t handle, bytes;
};

state current;

template <typename F> void guard(bench_cell *cell, const char *what, F run)
{
	try {
		run();
	} catch (const std::exception &e) {
		bench_die(cell->pair, "%s: %s", what, e.what());
	}
}

void remove_all()
{
	ipc::message_queue::remove(current.there);
	ipc::message_queue::remove(current.back);
	ipc::shared_memory_object::remove(current.memory);
}

const char *prepare(bench_cell *cell, size_t message, bool shared)
{
	snprintf(current.there, sizeof(current.there), "%s-there", cell->name);
	snprintf(current.back, sizeof(current.back), "%s-back", cell->name);
	snprintf(current.memory, sizeof(current.memory), "%s-mem", cell->name);
	cell->state = &current;
	remove_all();
	try {
		size_t slots = 2 * cell->window + 2;

		ipc::message_queue(ipc::create_only, current.there, slots,
				   message);
		ipc::message_queue(ipc::create_only, current.back, slots, 1);
		if (shared)
			ipc::managed_shared_memory(
				ipc::create_only, current.memory,
				(cell->bytes + 256) * slots + 65536);
	} catch (const std::exception &) {
		remove_all();
		return "can't make its shared memory";
	}
	return NULL;
}

const char *prepare_queue(bench_cell *cell)
{
	return prepare(cell, cell->bytes, false);
}

const char *prepare_managed(bench_cell *cell)
{
	return prepare(cell, sizeof(where), true);
}

void discard(bench_cell *)
{
	remove_all();
}

void open_queues(bench_cell *cell)
{
	guard(cell, "opening", [] {
		current.messages.reset(
			new ipc::message_queue(ipc::open_only, current.there));
		current.answers.reset(
			new ipc::message_queue(ipc::open_only, current.back));
	});
}

void open_queue(bench_cell *cell, bench_side)
{
	open_queues(cell);
	current.buffer = static_cast<unsigned char *>(
		aligned_alloc(4096, (cell->bytes + 4095) & ~4095ul));
	if (current.buffer == NULL)
		bench_die(cell->pair, "no memory");
	memset(current.buffer, 1, cell->bytes);
}

void open_managed(bench_cell *cell, bench_side)
{
	open_queues(cell);
	guard(cell, "mapping", [] {
		current.shared.reset(new ipc::managed_shared_memory(
			ipc::open_only, current.memory));
	});
}

void close_side(bench_cell *, bench_side)
{
	current.messages.reset();
	current.answers.reset();
	current.shared.reset();
	free(current.buffer);
	current.buffer = NULL;
}

void put(bench_cell *cell, ipc::message_queue &queue, const void *data,
	 size_t len)
{
	guard(cell, "send", [&] {
		if (!cell->spin)
			queue.send(data, len, 0);
		else
			while (!queue.try_send(data, len, 0))
				bench_relax();
	});
}

size_t get(bench_cell *cell, ipc::message_queue &queue, void *data, size_t cap)
{
	ipc::message_queue::size_type len = 0;
	unsigned priority;

	guard(cell, "receive", [&] {
		if (!cell->spin)
			queue.receive(data, cap, len, priority);
		else
			while (!queue.try_receive(data, cap, len, priority))
				bench_relax();
	});
	return len;
}

void await(bench_cell *cell)
{
	unsigned char answer;

	get(cell, *current.answers, &answer, 1);
}

void answer(bench_cell *cell)
{
	unsigned char byte = 1;

	put(cell, *current.answers, &byte, 1);
}

void *acquire_queue(bench_cell *)
{
	return current.buffer;
}

void send_queue(bench_cell *cell, void *buffer)
{
	put(cell, *current.messages, buffer, cell->bytes);
}

const void *receive_queue(bench_cell *cell)
{
	if (get(cell, *current.messages, current.buffer, cell->bytes) !=
	    cell->bytes)
		bench_die(cell->pair, "a message of another size came");
	return current.buffer;
}

void release_queue(bench_cell *cell, const void *, bool answered)
{
	if (answered)
		answer(cell);
}

void *acquire_managed(bench_cell *cell)
{
	void *data = NULL;

	guard(cell, "allocating",
	      [&] { data = current.shared->allocate(cell->bytes); });
	return data;
}

void send_managed(bench_cell *cell, void *buffer)
{
	where it = {static_cast<uint64_t>(
			    current.shared->get_handle_from_address(buffer)),
		    cell->bytes};

	put(cell, *current.messages, &it, sizeof(it));
}

const void *receive_managed(bench_cell *cell)
{
	where it = {0, 0};

	get(cell, *current.messages, &it, sizeof(it));
	return current.shared->get_address_from_handle(
		static_cast<ipc::managed_shared_memory::handle_t>(it.handle));
}

void release_managed(bench_cell *cell, const void *buffer, bool answered)
{
	current.shared->deallocate(const_cast<void *>(buffer));
	if (answered)
		answer(cell);
}

bench_peer make_queue()
{
	bench_peer peer = {};

	peer.name = "boost queue";
	peer.what = "Boost message_queue, copied in and out";
	peer.max_bytes = 16 * BENCH_MIB;
	peer.too_large = "a copy's cost per byte is the same as at 16 MiB";
	peer.prepare = prepare_queue;
	peer.discard = discard;
	peer.open = open_queue;
	peer.close = close_side;
	peer.acquire = acquire_queue;
	peer.send = send_queue;
	peer.await = await;
	peer.receive = receive_queue;
	peer.release = release_queue;
	return peer;
}

bench_peer make_managed()
{
	bench_peer peer = {};

	peer.name = "boost memory";
	peer.what = "Boost managed_shared_memory, handles by message_queue";
	peer.max_bytes = 256 * BENCH_MIB;
	peer.too_large = "it would need more than 6 GiB";
	peer.prepare = prepare_managed;
	peer.discard = discard;
	peer.open = open_managed;
	peer.close = close_side;
	peer.acquire = acquire_managed;
	peer.send = send_managed;
	peer.await = await;
	peer.receive = receive_managed;
	peer.release = release_managed;
	return peer;
}

} // namespace

extern "C" {
extern const bench_peer peer_boost_queue = make_queue();
extern const bench_peer peer_boost_memory = make_managed();
}
