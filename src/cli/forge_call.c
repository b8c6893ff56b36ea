#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/str.h"
#include "cli/commands.h"
#include "cli/forge.h"
#include "forge/arguments.h"

/* What has become of the call so far. */
struct outcome {
	enum forge_kind kind;
	char *message;
	char *resource;
	struct buf body;
};

struct run {
	const struct cli_args *args;
	const struct forge_operation *op;
	struct forge_arguments *arguments;
	struct forge_request rq;
	struct cli_forge forge;
	struct outcome last;
	char *mark;
	bool wait;
	bool followed; /* the last answer is a state, even at a bad end */
};

static void
run_done(struct run *r)
{
	cli_forge_close(&r->forge);
	forge_arguments_free(r->arguments);
	str_free(r->last.message);
	str_free(r->last.resource);
	buf_done(&r->last.body);
	str_free(r->mark);
}

/* --- what was given ------------------------------------------------------------------
 */

/* The content of FILE of "@FILE" ("-": stdin). NULL after saying why. */
static const char *
read_text(const struct run *r, const char *path, struct buf *text)
{
	int rc = file_read(path, text);
	if (rc == 0)
		return buf_str(text);
	cli_fail(r->args, CLI_BAD_INPUT, "%s: %s", path, strerror(-rc));
	return NULL;
}

static int
take_body(struct run *r)
{
	const char *body = cli_get(r->args, "--body");
	if (!body)
		return CLI_OK;
	auto_buf why = BUF_INIT(LIMIT_TEXT_BYTES);
	auto_buf text = BUF_INIT(LIMIT_FORGE_ANSWER_BYTES);
	if (str_eq(body, "-") || *body == '@')
		body = read_text(r, *body == '@' ? body + 1 : body, &text);
	if (!body)
		return CLI_BAD_INPUT;
	if (forge_arguments_set_body(r->arguments, body, &why) < 0)
		return cli_fail(r->args, CLI_USAGE, "--body: %s", buf_str(&why));
	return CLI_OK;
}

static int
take_word(struct run *r, const char *word)
{
	const char *eq = strchr(word, '=');
	if (!eq || eq == word)
		return cli_fail(r->args, CLI_USAGE, "\"%s\" is not name=value", word);
	auto_str name = str_ndup(word, (size_t)(eq - word));
	auto_buf why = BUF_INIT(LIMIT_TEXT_BYTES);
	auto_buf text = BUF_INIT(LIMIT_FORGE_ANSWER_BYTES);
	const char *value = eq + 1;
	bool is_file = name && *value == '@' &&
		       forge_arguments_is_file(r->arguments, name);
	if (is_file)
		value = read_text(r, value + 1, &text);
	if (!value)
		return CLI_BAD_INPUT;
	int rc = name ? forge_arguments_add(r->arguments, name, value, &why) : -1;
	if (rc < 0)
		return cli_fail(r->args, CLI_USAGE, "%s",
				why.len > 0 ? buf_str(&why) : "out of memory");
	return CLI_OK;
}

static void
print_mistake(const char *where, const char *text, void *arg)
{
	const struct run *r = arg;
	cli_fail(r->args, CLI_USAGE, "%s: %s", where, text);
}

static int
take_all(struct run *r)
{
	r->arguments = forge_arguments_new(r->op);
	if (!r->arguments)
		return cli_fail(r->args, CLI_FAILED, "out of memory");
	int rc = take_body(r);
	for (size_t i = 1; rc == CLI_OK && i < cli_operands(r->args); i++)
		rc = take_word(r, cli_operand(r->args, i));
	if (rc != CLI_OK)
		return rc;
	if (forge_arguments_fill(r->arguments, &r->rq) < 0)
		return cli_fail(r->args, CLI_FAILED, "out of memory");
	bool fits = forge_validate(r->op, r->rq.params, r->rq.body, print_mistake, r) ==
		    0;
	return fits ? CLI_OK : CLI_USAGE;
}

static int
take_timeout(struct run *r)
{
	const char *text = cli_get(r->args, "--timeout");
	uint64_t ms = r->wait ? DEFAULT_STEP_TIMEOUT_MS : 120000;
	if (text && (parse_duration(text, &ms) < 0 || ms == 0 || ms > UINT32_MAX))
		return cli_fail(r->args, CLI_USAGE,
				"--timeout: \"%s\" is not a time like 90s or 10m", text);
	r->rq.deadline_ms = (unsigned)ms;
	return CLI_OK;
}

/* --- calling -------------------------------------------------------------------------
 */

static void
on_result(const struct forge_result *result, void *arg)
{
	struct run *r = arg;
	r->last.kind = result->kind;
	buf_reset(&r->last.body);
	/* Short memory shows as a missing text; the kind is right. */
	if (str_set(&r->last.message, result->message) < 0 ||
	    str_set(&r->last.resource, result->resource) < 0 ||
	    buf_append(&r->last.body, result->body, result->body_len) < 0)
		fputs("out of memory\n", stderr);
}

