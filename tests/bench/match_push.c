/*
 * CPU time of scanning and matching one push: microseconds a call of this thread, the
 * best of several rounds; build time and memory of the set of rules.
 *
 *     match_push [FILE]
 *
 * A rule asks for source, type, a prefix of payload.ref and an exact repository; one of
 * them is the push's. At last, rules of one wildcard each, all on one field.
 */
#include <stdio.h>
#include <time.h>

#include "base/file.h"
#include "base/json_doc.h"
#include "base/limits.h"
#include "match/json_node.h"
#include "match/match.h"

#define ROUNDS	 20
#define ROUND_US 20000

struct bench {
	struct slice body;
	struct match_set *set;
	struct match_event event;
	unsigned matched;
	int rc;
};

typedef void work_fn(struct bench *b);

static double
cpu_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* The best round's microseconds a call. */
static double
measure(work_fn *work, struct bench *b)
{
	double best = 1e12;
	for (int round = 0; round < ROUNDS; round++) {
		double begin = cpu_us();
		double spent = 0;
		unsigned n = 0;
		while (spent < ROUND_US) {
			work(b);
			n++;
			if (n % 8 == 0 || spent > 0)
				spent = cpu_us() - begin;
		}
		if (spent / n < best)
			best = spent / n;
	}
	return best;
}

static void
do_check(struct bench *b)
{
	b->rc = json_check(b->body, NULL);
}

static void
do_parse(struct bench *b)
{
	auto_json_doc doc = NULL;
	b->rc = json_doc_parse(b->body, &doc, NULL);
}

static void
on_match(unsigned id, void *arg)
{
	(void)id;
	*(unsigned *)arg += 1;
}

static void
do_match(struct bench *b)
{
	b->matched = 0;
	b->rc = match_run(b->set, &b->event, on_match, &b->matched);
}

static int
add_rule(struct match_set *set, unsigned i, unsigned n, bool wildcard)
{
	auto_buf text = BUF_INIT(MIB);
	auto_diag diags = {0};
	struct node *node = NULL;
	char other[32];
	snprintf(other, sizeof(other), "acme/x%u", i);
	if (wildcard)
		buf_printf(&text, "{\"payload\":{\"ref\":[{\"wildcard\":\"*%u*a*\"}]}}",
			   i);
	else
		buf_printf(
			&text,
			"{\"source\":\"github\",\"type\":\"push\",\"payload\":{\"ref\":"
			"[{\"prefix\":\"refs/"
			"\"}],\"repository\":{\"full_name\":\"%s\"}}}",
			i == n / 2 ? "acme/shop" : other);
	int rc = json_to_node(buf_slice(&text), NULL, &node, NULL);
	if (rc == 0)
		rc = match_set_add(set, node, i, MATCH_EXTENDED, &diags);
	node_free(node);
	return rc;
}

static int
bench_rules(struct bench *b, unsigned n, bool wildcard)
{
	double begin = cpu_us();
	b->set = match_set_new();
	int rc = b->set ? 0 : -1;
	for (unsigned i = 0; rc == 0 && i < n; i++)
		rc = add_rule(b->set, i, n, wildcard);
	if (rc == 0)
		rc = match_set_finish(b->set);
	double built = cpu_us() - begin;
	if (rc == 0) {
		double us = measure(do_match, b);
		printf("match_run %6u %s %8.2f us  (%u matched, built in %.0f ms, %zu "
		       "KiB)\n",
		       n, wildcard ? "wildcards" : "rules    ", us, b->matched,
		       built / 1e3, match_set_memory(b->set) / KIB);
	}
	match_set_free(b->set);
	return rc;
}

int
main(int argc, char **argv)
{
	const char *path = argc > 1 ? argv[1] : "tests/data/github/push.json";
	auto_buf body = BUF_INIT(DEFAULT_BODY_BYTES);
	if (file_read(path, &body) < 0) {
		fprintf(stderr, "match_push: cannot read %s\n", path);
		return 1;
	}
	const struct match_field fields[] = {{"source", MATCH_TEXT, slice_of("github")},
					     {"type", MATCH_TEXT, slice_of("push")},
					     {"payload", MATCH_JSON, buf_slice(&body)}};
	struct bench b = {.body = buf_slice(&body), .event = {fields, 3}};
	printf("%zu bytes\n", body.len);
	printf("json_check                 %8.2f us\n", measure(do_check, &b));
	printf("json_doc_parse             %8.2f us\n", measure(do_parse, &b));
	static const unsigned sizes[] = {1, 10, 1000, 10000, 100000};
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		if (bench_rules(&b, sizes[i], false) < 0)
			return 1;
	}
	return bench_rules(&b, 1000, true) < 0;
}
