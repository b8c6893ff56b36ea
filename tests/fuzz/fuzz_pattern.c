/* A pattern, a NUL, an event: compiled in both dialects, run and explained. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "match/json_node.h"
#include "match/match.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
	unsigned strict;
	unsigned extended;
};

static void
on_match(unsigned id, void *arg)
{
	struct seen *seen = arg;
	*(id == 0 ? &seen->strict : &seen->extended) += 1;
}

static void
on_finding(const struct match_finding *finding, void *arg)
{
	size_t *total = arg;
	*total += strlen(finding->path) + strlen(finding->expected) +
		  (finding->found ? strlen(finding->found) : 0);
}

static void
run(const struct node *pattern, struct slice event_text)
{
	auto_diag diags = {0};
	struct seen seen = {0, 0};
	size_t total = 0;
	struct match_set *set = match_set_new();
	const struct match_field fields[] = {{"a", MATCH_JSON, event_text},
					     {"source", MATCH_TEXT, event_text}};
	const struct match_event event = {fields, 2};
	if (!set)
		return;
	int strict = match_set_add(set, pattern, 0, MATCH_STRICT, &diags);
	int extended = match_set_add(set, pattern, 1, MATCH_EXTENDED, &diags);
	/* the additions are only that: what is strict means the same */
	if (strict == 0 && extended != 0)
		abort();
	if (match_set_finish(set) == 0 && match_run(set, &event, on_match, &seen) == 0 &&
	    strict == 0 && seen.strict != seen.extended)
		abort();
	if (extended == 0 && match_explain(set, 1, &event, on_finding, &total) == -EINVAL)
		abort();
	match_set_free(set);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	const char *nul = size > 0 ? memchr(text, '\0', size) : NULL;
	size_t len = nul ? (size_t)(nul - text) : size;
	size_t used = nul ? len + 1 : size;
	struct node *pattern = NULL;
	if (json_to_node((struct slice){text, len}, "fuzz", &pattern, NULL) < 0)
		return 0;
	run(pattern, (struct slice){text + used, size - used});
	node_free(pattern);
	return 0;
}
