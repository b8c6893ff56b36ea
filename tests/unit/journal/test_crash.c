/*
 * A child commits and tells over a pipe which deliveries were acknowledged; it is killed
 * at an arbitrary moment. What it told must be there, and nothing in part.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "box.h"

#include "base/mem.h"

#define ROUNDS	  10
#define IN_FLIGHT 12
#define MAX_ACKED 2000
#define READY_US  1000000U

struct load {
	struct box *box;
	int pipe;
	unsigned next;
};

struct flight {
	struct load *load;
	unsigned number;
	struct delivery *delivery;
};

static void submit_next(struct load *l);

static void
tell(const struct journal_done *done, void *arg)
{
	struct flight *f = arg;
	struct load *l = f->load;
	if (done->outcome == JOURNAL_COMMITTED &&
	    write(l->pipe, &f->number, sizeof(f->number)) < 0)
		_exit(1);
	delivery_free(f->delivery);
	mem_free(f);
	submit_next(l);
}

/* A delivery with a job and two notices. */
static void
submit_next(struct load *l)
{
	struct flight *f = x_new(struct flight);
	f->load = l;
	f->number = l->next++;
	f->delivery = a_delivery(f->number);
	for (unsigned i = 0; i < 300; i++)
		buf_printf(&f->delivery->body, "%u", i * (f->number + 1) * 2654435761U);
	struct job *j = a_job(f->delivery->id, JOB_WAITING, 1);
	struct notice *n = a_notice(f->delivery->id, "{}");
	struct journal_txn *t = journal_txn_new();
	if (journal_txn_delivery(t, f->delivery) < 0 || journal_txn_job(t, j) < 0 ||
	    journal_txn_notice(t, n) < 0 || journal_txn_notice(t, n) < 0 ||
	    journal_submit(l->box->journal, t, tell, f) < 0)
		_exit(1);
	notice_free(n);
	job_free(j);
}

static void
run_child(struct box *b, int pipe, unsigned first)
{
	struct load l = {b, pipe, first};
	auto_str error = NULL;
	b->journal = journal_open(&b->options, &error);
	if (!b->journal)
		_exit(2);
	for (int i = 0; i < IN_FLIGHT; i++)
		submit_next(&l);
	for (;;) {
		struct pollfd p = {.fd = journal_fd(b->journal), .events = POLLIN};
		if (poll(&p, 1, 1000) == 1)
			journal_dispatch(b->journal);
	}
}

struct acked {
	unsigned numbers[MAX_ACKED];
	size_t len;
};

/* Reads until `enough` are acknowledged, kills the child, reads the rest. */
static void
read_and_kill(int pipe, pid_t child, size_t enough, struct acked *a)
{
	while (a->len < enough) {
		struct pollfd p = {.fd = pipe, .events = POLLIN};
		assert_int_equal(poll(&p, 1, 20000), 1);
		assert_int_equal(read(pipe, &a->numbers[a->len], sizeof(unsigned)),
				 sizeof(unsigned));
		a->len++;
	}
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
	while (a->len < MAX_ACKED &&
	       read(pipe, &a->numbers[a->len], sizeof(unsigned)) == sizeof(unsigned))
		a->len++;
}

static void
run_and_kill(struct box *b, unsigned first, size_t enough, struct acked *a)
{
	int pipes[2];
	assert_int_equal(pipe(pipes), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		close(pipes[0]);
		run_child(b, pipes[1], first);
	}
	close(pipes[1]);
	a->len = 0;
	read_and_kill(pipes[0], child, enough, a);
	close(pipes[0]);
}

static void
check(const struct box *b, const struct acked *a)
{
	auto_buf sql = BUF_INIT(1 * MIB);
	buf_puts(&sql, "SELECT count(*) FROM delivery WHERE sender_id IN ('none'");
	for (size_t i = 0; i < a->len; i++)
		buf_printf(&sql, ", '%u'", a->numbers[i]);
	buf_puts(&sql, ")");
	assert_int_equal(box_ask(b, buf_str(&sql)), a->len);
	assert_int_equal(box_ask(b, "SELECT count(*) FROM delivery d WHERE"
				    " (SELECT count(*) FROM notice n"
				    "  WHERE n.delivery = d.id) <> 2"
				    " OR (SELECT count(*) FROM job j"
				    "  JOIN step s ON s.job = j.id"
				    "  WHERE j.delivery = d.id) <> 1"),
			 0);
	assert_int_equal(box_ask(b, "SELECT 2 * (SELECT count(*) FROM delivery) ="
				    " (SELECT count(*) FROM notice)"),
			 1);
	assert_int_equal(
		box_ask(b, "SELECT integrity_check = 'ok' FROM pragma_integrity_check"),
		1);
}

static void
loses_nothing_acknowledged_when_it_is_killed(void **state)
{
	struct box *b = *state;
	struct acked a;
	unsigned seed = (unsigned)getpid();
	box_close(b);
	for (unsigned round = 0; round < ROUNDS; round++) {
		seed = seed * 1103515245 + 12345;
		run_and_kill(b, round * 100000, 1 + (seed >> 16) % 250, &a);
		uint64_t start = clock_mono_us();
		box_open(b);
		assert_true(clock_mono_us() - start < READY_US);
		check(b, &a);
		box_close(b);
	}
	box_open(b);
}

/* Readers come while nobody has cleaned up behind a killed bridge. */
static void
is_readable_after_it_was_killed(void **state)
{
	struct box *b = *state;
	struct acked a;
	box_close(b);
	run_and_kill(b, 0, 50, &a);
	assert_true(box_count(b, "delivery", NULL) >= a.len);
	box_open(b);
}

static void
continues_the_sequences_of_a_killed_one(void **state)
{
	struct box *b = *state;
	struct acked a;
	box_close(b);
	run_and_kill(b, 0, 50, &a);
	box_open(b);
	int64_t last = box_ask(b, "SELECT max(seq) FROM notice");
	assert_int_equal(box_put_notice(b, "{}"), last + 1);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, box_setup, box_teardown)
	const struct CMUnitTest tests[] = {
		TEST(loses_nothing_acknowledged_when_it_is_killed),
		TEST(is_readable_after_it_was_killed),
		TEST(continues_the_sequences_of_a_killed_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
