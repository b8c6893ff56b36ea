/* The blocking forms of calls. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "forge/call.h"
#include "forge/inner.h"

/* --- waking the leader ---------------------------------------------------------------
 */

static void
on_woken(evutil_socket_t fd, short what, void *arg)
{
	char bytes[64];
	(void)what;
	(void)arg;
	while (read((int)fd, bytes, sizeof(bytes)) > 0)
		continue;
}

static int
make_wake(struct gate *g, struct event_base *base)
{
	if (pipe2(g->wake, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	g->woken = event_new(base, g->wake[0], EV_READ | EV_PERSIST, on_woken, g);
	return g->woken && event_add(g->woken, NULL) == 0 ? 0 : -ENOMEM;
}

int
gate_init(struct gate *g, struct event_base *base)
{
	*g = (struct gate){.wake = {-1, -1}};
	if (pthread_mutex_init(&g->lock, NULL) != 0)
		return -ENOMEM;
	if (pthread_cond_init(&g->changed, NULL) != 0) {
		pthread_mutex_destroy(&g->lock);
		return -ENOMEM;
	}
	g->ready = true;
	return base ? make_wake(g, base) : 0;
}

void
gate_done(struct gate *g)
{
	if (!g->ready)
		return;
	if (g->woken)
		event_free(g->woken);
	for (int i = 0; i < 2; i++) {
		if (g->wake[i] >= 0)
			close(g->wake[i]);
	}
	pthread_cond_destroy(&g->changed);
	pthread_mutex_destroy(&g->lock);
	g->ready = false;
}

/* --- one job -------------------------------------------------------------------------
 */

static void
job_end(struct gate_job *job, struct forge_result *result)
{
	struct gate *g = job->gate;
	pthread_mutex_lock(&g->lock);
	job->result = result;
	job->done = true;
	pthread_cond_broadcast(&g->changed);
	pthread_mutex_unlock(&g->lock);
	/* job is its caller's again, and may be gone */
}

static void
on_result(const struct forge_result *r, void *arg)
{
	job_end(arg, result_copy(r));
}

static void
on_progress(const char *status, void *arg)
{
	const struct gate_job *job = arg;
	if (job->on_progress)
		job->on_progress(status, job->progress_arg);
}

static struct gate_job *
take_waiting(struct gate *g)
{
	pthread_mutex_lock(&g->lock);
	struct gate_job *first = g->first;
	g->first = NULL;
	g->last = NULL;
	pthread_mutex_unlock(&g->lock);
	return first;
}

static void
start_waiting(struct forge_client *c)
{
	struct gate_job *next = NULL;
	for (struct gate_job *job = take_waiting(&c->gate); job; job = next) {
		next = job->next;
		if (!job->start(c, job, on_result, job))
			job_end(job, NULL);
	}
}

/* Runs the loop until mine is done. done is written by this thread alone meanwhile. */
static void
lead(struct forge_client *c, const struct gate_job *mine)
{
	start_waiting(c);
	while (!mine->done) {
		event_base_loop(c->base, EVLOOP_ONCE);
		start_waiting(c);
	}
}

/* From inside a callback the loop cannot be run a second time. */
static bool
would_nest(const struct forge_client *c)
{
	const struct gate *g = &c->gate;
	return g->led ? pthread_equal(g->leader, pthread_self()) != 0 : c->depth > 0;
}

static void
put_waiting(struct gate *g, struct gate_job *job)
{
	*(g->last ? &g->last->next : &g->first) = job;
	g->last = job;
	/* A full pipe wakes, too. */
	if (g->led && g->wake[1] >= 0)
		(void)!write(g->wake[1], "", 1);
}

struct forge_result *
gate_run(struct forge_client *c, struct gate_job *job)
{
	struct gate *g = &c->gate;
	job->gate = g;
	pthread_mutex_lock(&g->lock);
	if (would_nest(c)) {
		pthread_mutex_unlock(&g->lock);
		return NULL;
	}
	put_waiting(g, job);
	while (!job->done) {
		if (g->led) {
			pthread_cond_wait(&g->changed, &g->lock);
			continue;
		}
		g->led = true;
		g->leader = pthread_self();
		pthread_mutex_unlock(&g->lock);
		lead(c, job);
		pthread_mutex_lock(&g->lock);
		g->led = false;
		pthread_cond_broadcast(&g->changed);
	}
	pthread_mutex_unlock(&g->lock);
	return job->result;
}

/* --- interface -----------------------------------------------------------------------
 */

static struct forge_call *
start_call(struct forge_client *c, const struct gate_job *job, forge_result_fn *on_end,
	   void *arg)
{
	return forge_call(c, job->rq, on_end, arg);
}

static struct forge_call *
start_wait(struct forge_client *c, const struct gate_job *job, forge_result_fn *on_end,
	   void *arg)
{
	return forge_wait(c, job->rq, on_progress, on_end, arg);
}

static struct forge_call *
start_resolve(struct forge_client *c, const struct gate_job *job, forge_result_fn *on_end,
	      void *arg)
{
	return forge_resolve(c, job->rq, on_end, arg);
}

struct forge_result *
forge_call_sync(struct forge_client *c, const struct forge_request *rq)
{
	struct gate_job job = {.start = start_call, .rq = rq};
	return gate_run(c, &job);
}

struct forge_result *
forge_wait_sync(struct forge_client *c, const struct forge_request *rq,
		forge_progress_fn *on_status, void *arg)
{
	struct gate_job job = {.start = start_wait,
			       .rq = rq,
			       .on_progress = on_status,
			       .progress_arg = arg};
	return gate_run(c, &job);
}

struct forge_result *
forge_resolve_sync(struct forge_client *c, const struct forge_request *rq)
{
	struct gate_job job = {.start = start_resolve, .rq = rq};
	return gate_run(c, &job);
}
