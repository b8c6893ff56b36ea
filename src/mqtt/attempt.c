#include "mqtt/attempt.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <mosquitto.h>

#include "base/mem.h"
#include "base/str.h"

enum attempt_state { ATTEMPT_RUNNING, ATTEMPT_ENDED, ATTEMPT_GIVEN_UP };

struct attempt {
	struct mosquitto *m; /* the thread's until ATTEMPT_ENDED */
	char *host;
	uint16_t port;
	uint16_t keepalive_s;
	int wake; /* a duplicate of the caller's */
	int result;
	_Atomic int state;
};

static void
attempt_free(struct attempt *a)
{
	if (a->wake >= 0)
		close(a->wake);
	str_free(a->host);
	mem_free(a);
}

static void *
connect_thread(void *arg)
{
	struct attempt *a = arg;
	int wake = a->wake;
	a->result = mosquitto_connect_bind_v5(a->m, a->host, a->port, a->keepalive_s,
					      NULL, NULL);
	int running = ATTEMPT_RUNNING;
	a->wake = -1;
	if (!atomic_compare_exchange_strong(&a->state, &running, ATTEMPT_ENDED)) {
		mosquitto_destroy(a->m);
		attempt_free(a);
	} else if (eventfd_write(wake, 1) < 0) {
		/* only a full counter fails, and that is readable too */
		errno = 0;
	}
	close(wake);
	return NULL;
}

/* Signals are for the loop's thread alone. */
static int
start_thread(struct attempt *a)
{
	pthread_t thread;
	sigset_t all;
	sigset_t before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int rc = pthread_create(&thread, NULL, connect_thread, a);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc == 0)
		pthread_detach(thread);
	return -rc;
}

struct attempt *
attempt_start(struct mosquitto *m, const struct attempt_target *target, int wake)
{
	struct attempt *a = x_new(struct attempt);
	if (!a)
		return NULL;
	a->m = m;
	a->host = str_dup(target->host);
	a->port = target->port;
	a->keepalive_s = target->keepalive_s;
	a->wake = dup(wake);
	if (a->host && a->wake >= 0 && start_thread(a) == 0)
		return a;
	attempt_free(a);
	return NULL;
}

int
attempt_take(struct attempt *a, struct mosquitto **ret_m)
{
	if (atomic_load(&a->state) != ATTEMPT_ENDED)
		return -EAGAIN;
	int result = a->result;
	*ret_m = a->m;
	attempt_free(a);
	return result;
}

void
attempt_give_up(struct attempt *a)
{
	int running = ATTEMPT_RUNNING;
	if (!a || atomic_compare_exchange_strong(&a->state, &running, ATTEMPT_GIVEN_UP))
		return;
	mosquitto_destroy(a->m);
	attempt_free(a);
}
