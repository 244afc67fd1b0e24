// SPDX-License-Identifier: Apache-2.0
// Starting threads, and the descriptor of signals. Main thread, or who starts a thread.
#include "base/thread.h"

#include <signal.h>
#include <sys/signalfd.h>

// All but those that tell of a fault in the thread itself: a crash must find its handler.
static void
others_signals(sigset_t *set)
{
	static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};

	sigfillset(set);
	for (size_t i = 0; i < ARRAY_LEN(faults); i++)
		sigdelset(set, faults[i]);
}

int
thread_start(pthread_t *out, const char *name, size_t stack_bytes, void *(*fn)(void *), void *arg)
{
	pthread_attr_t attr;
	sigset_t others, was;
	int rc;

	pthread_attr_init(&attr);
	if (stack_bytes)
		pthread_attr_setstacksize(&attr, stack_bytes);
	others_signals(&others);
	pthread_sigmask(SIG_SETMASK, &others, &was);
	rc = pthread_create(out, &attr, fn, arg);
	pthread_sigmask(SIG_SETMASK, &was, NULL);
	pthread_attr_destroy(&attr);
	if (rc == 0)
		pthread_setname_np(*out, name);
	return rc;
}

int
signals_open(int also)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	if (also)
		sigaddset(&set, also);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}
