#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/str.h"
#include "cli/commands.h"
#include "conf/conf.h"
#include "model/node.h"
#include "sandbox/sandbox.h"

#define DEFAULT_LISTEN "127.0.0.1:8090"
#define DEFAULT_TOKEN  "sandbox"

/* Where to listen; the texts point into the copy. */
struct address {
	char *copy; /* owned */
	const char *host;
	const char *unix_path;
	uint16_t port;
};

/* Everything that the options gave. */
struct setup {
	struct address address;
	struct secret token;
	struct node *seed;   /* owned */
	const char **faults; /* owned array of borrowed texts */
	struct sandbox_options options;
};

static void
setup_done(struct setup *s)
{
	str_free(s->address.copy);
	secret_done(&s->token);
	node_free(s->seed);
	mem_free(s->faults);
}

/* "host:port", "[v6]:port" or "unix:/path". */
static bool
parse_address(const char *text, struct address *a)
{
	uint32_t port = 0;
	a->copy = str_dup(text);
	if (!a->copy)
		return false;
	if (str_starts(a->copy, "unix:/")) {
		a->unix_path = a->copy + strlen("unix:");
		return true;
	}
	char *colon = strrchr(a->copy, ':');
	if (!colon || colon == a->copy || parse_u32(colon + 1, 0, 65535, &port) < 0)
		return false;
	*colon = '\0';
	a->host = a->copy;
	a->port = (uint16_t)port;
	if (a->copy[0] == '[' && colon[-1] == ']') {
		colon[-1] = '\0';
		a->host = a->copy + 1;
	}
	return true;
}

static int
read_address(const struct cli_args *args, struct setup *s)
{
	const char *text = cli_get(args, "--listen");
	if (parse_address(text ? text : DEFAULT_LISTEN, &s->address))
		return CLI_OK;
	return cli_fail(args, CLI_USAGE,
			"--listen: \"%s\" is no address; expected one like "
			"127.0.0.1:8090, [::1]:0 or unix:/run/forge.sock",
			text);
}

static int
read_token(const struct cli_args *args, struct setup *s)
{
	const char *given = cli_get(args, "--token");
	const char *path = cli_get(args, "--token-file");
	if (given && path)
		return cli_fail(args, CLI_USAGE, "--token and --token-file: give one");
	/* A seed with tokens says who may call; it needs no other. */
	if (!given && !path && node_get(s->seed, "tokens"))
		return CLI_OK;
	const char *text = given ? given : DEFAULT_TOKEN;
	int rc = path ? secret_read_file(&s->token, path)
		      : secret_set(&s->token, text, strlen(text));
	if (rc < 0)
		return cli_fail(args, CLI_BAD_INPUT, "%s: %s", path ? path : "--token",
				strerror(-rc));
	if (secret_is_empty(&s->token))
		return cli_fail(args, CLI_BAD_INPUT, "the token is empty");
	s->options.token = s->token.data;
	return CLI_OK;
}

static int
read_seed(const struct cli_args *args, struct setup *s, struct diag_list *diags)
{
	const char *path = cli_get(args, "--seed");
	auto_buf text = BUF_INIT(LIMIT_SANDBOX_SEED_BYTES);
	if (!path)
		return CLI_OK;
	int rc = file_read(path, &text);
	if (rc < 0)
		return cli_fail(args, CLI_BAD_INPUT, "%s: %s", path, strerror(-rc));
	if (conf_parse_tree(path, buf_str(&text), text.len, diags, &s->seed) < 0)
		return CLI_BAD_INPUT;
	s->options.seed = s->seed;
	return CLI_OK;
}

static int
read_speed(const struct cli_args *args, struct setup *s)
{
	const char *text = cli_get(args, "--speed");
	s->options.speed = SANDBOX_SPEED_ONE;
	if (!text || parse_millionths(text, SANDBOX_SPEED_LOWEST, SANDBOX_SPEED_HIGHEST,
				      &s->options.speed) == 0)
		return CLI_OK;
	return cli_fail(args, CLI_USAGE,
			"--speed: \"%s\" is not a number from 0.01 to 10000", text);
}

static int
read_faults(const struct cli_args *args, struct setup *s)
{
	size_t n = 0;
	while (cli_get_nth(args, "--fail", n))
		n++;
	s->faults = x_new_array(const char *, n + 1);
	if (!s->faults)
		return CLI_FAILED;
	for (size_t i = 0; i < n; i++)
		s->faults[i] = cli_get_nth(args, "--fail", i);
	s->options.faults = s->faults;
	return CLI_OK;
}

static int
read_options(const struct cli_args *args, struct setup *s, struct diag_list *diags)
{
	int rc = read_address(args, s);
	if (rc == CLI_OK)
		rc = read_seed(args, s, diags);
	if (rc == CLI_OK)
		rc = read_token(args, s);
	if (rc == CLI_OK)
		rc = read_speed(args, s);
	if (rc == CLI_OK)
		rc = read_faults(args, s);
	s->options.state = cli_get(args, "--state");
	return rc;
}

static void
on_signal(evutil_socket_t fd, short events, void *arg)
{
	(void)fd;
	(void)events;
	event_base_loopbreak(arg);
}

