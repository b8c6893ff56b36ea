#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/str.h"
#include "cli/commands.h"
#include "cli/danger.h"
#include "cli/forge_ask.h"
#include "cli/terminal.h"
#include "forge/arguments.h"

struct run {
	const struct cli_args *args;
	const struct forge_operation *op;
	struct forge_arguments *arguments;
	struct forge_request rq;
	struct forge_ask ask;
	bool wait;
};

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
confirm(const struct run *r)
{
	const char *does = danger_of(r->op, r->rq.body);
	const char *place = r->rq.site ? r->rq.site : r->rq.server;
	if (!does)
		return CLI_OK;
	return terminal_confirm(r->args, "%s%s%s: it %s", r->op->id, place ? " of " : "",
				place ? place : "", does);
}

/* --- calling -------------------------------------------------------------------------
 */

static struct forge_call *
start(struct run *r)
{
	struct forge_client *c = r->ask.forge.client;
	if (r->wait)
		return forge_wait(c, &r->rq, ask_on_progress, ask_on_result, &r->ask);
	return forge_call(c, &r->rq, ask_on_result, &r->ask);
}

/* The last state is an answer even at a bad end. */
static void
print_answer(const struct run *r)
{
	bool is_state = r->wait &&
			(r->ask.kind == FORGE_FAILED || r->ask.kind == FORGE_TIMEOUT);
	if (r->ask.body.len > 0 && (r->ask.kind == FORGE_OK || is_state))
		puts(buf_str(&r->ask.body));
	if (r->wait && r->ask.accepted_only)
		fputs("accepted; Forge shows nothing to wait for\n", stderr);
}

static int
call(struct run *r)
{
	int rc = ask_open(&r->ask, r->args);
	if (rc != CLI_OK)
		return rc;
	r->rq.deadline_ms = cli_forge_timeout(r->args, r->wait);
	if (r->wait)
		live_begin(&r->ask.live, r->ask.forge.base,
			   r->op->alias ? r->op->alias : r->op->id);
	rc = ask_finish(&r->ask, start(r));
	live_end(&r->ask.live);
	print_answer(r);
	return rc == CLI_OK ? CLI_OK : ask_fail(&r->ask);
}

static int
run(const struct cli_args *args)
{
	struct run r = {.args = args};
	r.op = cli_forge_operation(args, cli_operand(args, 0));
	r.wait = cli_has(args, "--wait");
	r.rq.all_pages = cli_has(args, "--all-pages");
	int rc = r.op ? take_all(&r) : CLI_USAGE;
	if (rc == CLI_OK)
		rc = confirm(&r);
	if (rc == CLI_OK)
		rc = call(&r);
	ask_done(&r.ask);
	forge_arguments_free(r.arguments);
	return rc;
}

static const struct cli_option options[] = {
	{"--body", 0, "JSON|@FILE|-", "the body; name=value changes its members", false},
	{"--wait", 0, NULL, "follow what was started to its end", false},
	{"--all-pages", 0, NULL, "a list with all its pages", false},
	{"--timeout", 0, "TIME", "give up after (2m; with --wait 15m)", false},
	CLI_YES_OPTION,
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
		"checked first.\n"
		"What cannot be undone (deleting, restoring, replacing a whole file, "
		"rebooting) is\n"
		"asked about on a terminal, and needs --yes elsewhere.",
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
