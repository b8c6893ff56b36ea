#include "sandbox/fault.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "forge/operation.h"

#define MILLION		1000000U
#define DEFAULT_SLOW_MS 2000

const struct fault_kind fault_kinds[] = {
	{.name = "429",
	 .help = "too many requests, with X-RateLimit-Reset and Retry-After",
	 .effect = FAULT_STATUS,
	 .status = 429,
	 .reset_header = true,
	 .retry_header = true},
	{.name = "429-reset",
	 .help = "the same with X-RateLimit-Reset only",
	 .effect = FAULT_STATUS,
	 .status = 429,
	 .reset_header = true},
	{.name = "429-retry-after",
	 .help = "the same with Retry-After only",
	 .effect = FAULT_STATUS,
	 .status = 429,
	 .retry_header = true},
	{.name = "429-bare",
	 .help = "the same with neither",
	 .effect = FAULT_STATUS,
	 .status = 429},
	{.name = "maintenance",
	 .help = "503 as Forge says it, with Retry-After",
	 .effect = FAULT_STATUS,
	 .status = 503,
	 .retry_header = true},
	{.name = "disconnect",
	 .help = "the connection closes, nothing takes place",
	 .effect = FAULT_DISCONNECT},
	{.name = "lost",
	 .help = "it takes place, but the answer is lost (without @: only what changes)",
	 .effect = FAULT_LOST},
	{.name = "late-500",
	 .help = "it takes place, but the answer is 500",
	 .effect = FAULT_LATE,
	 .status = 500},
	{.name = "late-504",
	 .help = "it takes place, but a gateway answers 504",
	 .effect = FAULT_LATE,
	 .status = 504},
	{.name = "truncate",
	 .help = "it takes place, the answer's JSON is cut in half",
	 .effect = FAULT_TRUNCATE},
	{.name = "html",
	 .help = "it takes place, the answer is a web page",
	 .effect = FAULT_HTML},
	{.name = "content-type",
	 .help = "it takes place, the answer says it is text/plain",
	 .effect = FAULT_TYPE},
	{.name = "nulls",
	 .help = "it takes place, half of the attributes are null",
	 .effect = FAULT_ODD,
	 .odd = ODD_NULLS},
	{.name = "absent",
	 .help = "it takes place, half of the attributes are missing",
	 .effect = FAULT_ODD,
	 .odd = ODD_ABSENT},
	{.name = "wrong-types",
	 .help = "it takes place, half of the attributes are of another type",
	 .effect = FAULT_ODD,
	 .odd = ODD_TYPES},
	{.name = "deep",
	 .help = "it takes place, the JSON has 100,000 arrays in each other",
	 .effect = FAULT_ODD,
	 .odd = ODD_DEEP},
	{.name = "huge",
	 .help = "it takes place, the JSON has a text of 32 MiB",
	 .effect = FAULT_ODD,
	 .odd = ODD_HUGE},
	{.name = "slow", .help = "it takes place after TIME (2s)", .effect = FAULT_SLOW},
	{.name = "failed-deploy",
	 .help = "a deployment ends as failed",
	 .effect = FAULT_DEPLOYMENT,
	 .outcome = WORLD_DEPLOY_FAILED},
	{.name = "failed-build",
	 .help = "a deployment ends as failed-build",
	 .effect = FAULT_DEPLOYMENT,
	 .outcome = WORLD_DEPLOY_FAILED_BUILD},
	{.name = "failed-command",
	 .help = "a command ends as failed",
	 .effect = FAULT_COMMAND},
	{.help = "that status (400 to 599), nothing takes place", .effect = FAULT_STATUS},
	{0},
};

enum where_kind {
	WHERE_ANY,
	WHERE_CHANGES,
	WHERE_METHOD,
	WHERE_OPERATION,
	WHERE_PATTERN,
	WHERE_SITE
};

struct fault {
	char *text; /* as written */
	const struct fault_kind *kind;
	int status;
	enum where_kind where_kind;
	char *where; /* method, pattern or site */
	const struct forge_operation *operation;
	uint64_t share;	      /* millionths; MILLION: always */
	uint64_t first, last; /* WHEN by number; 0: by share */
	uint64_t delay_ms;
	uint64_t random; /* state of the generator */
	uint64_t matched;
	uint64_t fired;
};