/* Runs until SIGTERM or SIGINT. */
static int
run_loop(const struct cli_args *args, struct sandbox *box, const struct address *a)
{
	auto_str error = NULL;
	struct event_base *base = event_base_new();
	struct event *terminate = base ? evsignal_new(base, SIGTERM, on_signal, base)
				       : NULL;
	struct event *interrupt = base ? evsignal_new(base, SIGINT, on_signal, base)
				       : NULL;
	int rc = CLI_FAILED;
	if (terminate && interrupt && event_add(terminate, NULL) == 0 &&
	    event_add(interrupt, NULL) == 0)
		rc = CLI_OK;
	if (rc == CLI_OK &&
	    sandbox_listen(box, base, a->host, a->port, a->unix_path, &error) < 0)
		rc = cli_fail(args, CLI_FAILED, "%s", error ? error : "cannot listen");
	if (rc == CLI_OK) {
		printf("ready %s/api\n", sandbox_url(box));
		fflush(stdout);
		event_base_dispatch(base);
	}
	int saved = rc == CLI_OK ? sandbox_save(box) : 0;
	if (saved < 0)
		rc = cli_fail(args, CLI_FAILED, "--state: %s", strerror(-saved));
	/* The server goes before the loop it lives on. */
	sandbox_free(box);
	if (terminate)
		event_free(terminate);
	if (interrupt)
		event_free(interrupt);
	if (base)
		event_base_free(base);
	return rc;
}

static int
start(const struct cli_args *args, struct setup *s, struct diag_list *diags)
{
	auto_str error = NULL;
	struct sandbox *box = NULL;
	int rc = read_options(args, s, diags);
	if (rc != CLI_OK)
		return rc;
	int made = sandbox_new(&s->options, diags, &error, &box);
	if (made == -EBADMSG)
		return cli_fail(args, CLI_BAD_INPUT, "%s", error);
	if (error)
		return cli_fail(args, CLI_USAGE, "--fail: %s", error);
	if (made < 0 && diags->errors > 0)
		return CLI_BAD_INPUT;
	if (made < 0)
		return cli_fail(args, CLI_FAILED, "%s", strerror(-made));
	return run_loop(args, box, &s->address);
}

static int
run(const struct cli_args *args)
{
	struct setup s = {0};
	auto_diag diags = {0};
	int rc = start(args, &s, &diags);
	diag_print(&diags, stderr);
	setup_done(&s);
	return rc;
}

static const struct cli_option options[] = {
	{"--listen", 0, "ADDRESS",
	 "where to listen: 127.0.0.1:8090 (port 0: any free one)", false},
	{"--token", 0, "TOKEN", "the token that may do everything: sandbox", false},
	{"--token-file", 0, "FILE", "the same, read from a file", false},
	{"--seed", 0, "FILE", "what there is: organizations, tokens, ... (YAML)", false},
	{"--state", 0, "FILE",
	 "keep the state in a file; what is in it goes before the seed", false},
	{"--speed", 0, "X", "run X times as fast, 0.01 to 10000", false},
	{"--fail", 0, "SPEC", "faults to play, see above; may be given several times",
	 false},
	{0},
};

const struct cli_command cli_sandbox = {
	.name = "sandbox",
	.operands = "",
	.summary = "play the Forge API: a local stand-in, for trying rules and for tests",
	.details =
		"Prints one line that begins with \"ready\" and has the API's URL. "
		"Without "
		"a seed\n"
		"there is the organization acme with the server web-1 (id 1) and the "
		"sites\n"
		"shop.example.com (id 1) and blog.example.com (id 2). A deployment waits "
		"1 s and\n"
		"takes 5 s, a command waits 0.5 s and takes 2 s; 60 requests a minute "
		"for "
		"each\n"
		"user. GET /sandbox/state tells tests what happened; POST /sandbox/push "
		"takes a\n"
		"GitHub push payload and moves the branches of the sites.\n"
		"\n"
		"Seed: {organizations: [{slug, name, servers: [{id, name, sites: [{id, "
		"name,\n"
		"repository, branch, commit, push_to_deploy ...}]}]}], tokens: [{token, "
		"name,\n"
		"user, scopes: [...]}], requests_per_minute: 60}\n"
		"\n"
		"Faults: KIND[@WHERE][:WHEN][=TIME], several separated by commas.\n"
		"  KIND   429 429-reset 429-retry-after 429-bare maintenance, any status "
		"400 "
		"to\n"
		"         599: nothing takes place (the words after 429 tell which "
		"headers come with "
		"it)\n"
		"         disconnect: no answer, nothing takes place\n"
		"         lost: it takes place, no answer (without @: only what "
		"changes)\n"
		"         late-500 late-504: it takes place, the answer is an error\n"
		"         truncate: half of the answer's JSON; html: a web page instead\n"
		"         content-type: it says text/plain; nulls absent wrong-types: of "
		"half "
		"the\n"
		"         attributes; deep huge: JSON that nests or grows beyond reason\n"
		"         slow: it takes place after TIME (2s)\n"
		"         failed-deploy failed-build failed-command: how it ends\n"
		"  WHERE  an operation (id or short name), a pattern of ids with *, a "
		"method, a\n"
		"         site; without it everywhere\n"
		"  WHEN   a share of the calls (0.1 or 10%), or their number (#3, #3-5, "
		"#3+)\n"
		"seed=N starts the shares' random numbers elsewhere; the same seed gives "
		"the\n"
		"same faults.",
	.options = options,
	.example = "forgebridge sandbox --speed 10 --fail lost@deploy:#3,429:5%",
	.exits = CLI_EXITS({CLI_OK, "it was told to end (SIGTERM, SIGINT)"},
			   {CLI_FAILED, "it cannot listen there"},
			   {CLI_BAD_INPUT, "the seed or the token cannot be used"}),
	.run = run,
};