static void
on_progress(const char *status, void *arg)
{
	(void)arg;
	fprintf(stderr, "%s\n", status);
}

/* Runs the loop until the call has ended. */
static bool
finish(struct run *r, const struct forge_call *call)
{
	if (!call) {
		r->last.kind = FORGE_CANCELLED;
		return false;
	}
	forge_run(r->forge.client);
	return r->last.kind == FORGE_OK;
}

/* Notes what is there, so that what the call makes can be told from it. */
static bool
mark(struct run *r)
{
	if (!r->wait || !forge_can_adopt(r->op))
		return true;
	if (!finish(r, forge_mark(r->forge.client, &r->rq, on_result, r)))
		return false;
	return str_set(&r->mark, buf_str(&r->last.body)) == 0;
}

/* Finds what the call made when its answer does not tell. */
static bool
adopt(struct run *r)
{
	bool unknown = r->last.kind == FORGE_UNCERTAIN ||
		       (r->last.kind == FORGE_OK && !r->last.resource);
	if (!r->mark || !unknown)
		return r->last.kind == FORGE_OK;
	return finish(r, forge_adopt(r->forge.client, &r->rq, r->mark, on_result, r));
}

static bool
follow(struct run *r)
{
	if (!r->wait)
		return true;
	if (!forge_can_follow(r->op)) {
		fputs("accepted; Forge shows nothing to wait for\n", stderr);
		return true;
	}
	r->followed = true;
	auto_str resource = str_dup(r->last.resource);
	return finish(r, forge_follow(r->forge.client, &r->rq, resource, on_progress,
				      on_result, r));
}

static int
call(struct run *r)
{
	int rc = cli_forge_open(r->args, &r->forge);
	if (rc != CLI_OK)
		return rc;
	bool marked = mark(r);
	if (marked)
		finish(r, forge_call(r->forge.client, &r->rq, on_result, r));
	bool good = marked && adopt(r) && follow(r);
	if (r->last.body.len > 0 && (good || r->followed))
		puts(buf_str(&r->last.body));
	if (good)
		return CLI_OK;
	return cli_fail(r->args, (enum cli_status)cli_forge_status(r->last.kind), "%s",
			r->last.message ? r->last.message : "out of memory");
}

static int
run(const struct cli_args *args)
{
	struct run r = {.args = args};
	buf_init(&r.last.body, LIMIT_FORGE_ANSWER_BYTES);
	r.op = cli_forge_operation(args, cli_operand(args, 0));
	r.wait = cli_has(args, "--wait");
	r.rq.all_pages = cli_has(args, "--all-pages");
	int rc = r.op ? take_all(&r) : CLI_USAGE;
	if (rc == CLI_OK)
		rc = take_timeout(&r);
	if (rc == CLI_OK)
		rc = call(&r);
	run_done(&r);
	return rc;
}

static const struct cli_option options[] = {
	{"--body", 0, "JSON|@FILE|-", "the body; name=value changes its members", false},
	{"--wait", 0, NULL, "follow what was started to its end", false},
	{"--all-pages", 0, NULL, "a list with all its pages", false},
	{"--timeout", 0, "TIME", "give up after (2m; with --wait 15m)", false},
	CLI_FORGE_OPTIONS,
	{0},
};

const struct cli_command cli_forge_call = {
	.name = "forge call",
	.operands = "OPERATION [name=value ...]",
	.min_operands = 1,
	.max_operands = 200,
	.summary = "call an operation of the Forge API",
	.details =
		"name=value fills the path, the query or the body, typed by the "
		"operation's\n"
		"schema (forge show OPERATION): a list is a,b or JSON, a.b is member b "
		"of a,\n"
		"@FILE the content of a file where a file is sent. organization, server "
		"and site\n"
		"may be names. The answer goes to stdout as Forge gave it; with --wait "
		"it is the\n"
		"last state, and its changes go to stderr. What would be sent is "
		"checked first.",
	.options = options,
	.example = "forgebridge forge call deploy site=shop.example.com --wait",
	.exits = CLI_EXITS(
		{CLI_OK, "Forge did it; with --wait it ended well"},
		{CLI_FAILED, "Forge did not, or it ended badly"},
		{CLI_USAGE, "wrong usage, or what the operation does not take"},
		{CLI_BAD_INPUT,
		 "a file cannot be read, or the configuration has mistakes"},
		{CLI_DENIED, "the token is refused or lacks a scope"},
		{CLI_UNREACHABLE, "Forge cannot be reached, or is under maintenance"},
		{CLI_TIMEOUT, "the time is over, or too many requests a minute"}),
	.run = run,
};