struct faults {
	struct fault *items;
	size_t len;
	size_t cap;
	uint64_t seed;
};

/* The parts of an item; all but kind may be NULL. They point into one copy. */
struct parts {
	char *kind;
	char *where;
	char *when;
	char *time;
};

struct faults *
faults_new(void)
{
	struct faults *f = x_new(struct faults);
	if (f)
		f->seed = 1;
	return f;
}

static void
fault_done(struct fault *item)
{
	str_free(item->text);
	str_free(item->where);
}

void
faults_free(struct faults *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->len; i++)
		fault_done(&f->items[i]);
	mem_free(f->items);
	mem_free(f);
}

/* Cuts text at the first of the marks "@", ":", "=" in that order. */
static void
split(char *text, struct parts *ret_parts)
{
	struct parts p = {.kind = text};
	char *rest = text + strcspn(text, "@:=");
	char mark = *rest;
	if (mark == '@') {
		*rest++ = '\0';
		p.where = rest;
		rest += strcspn(rest, ":=");
		mark = *rest;
	}
	if (mark == ':') {
		*rest++ = '\0';
		p.when = rest;
		rest += strcspn(rest, "=");
		mark = *rest;
	}
	if (mark == '=') {
		*rest++ = '\0';
		p.time = rest;
	}
	*ret_parts = p;
}

static int
refuse(char **ret_error, char *text)
{
	if (!text)
		return -ENOMEM;
	*ret_error = text;
	return -EINVAL;
}

static int
refuse_kind(const char *kind, char **ret_error)
{
	const char *names[ARRAY_LEN(fault_kinds)];
	size_t n = 0;
	for (const struct fault_kind *k = fault_kinds; k->help; k++) {
		if (k->name)
			names[n++] = k->name;
	}
	const char *near = str_nearest(kind, names, n);
	return refuse(ret_error,
		      str_format("\"%s\" is no kind of fault%s%s%s; expected a status "
				 "from 400 to 599 or a kind that --help lists",
				 kind, near ? ", did you mean \"" : "", near ? near : "",
				 near ? "\"" : ""));
}

static int
parse_kind(struct fault *item, const char *text, char **ret_error)
{
	uint32_t status = 0;
	bool is_status = parse_u32(text, 400, 599, &status) == 0;
	for (const struct fault_kind *k = fault_kinds; k->help && !item->kind; k++) {
		if (str_eq(k->name, text) || (!k->name && is_status))
			item->kind = k;
	}
	if (!item->kind)
		return refuse_kind(text, ret_error);
	item->status = item->kind->status > 0 ? item->kind->status : (int)status;
	return 0;
}

static bool
is_method(const char *text)
{
	static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
	for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
		if (str_eq(methods[i], text))
			return true;
	}
	return false;
}

static bool
matches_an_operation(const char *pattern)
{
	for (size_t i = 0; i < forge_n_operations; i++) {
		if (fnmatch(pattern, forge_operations[i].id, 0) == 0)
			return true;
	}
	return false;
}

static int
refuse_where(const struct world *w, const char *text, char **ret_error)
{
	const char *near = forge_operation_nearest(text);
	if (!near)
		near = world_site_nearest(w, text);
	return refuse(ret_error,
		      str_format("nothing is called \"%s\"%s%s%s; expected an operation, "
				 "a pattern of operations with *, a method, or a site",
				 text, near ? ", did you mean \"" : "", near ? near : "",
				 near ? "\"" : ""));
}

static int
parse_where(struct fault *item, const struct world *w, const char *text, char **ret_error)
{
	if (!text) {
		item->where_kind = item->kind->effect == FAULT_LOST ? WHERE_CHANGES
								    : WHERE_ANY;
		return 0;
	}
	item->operation = forge_operation_find(text);
	if (item->operation)
		item->where_kind = WHERE_OPERATION;
	else if (is_method(text))
		item->where_kind = WHERE_METHOD;
	else if (strchr(text, '*') && matches_an_operation(text))
		item->where_kind = WHERE_PATTERN;
	else if (world_has_site_named(w, text))
		item->where_kind = WHERE_SITE;
	else
		return refuse_where(w, text, ret_error);
	return str_set(&item->where, text);
}

