#include "mqtt/attempt.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <mosquitto.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"

enum attempt_state { ATTEMPT_RUNNING, ATTEMPT_ENDED, ATTEMPT_GIVEN_UP };

struct attempt {
	struct mosquitto *m; /* the thread's until ATTEMPT_ENDED */
	char *host;
	uint16_t port;
	uint16_t keepalive_s;
	int wake;			/* a duplicate of the caller's */
	int result;			/* of libmosquitto */
	char error[ATTEMPT_ERROR_SIZE]; /* "" while there is none */
	_Atomic int state;
};

static _Atomic unsigned running_threads;

static void
attempt_free(struct attempt *a)
{
	if (a->wake >= 0)
		close(a->wake);
	str_free(a->host);
	mem_free(a);
}

/* The library's own words tell more than its result where TLS files are concerned. */
static void
on_log(struct mosquitto *m, void *arg, int level, const char *text)
{
	struct attempt *a = arg;
	(void)m;
	if (level == MOSQ_LOG_ERR && a->error[0] == '\0')
		snprintf(a->error, sizeof(a->error), "%s", text);
}

static void
describe(struct attempt *a, int error)
{
	if (a->result == MOSQ_ERR_ERRNO)
		snprintf(a->error, sizeof(a->error), "%s", strerror(error));
	else if (a->result == MOSQ_ERR_EAI)
		snprintf(a->error, sizeof(a->error), "the name %s cannot be resolved",
			 a->host);
	else if (a->error[0] == '\0')
		snprintf(a->error, sizeof(a->error), "%s", mosquitto_strerror(a->result));
}

static void *
connect_thread(void *arg)
{
	struct attempt *a = arg;
	int wake = a->wake;
	a->result = mosquitto_connect_bind_v5(a->m, a->host, a->port, a->keepalive_s,
					      NULL, NULL);
	if (a->result != MOSQ_ERR_SUCCESS)
		describe(a, errno);
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
	atomic_fetch_sub(&running_threads, 1);
	return NULL;
}

/* Signals are for the loop's thread alone. */
static int
start_thread(struct attempt *a)
{
	pthread_t thread;
	sigset_t all;
	sigset_t before;
	if (atomic_fetch_add(&running_threads, 1) >= LIMIT_MQTT_ATTEMPTS) {
		atomic_fetch_sub(&running_threads, 1);
		return -EAGAIN;
	}
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int rc = pthread_create(&thread, NULL, connect_thread, a);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc == 0)
		pthread_detach(thread);
	else
		atomic_fetch_sub(&running_threads, 1);
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
	a->wake = fcntl(wake, F_DUPFD_CLOEXEC, 0);
	mosquitto_user_data_set(m, a);
	mosquitto_log_callback_set(m, on_log);
	if (a->host && a->wake >= 0 && start_thread(a) == 0)
		return a;
	attempt_free(a);
	return NULL;
}

int
attempt_take(struct attempt *a, struct mosquitto **ret_m,
	     char ret_error[ATTEMPT_ERROR_SIZE])
{
	if (atomic_load(&a->state) != ATTEMPT_ENDED)
		return -EAGAIN;
	int rc = a->result == MOSQ_ERR_SUCCESS ? 0 : -EIO;
	memcpy(ret_error, a->error, sizeof(a->error));
	mosquitto_log_callback_set(a->m, NULL);
	mosquitto_user_data_set(a->m, NULL);
	*ret_m = a->m;
	attempt_free(a);
	return rc;
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
