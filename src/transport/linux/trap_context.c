/* SPDX-License-Identifier: MIT */
/* What Linux tells of a fault, by processor. */
#include "transport/trap.h"

#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#if defined(__x86_64__) || defined(__i386__)
#define ERROR_WRITE 0x02
#define ERROR_FETCH 0x10
#if defined(__x86_64__)
#define REG_PC REG_RIP
#define REG_STACK REG_RSP
#else
#define REG_PC REG_EIP
#define REG_STACK REG_ESP
#endif

static void look(shmem__trap *trap, const ucontext_t *context)
{
	const greg_t *reg = context->uc_mcontext.gregs;

	trap->pc = (const void *)reg[REG_PC];
	if ((reg[REG_ERR] & ERROR_FETCH) != 0) {
		trap->touch = SHMEM__TOUCH_JUMP;
		trap->caller_at = (const void *)reg[REG_STACK];
	} else if ((reg[REG_ERR] & ERROR_WRITE) != 0) {
		trap->touch = SHMEM__TOUCH_STORE;
	} else {
		trap->touch = SHMEM__TOUCH_LOAD;
	}
}
#elif defined(__aarch64__)
#define SYNDROME_MAGIC 0x45535201u
#define ESR_CLASS(esr) ((esr) >> 26 & 0x3f)
#define ESR_FETCH 0x20u /* from a lower level, that is: from a program */
#define ESR_DATA 0x24u
#define ESR_WRITE 0x40u

/* The syndrome register is in one of the records behind the registers. */
static uint64_t syndrome(const ucontext_t *context)
{
	const unsigned char *at = context->uc_mcontext.__reserved;
	const unsigned char *end = at + sizeof(context->uc_mcontext.__reserved);
	uint32_t head[2]; /* magic, bytes */
	uint64_t esr = 0;

	for (; (size_t)(end - at) >= sizeof(head) + sizeof(esr);
	     at += head[1]) {
		memcpy(head, at, sizeof(head));
		if (head[0] == 0 || head[1] < sizeof(head) ||
		    head[1] > (size_t)(end - at))
			break;
		if (head[0] != SYNDROME_MAGIC)
			continue;
		memcpy(&esr, at + sizeof(head), sizeof(esr));
		break;
	}
	return esr;
}

static void look(shmem__trap *trap, const ucontext_t *context)
{
	uint64_t esr = syndrome(context);

	trap->pc = (const void *)context->uc_mcontext.pc;
	trap->caller = (const void *)context->uc_mcontext.regs[30];
	if (ESR_CLASS(esr) == ESR_FETCH) {
		trap->touch = SHMEM__TOUCH_JUMP;
	} else if (ESR_CLASS(esr) == ESR_DATA) {
		trap->touch = (esr & ESR_WRITE) != 0 ? SHMEM__TOUCH_STORE
						     : SHMEM__TOUCH_LOAD;
	}
}
#elif defined(__s390x__)
/* Of an address the page alone is told, and nothing of what was done. */
static void look(shmem__trap *trap, const ucontext_t *context)
{
	trap->pc = (const void *)context->uc_mcontext.psw.addr;
	trap->caller = (const void *)context->uc_mcontext.gregs[14];
}
#else
static void look(shmem__trap *trap, const ucontext_t *context)
{
	(void)trap;
	(void)context;
}
#endif

#define PAGE_BITS 12 /* at least, wherever the page alone is told */

/* What has no code can only be executed, not execute. */
static bool executed(const shmem__trap *trap)
{
	return trap->pc != NULL &&
	       (uintptr_t)trap->pc >> PAGE_BITS ==
		       (uintptr_t)trap->address >> PAGE_BITS;
}

void shmem__trap_context(shmem__trap *trap, const void *context)
{
	trap->thread = (uint64_t)syscall(SYS_gettid);
	look(trap, context);
	if (trap->touch == SHMEM__TOUCH_UNKNOWN && executed(trap))
		trap->touch = SHMEM__TOUCH_JUMP;
}

/* With all that was known of it, so that a core dump shows the address. */
void shmem__trap_again(int sig, const void *info)
{
	siginfo_t copy;

	memcpy(&copy, info, sizeof(copy));
	if (syscall(SYS_rt_tgsigqueueinfo, getpid(), syscall(SYS_gettid), sig,
		    &copy) != 0)
		raise(sig);
}