/* "3", "3-5" or "3+". */
static int
parse_numbers(struct fault *item, char *text)
{
	size_t len = strlen(text);
	char *dash = strchr(text, '-');
	if (dash) {
		*dash = '\0';
		int rc = parse_u64(text, 1, UINT64_MAX, &item->first);
		return rc < 0 ? rc
			      : parse_u64(dash + 1, item->first, UINT64_MAX, &item->last);
	}
	bool open = len > 0 && text[len - 1] == '+';
	if (open)
		text[len - 1] = '\0';
	int rc = parse_u64(text, 1, UINT64_MAX, &item->first);
	item->last = open ? UINT64_MAX : item->first;
	return rc;
}

static int
parse_share(struct fault *item, char *text)
{
	size_t len = strlen(text);
	bool percent = len > 0 && text[len - 1] == '%';
	if (percent)
		text[len - 1] = '\0';
	uint64_t unit = percent ? 100 : 1;
	int rc = parse_millionths(text, 0, unit * MILLION, &item->share);
	item->share /= unit;
	return rc;
}

static int
parse_when(struct fault *item, char *text, char **ret_error)
{
	item->share = MILLION;
	if (!text)
		return 0;
	auto_str written = str_dup(text);
	int rc = text[0] == '#' ? parse_numbers(item, text + 1) : parse_share(item, text);
	if (rc == 0)
		return 0;
	return refuse(ret_error,
		      str_format("\":%s\" does not say when; expected a share like "
				 "\":0.1\" or \":10%%\", or calls like \":#3\", "
				 "\":#3-5\", \":#3+\"",
				 written ? written : ""));
}

static int
parse_time(struct fault *item, const char *text, char **ret_error)
{
	bool is_slow = item->kind->effect == FAULT_SLOW;
	item->delay_ms = is_slow ? DEFAULT_SLOW_MS : 0;
	if (!text)
		return 0;
	if (!is_slow)
		return refuse(ret_error, str_format("only slow takes a time, as in "
						    "\"slow=2s\""));
	if (parse_duration(text, &item->delay_ms) == 0)
		return 0;
	return refuse(ret_error, str_format("\"=%s\" is no time; expected one like "
					    "\"=500ms\" or \"=2s\"",
					    text));
}

static int
parse_item(struct faults *f, const struct world *w, char *text, char **ret_error)
{
	struct fault item = {.text = str_dup(text)};
	struct parts parts = {0};
	split(text, &parts);
	int rc = item.text ? 0 : -ENOMEM;
	if (rc == 0)
		rc = parse_kind(&item, parts.kind, ret_error);
	if (rc == 0)
		rc = parse_where(&item, w, parts.where, ret_error);
	if (rc == 0)
		rc = parse_when(&item, parts.when, ret_error);
	if (rc == 0)
		rc = parse_time(&item, parts.time, ret_error);
	if (rc == 0 && f->len >= LIMIT_SANDBOX_FAULTS)
		rc = refuse(ret_error,
			    str_format("more than %d faults", LIMIT_SANDBOX_FAULTS));
	if (rc == 0)
		rc = x_reserve(&f->items, &f->cap, f->len);
	if (rc < 0)
		fault_done(&item);
	else
		f->items[f->len++] = item;
	return rc;
}

static int
parse_seed(struct faults *f, const char *text, char **ret_error)
{
	if (parse_u64(text, 0, UINT64_MAX, &f->seed) == 0)
		return 0;
	return refuse(ret_error,
		      str_format("\"seed=%s\": expected a whole number", text));
}

/* Every item draws its own numbers, so that adding one leaves the others' as they were.
 */
static void
start_generators(struct faults *f)
{
	for (size_t i = 0; i < f->len; i++)
		f->items[i].random =
			f->seed * 0x9e3779b97f4a7c15U + (i + 1) * 0xd1b54a32d192ed03U;
}

