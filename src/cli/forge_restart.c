#include <stdio.h>

#include "base/str.h"
#include "cli/commands.h"
#include "cli/forge_ask.h"
#include "forge/tree.h"

static const char *const services[] = {
	"nginx", "php", "mysql", "postgres", "redis", "supervisor",
};

static int
check_service(const struct cli_args *args, const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(services); i++) {
		if (str_eq(services[i], name))
			return CLI_OK;
	}
	const char *near = str_nearest(name, services, ARRAY_LEN(services));
	return cli_fail(args, CLI_USAGE,
			"\"%s\" is not one of nginx, php, mysql, postgres, redis, "
			"supervisor%s%s%s",
			name, near ? "; did you mean \"" : "", near ? near : "",
			near ? "\"?" : "");
}

/* The server's own version where none is given; *ret_version NULL: not asked for. */
static int
choose_version(struct forge_ask *a, const struct ask_place *place, char **ret_version)
{
	const char *given = cli_get(a->args, "--version");
	auto_tree answer = NULL;
	if (!str_eq(cli_operand(a->args, 0), "php"))
		return CLI_OK;
	int rc = given ? CLI_OK
		       : ask(a, ASK_ONCE, "server",
			     ASK_WORDS({"server", place->server_id}), &answer);
	if (rc != CLI_OK)
		return rc;
	*ret_version =
		str_dup(given ? given : tree_text(answer, "data.attributes.php_version"));
	return *ret_version
		       ? CLI_OK
		       : cli_fail(a->args, CLI_FAILED, "%s has no PHP", place->server);
}

static int
restart(struct forge_ask *a, const struct ask_place *place)
{
	auto_str version = NULL;
	const char *service = cli_operand(a->args, 0);
	int rc = choose_version(a, place, &version);
	if (rc == CLI_OK)
		rc = ask(a, ASK_ONCE, service,
			 ASK_WORDS({"server", place->server_id}, {"action", "reboot"},
				   {"version", version}),
			 NULL);
	if (rc == CLI_OK)
		fprintf(stderr,
			"Forge has accepted the restart of %s on %s; it shows no end\n",
			version ? version : service, place->server);
	return rc;
}

static int
run(const struct cli_args *args)
{
	auto_ask a = {0};
	auto_place place = {0};
	int rc = check_service(args, cli_operand(args, 0));
	if (rc == CLI_OK && cli_has(args, "--version") &&
	    !str_eq(cli_operand(args, 0), "php"))
		rc = cli_fail(args, CLI_USAGE, "--version is for php");
	if (rc == CLI_OK)
		rc = ask_open(&a, args);
	if (rc != CLI_OK)
		return rc;
	rc = ask_where(&a, cli_operand(args, 1), NULL, &place);
	return rc == CLI_OK ? restart(&a, &place) : ask_fail(&a);
}

static const struct cli_option options[] = {
	{"--version", 0, "PHP", "php84 and the like; default: the server's", false},
	CLI_FORGE_OPTIONS,
	{0},
};

const struct cli_command cli_forge_restart = {
	.name = "forge restart",
	.operands = "nginx|php|mysql|postgres|redis|supervisor SERVER",
	.min_operands = 2,
	.max_operands = 2,
	.summary = "restart a service of a server",
	.details = "To restart the whole server: forge call reboot server=NAME "
		   "action=reboot.",
	.options = options,
	.example = "forgebridge forge restart nginx web-1",
	.exits = CLI_FORGE_EXITS("Forge has accepted it", "Forge refused"),
	.run = run,
};
