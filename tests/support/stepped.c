/* SPDX-License-Identifier: MIT */
/* Accesses one by one, by signals. */
#include "stepped.h"

#include "support.h"

#include <signal.h>
#include <ucontext.h>
#include <unistd.h>

#ifdef __x86_64__
#define TRAP_FLAG 0x100

static void on_fault(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)sig;
	if (!stepped_access((uintptr_t)info->si_addr))
		_exit(99);
	uc->uc_mcontext.gregs[REG_EFL] |= TRAP_FLAG;
}

static void on_step(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)sig;
	(void)info;
	uc->uc_mcontext.gregs[REG_EFL] &= ~TRAP_FLAG;
	stepped_go_on();
}

void stepped_handle(void)
{
	struct sigaction fault = {.sa_sigaction = on_fault,
				  .sa_flags = SA_SIGINFO};
	struct sigaction step = {.sa_sigaction = on_step,
				 .sa_flags = SA_SIGINFO};

	sigaction(SIGSEGV, &fault, NULL);
	sigaction(SIGTRAP, &step, NULL);
}

/* Instruments read on their own account, and step by themselves. */
bool stepped_works(void)
{
	return !support_is_slow();
}
#else
void stepped_handle(void)
{
}

bool stepped_works(void)
{
	return false;
}
#endif

void stepped_unhandle(void)
{
	signal(SIGSEGV, SIG_DFL);
	signal(SIGTRAP, SIG_DFL);
}