int
faults_add(struct faults *f, const struct world *w, const char *spec, char **ret_error)
{
	auto_str copy = str_dup(spec);
	int rc = copy ? 0 : -ENOMEM;
	char *item = copy;
	while (rc == 0 && item) {
		char *comma = strchr(item, ',');
		if (comma)
			*comma++ = '\0';
		if (str_starts(item, "seed="))
			rc = parse_seed(f, item + strlen("seed="), ret_error);
		else
			rc = parse_item(f, w, item, ret_error);
		item = comma;
	}
	start_generators(f);
	return rc;
}

static bool
is_here(const struct fault *item, const struct fault_target *at)
{
	const struct forge_operation *op = at->operation;
	if (!op)
		return item->where_kind == WHERE_ANY ||
		       (item->where_kind == WHERE_SITE && str_eq(item->where, at->site));
	switch (item->where_kind) {
	case WHERE_ANY:
		return true;
	case WHERE_CHANGES:
		return forge_operation_changes(op);
	case WHERE_METHOD:
		return str_eq(item->where, op->method);
	case WHERE_OPERATION:
		return item->operation == op;
	case WHERE_PATTERN:
		return fnmatch(item->where, op->id, 0) == 0;
	case WHERE_SITE:
		return str_eq(item->where, at->site);
	}
	return false;
}

/* SplitMix64. */
static uint64_t
next_random(uint64_t *state)
{
	uint64_t n = *state += 0x9e3779b97f4a7c15U;
	n = (n ^ (n >> 30)) * 0xbf58476d1ce4e5b9U;
	n = (n ^ (n >> 27)) * 0x94d049bb133111ebU;
	return n ^ (n >> 31);
}

/* Counts the call when it is one of the item's, and says whether the item fires. */
static bool
fires(struct fault *item, const struct fault_target *at)
{
	if (!is_here(item, at))
		return false;
	item->matched++;
	bool hit = item->first > 0
			   ? item->matched >= item->first && item->matched <= item->last
			   : next_random(&item->random) % MILLION < item->share;
	item->fired += hit;
	return hit;
}

void
faults_draw(struct faults *f, const struct fault_target *at, struct fault_plan *ret_plan)
{
	struct fault_plan plan = {0};
	for (size_t i = 0; i < f->len; i++) {
		struct fault *item = &f->items[i];
		enum fault_effect effect = item->kind->effect;
		if (effect == FAULT_DEPLOYMENT || effect == FAULT_COMMAND ||
		    !fires(item, at))
			continue;
		if (effect == FAULT_SLOW) {
			plan.delay_ms += item->delay_ms;
		} else if (!plan.kind) {
			plan.kind = item->kind;
			plan.status = item->status;
			plan.random = f->seed + item->matched;
		}
	}
	*ret_plan = plan;
}

static const struct fault_kind *
draw_outcome(struct faults *f, const struct fault_target *at, enum fault_effect effect)
{
	const struct fault_kind *kind = NULL;
	for (size_t i = 0; i < f->len; i++) {
		struct fault *item = &f->items[i];
		if (item->kind->effect == effect && fires(item, at) && !kind)
			kind = item->kind;
	}
	return kind;
}

enum world_deploy_status
faults_draw_deployment(struct faults *f, const struct fault_target *at)
{
	const struct fault_kind *kind = draw_outcome(f, at, FAULT_DEPLOYMENT);
	return kind ? kind->outcome : WORLD_DEPLOY_FINISHED;
}

enum world_command_status
faults_draw_command(struct faults *f, const struct fault_target *at)
{
	const struct fault_kind *kind = draw_outcome(f, at, FAULT_COMMAND);
	return kind ? WORLD_COMMAND_FAILED : WORLD_COMMAND_FINISHED;
}

void
faults_each(const struct faults *f,
	    void (*fn)(const char *item, uint64_t fired, void *arg), void *arg)
{
	for (size_t i = 0; i < f->len; i++)
		fn(f->items[i].text, f->items[i].fired, arg);
}
