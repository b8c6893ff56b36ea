#include <event2/event.h>
#include <stdio.h>

#include "base/limits.h"
#include "base/str.h"
#include "cli/columns.h"
#include "cli/commands.h"
#include "cli/forge_ask.h"
#include "cli/log_tail.h"
#include "cli/terminal.h"
#include "forge/tree.h"

#define LOGS "organizations.servers.sites.logs."

static const struct {
	const char *name;
	const char *operation;
} logs[] = {
	{"application", LOGS "application.show"},
	{"nginx-access", LOGS "nginx-access.show"},
	{"nginx-error", LOGS "nginx-error.show"},
};

static const char *
operation_of(const struct cli_args *args)
{
	const char *name = cli_get(args, "--log");
	for (size_t i = 0; i < ARRAY_LEN(logs); i++) {
		if (!name || str_eq(logs[i].name, name))
			return logs[i].operation;
	}
	cli_fail(args, CLI_USAGE,
		 "--log: \"%s\" is not one of application, nginx-access, nginx-error",
		 name);
	return NULL;
}

static int
read_log(struct forge_ask *a, const struct ask_place *place, char **ret_text)
{
	auto_tree answer = NULL;
	int rc = ask_quietly(
		a, ASK_ONCE, operation_of(a->args),
		ASK_WORDS({"server", place->server_id}, {"site", place->site_id}),
		&answer);
	const char *text = tree_text(answer, "data.attributes.content");
	*ret_text = rc == CLI_OK ? str_dup(text ? text : "") : NULL;
	return rc == CLI_OK && !*ret_text ? CLI_FAILED : rc;
}

static void
on_time(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	event_base_loopexit(arg, NULL);
}

/* The loop goes on meanwhile, so that connections are kept. */
static int
pause_polls(struct forge_ask *a)
{
	uint64_t ms = forge_pace_ms(a->forge.client, DEFAULT_POLL_MS);
	struct timeval t = {(time_t)(ms / 1000), (suseconds_t)(ms % 1000 * 1000)};
	if (event_base_once(a->forge.base, -1, EV_TIMEOUT, on_time, a->forge.base, &t) <
	    0)
		return cli_fail(a->args, CLI_FAILED, "out of memory");
	event_base_dispatch(a->forge.base);
	return CLI_OK;
}

/* A Forge that is away for a while ends nothing; it is told once. */
static int
follow(struct forge_ask *a, const struct ask_place *place, char **text)
{
	bool was_away = false;
	for (;;) {
		auto_str now = NULL;
		if (pause_polls(a) != CLI_OK)
			return CLI_FAILED;
		int rc = read_log(a, place, &now);
		if (rc != CLI_OK && !a->is_away)
			return ask_fail(a);
		if (rc != CLI_OK && !was_away)
			fprintf(stderr, "%s; still trying\n", a->message);
		was_away = rc != CLI_OK;
		if (was_away)
			continue;
		terminal_put(stdout, log_tail_new(*text, now));
		if (fflush(stdout) != 0)
			return CLI_FAILED;
		str_free(*text);
		*text = steal_ptr(&now);
	}
}

static int
print(struct forge_ask *a, const struct ask_place *place)
{
	auto_str text = NULL;
	int rc = read_log(a, place, &text);
	if (rc != CLI_OK)
		return ask_fail(a);
	if (cli_has(a->args, "--json")) {
		auto_tree one = json_pack("{s:s}", "log", text);
		columns_print_json(one);
		return CLI_OK;
	}
	terminal_put(stdout, text);
	if (!cli_has(a->args, "--follow"))
		return CLI_OK;
	return fflush(stdout) == 0 ? follow(a, place, &text) : CLI_FAILED;
}

static int
run(const struct cli_args *args)
{
	auto_ask a = {0};
	auto_place place = {0};
	if (!operation_of(args))
		return CLI_USAGE;
	if (cli_has(args, "--json") && cli_has(args, "--follow"))
		return cli_fail(args, CLI_USAGE, "--follow prints text, not JSON");
	int rc = ask_open(&a, args);
	if (rc != CLI_OK)
		return rc;
	rc = ask_where(&a, cli_get(args, "--server"), cli_operand(args, 0), &place);
	return rc == CLI_OK ? print(&a, &place) : ask_fail(&a);
}

static const struct cli_option options[] = {
	{"--follow", 'f', NULL, "go on printing what is new, until ^C", false},
	{"--log", 'l', "LOG", "application (default), nginx-access or nginx-error",
	 false},
	{"--server", 's', "SERVER", "where several have a site of that name", false},
	{"--json", 0, NULL, "an object: log", false},
	CLI_FORGE_OPTIONS,
	{0},
};

const struct cli_command cli_forge_logs = {
	.name = "forge logs",
	.operands = "SITE",
	.min_operands = 1,
	.max_operands = 1,
	.summary = "print a log of a site",
	.details = "--follow asks every 5 s (12 of the 60 requests a minute that Forge "
		   "allows).",
	.options = options,
	.example = "forgebridge forge logs shop.example.com --follow",
	.exits = CLI_FORGE_EXITS("done", "Forge refused, or there is no such site"),
	.run = run,
};
