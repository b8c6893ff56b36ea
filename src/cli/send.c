#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <curl/curl.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/id.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/retry.h"
#include "cli/capture.h"
#include "cli/commands.h"
#include "cli/git_hook.h"
#include "cli/source.h"

struct sending {
	const struct cli_args *args;
	struct provider_source *src; /* owned */
	CURL *curl;		     /* owned; one connection, kept alive */
	struct buf body;
	struct buf url;
	struct buf answer;
	const char *id;	  /* borrowed; NULL: a new one for each */
	const char *type; /* borrowed */
	long status;	  /* of the last answer; 0: there was none */
	bool noted;	  /* that the type is not sent */
	bool all_accepted;
};

static size_t
on_data(char *data, size_t size, size_t n, void *arg)
{
	struct sending *s = arg;
	return buf_append(&s->answer, data, size * n) == 0 ? size * n : 0;
}

/* Appends each line of text to list. */
static int
append_lines(struct curl_slist **list, const char *text)
{
	for (const char *p = text; *p; p += *p == '\n') {
		size_t len = strcspn(p, "\n");
		auto_str line = str_ndup(p, len);
		struct curl_slist *longer = line ? curl_slist_append(*list, line) : NULL;
		if (!longer)
			return -ENOMEM;
		*list = longer;
		p += len;
	}
	return 0;
}

/* The kinds for any sender have a header for the type only when an option names it. */
static void
note_type(struct sending *s, const char *lines)
{
	const char *type = cli_get(s->args, "--type");
	if (!type || s->noted || strstr(lines, type))
		return;
	s->noted = true;
	fprintf(stderr, "note: the type is not sent: no option type_header says where\n");
}

/* All headers of one request: the signature's, the content type, the user's own. */
static int
make_headers(struct sending *s, struct curl_slist **ret_list)
{
	auto_buf lines = BUF_INIT(LIMIT_SIGNED_BYTES);
	const char *type = cli_get(s->args, "--content-type");
	const struct provider *p = provider_source_provider(s->src);
	int rc = p->sign(s->src, s->type, s->id, buf_slice(&s->body), clock_wall_us(),
			 &lines);
	if (rc < 0)
		return rc;
	note_type(s, buf_str(&lines));
	buf_printf(&lines, "Content-Type: %s\n", type ? type : "application/json");
	/* curl would ask and wait before a large body */
	buf_puts(&lines, "Expect:\n");
	const char *header = NULL;
	for (size_t i = 0; (header = cli_get_nth(s->args, "--header", i)); i++)
		buf_printf(&lines, "%s\n", header);
	if (buf_failed(&lines))
		return lines.error;
	return append_lines(ret_list, buf_str(&lines));
}

static void
print_answer(struct sending *s, long status)
{
	struct slice text = buf_slice(&s->answer);
	while (text.len > 0 && strchr("\r\n", text.data[text.len - 1]))
		text.len--;
	if (cli_has(s->args, "--json")) {
		auto_buf out = BUF_INIT(LIMIT_TEXT_BYTES);
		struct json_writer w;
		json_begin(&w, &out);
		json_open_object(&w, NULL);
		json_int(&w, "status", status);
		json_slice(&w, "body", text);
		json_close_object(&w);
		puts(buf_str(&out));
	} else {
		printf("%ld %.*s\n", status, (int)text.len, text.len ? text.data : "");
	}
	fflush(stdout);
}

static int
fail_curl(struct sending *s, CURLcode rc)
{
	curl_off_t connected_us = 0;
	curl_easy_getinfo(s->curl, CURLINFO_CONNECT_TIME_T, &connected_us);
	enum cli_status status = CLI_UNREACHABLE;
	if (rc == CURLE_OPERATION_TIMEDOUT && connected_us > 0)
		status = CLI_TIMEOUT;
	if (rc == CURLE_URL_MALFORMAT || rc == CURLE_UNSUPPORTED_PROTOCOL)
		status = CLI_USAGE;
	return cli_fail(s->args, status, "%s: %s", cli_operand(s->args, 0),
			curl_easy_strerror(rc));
}

static void
set_body(struct sending *s)
{
	curl_easy_setopt(s->curl, CURLOPT_POSTFIELDS, buf_str(&s->body));
	curl_easy_setopt(s->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)s->body.len);
}

/* Gives an exit status; without an answer s->status is 0 and ret_code says why. */
static int
perform(struct sending *s, CURLcode *ret_code)
{
	struct curl_slist *headers = NULL;
	int rc = make_headers(s, &headers);
	if (rc < 0) {
		curl_slist_free_all(headers);
		return cli_fail(s->args, CLI_BAD_INPUT, "cannot sign this: %s",
				strerror(-rc));
	}
	buf_reset(&s->answer);
	s->status = 0;
	curl_easy_setopt(s->curl, CURLOPT_HTTPHEADER, headers);
	*ret_code = curl_easy_perform(s->curl);
	curl_slist_free_all(headers);
	if (*ret_code == CURLE_OK)
		curl_easy_getinfo(s->curl, CURLINFO_RESPONSE_CODE, &s->status);
	return CLI_OK;
}

/* Prints what came of perform. */
static int
conclude(struct sending *s, CURLcode code)
{
	if (code != CURLE_OK)
		return fail_curl(s, code);
	print_answer(s, s->status);
	s->all_accepted = s->all_accepted && s->status >= 200 && s->status <= 299;
	return CLI_OK;
}

static int
send_one(struct sending *s)
{
	CURLcode code = CURLE_OK;
	int rc = perform(s, &code);
	return rc == CLI_OK ? conclude(s, code) : rc;
}

/* The URL as given, with the query that some kinds show their secret in. */
static int
make_url(struct sending *s)
{
	const char *url = cli_operand(s->args, 0);
	const struct provider *p = provider_source_provider(s->src);
	auto_buf query = BUF_INIT(DEFAULT_URI_BYTES);
	if (p->sign_query && p->sign_query(s->src, &query) < 0)
		return -ENOMEM;
	buf_puts(&s->url, url);
	if (query.len > 0)
		buf_printf(&s->url, "%c%s", strchr(url, '?') ? '&' : '?',
			   buf_str(&query));
	return s->url.error;
}

static int
check_headers(const struct cli_args *args)
{
	const char *line = NULL;
	for (size_t i = 0; (line = cli_get_nth(args, "--header", i)); i++) {
		if (strcspn(line, ":\r\n ") > 0 && line[strcspn(line, ":\r\n ")] == ':' &&
		    !strpbrk(line, "\r\n"))
			continue;
		return cli_fail(args, CLI_USAGE,
				"--header: expected \"Name: value\", not \"%s\"", line);
	}
	return CLI_OK;
}

static int
prepare(struct sending *s)
{
	const char *path = cli_get(s->args, "--body");
	int rc = check_headers(s->args);
	if (rc != CLI_OK)
		return rc;
	rc = file_read(path ? path : "-", &s->body);
	if (rc < 0)
		return cli_fail(s->args, CLI_BAD_INPUT, "%s: %s",
				path ? path : "standard input", strerror(-rc));
	s->curl = curl_easy_init();
	if (!s->curl || make_url(s) < 0)
		return cli_fail(s->args, CLI_FAILED, "out of memory");
	curl_easy_setopt(s->curl, CURLOPT_URL, buf_str(&s->url));
	curl_easy_setopt(s->curl, CURLOPT_PROTOCOLS_STR, "http,https");
	set_body(s);
	curl_easy_setopt(s->curl, CURLOPT_USERAGENT, "forgebridge/" FORGEBRIDGE_VERSION);
	curl_easy_setopt(s->curl, CURLOPT_CONNECTTIMEOUT_MS, (long)SEND_CONNECT_MS);
	curl_easy_setopt(s->curl, CURLOPT_TIMEOUT_MS, (long)SEND_TIMEOUT_MS);
	curl_easy_setopt(s->curl, CURLOPT_WRITEFUNCTION, on_data);
	curl_easy_setopt(s->curl, CURLOPT_WRITEDATA, s);
	return CLI_OK;
}

/* Whether the same request may be taken later. */
static bool
is_worth_a_repeat(const struct sending *s)
{
	return s->status == 0 || s->status == 408 || s->status == 429 || s->status >= 500;
}

/* The delivery of one ref, again under the same id until the bridge has it. */
static int
send_ref(struct sending *s)
{
	struct id id = id_new();
	const char *given = cli_get(s->args, "--id");
	s->id = given ? given : id.text;
	CURLcode code = CURLE_OK;
	int rc = CLI_OK;
	for (unsigned attempt = 1; rc == CLI_OK; attempt++) {
		rc = perform(s, &code);
		if (attempt == GIT_HOOK_ATTEMPTS || !is_worth_a_repeat(s))
			break;
		uint64_t ms =
			retry_delay_ms(attempt, GIT_HOOK_BACKOFF_MS, GIT_HOOK_TIMEOUT_MS);
		struct timespec pause = {(time_t)(ms / 1000),
					 (long)(ms % 1000) * 1000000};
		nanosleep(&pause, NULL);
	}
	s->id = NULL;
	return rc == CLI_OK ? conclude(s, code) : rc;
}

/* One delivery for each ref that git names on standard input; one that fails does not
 * keep the others from being sent. */
static int
send_refs(struct sending *s)
{
	struct git_hook *hook = NULL;
	int worst = prepare(s);
	if (worst != CLI_OK)
		return worst;
	int rc = git_hook_open(buf_slice(&s->body), &hook);
	if (rc < 0)
		return cli_fail(s->args, CLI_BAD_INPUT, "%s",
				rc == -EINVAL ? "expected lines \"OLD NEW REF\", as git "
						"gives them to post-receive"
				: rc == -ENOENT ? "this is no git repository"
						: strerror(-rc));
	curl_easy_setopt(s->curl, CURLOPT_TIMEOUT_MS, (long)GIT_HOOK_TIMEOUT_MS);
	for (size_t i = 0; i < git_hook_refs(hook); i++) {
		buf_reset(&s->body);
		rc = git_hook_body(hook, i, &s->body);
		set_body(s);
		rc = rc < 0 ? cli_fail(s->args, CLI_FAILED, "%s: git failed: %s",
				       git_hook_ref(hook, i), strerror(-rc))
			    : send_ref(s);
		worst = rc > worst ? rc : worst;
	}
	git_hook_free(hook);
	if (worst == CLI_OK && !s->all_accepted)
		worst = CLI_FAILED;
	return worst;
}

static int
send_all(struct sending *s)
{
	uint64_t repeat = 1;
	int rc = cli_get_u64(s->args, "--repeat", 1, LIMIT_SEND_REPEAT, 1, &repeat);
	if (rc == CLI_OK)
		rc = prepare(s);
	for (uint64_t i = 0; rc == CLI_OK && i < repeat; i++)
		rc = send_one(s);
	if (rc == CLI_OK && !s->all_accepted)
		rc = CLI_FAILED;
	return rc;
}

static int
run(const struct cli_args *args)
{
	struct sending s = {.args = args, .all_accepted = true};
	int rc = CLI_OK;
	if (cli_has(args, "--body") == cli_has(args, "--git-hook"))
		return cli_fail(args, CLI_USAGE,
				"either --body FILE or --git-hook is needed");
	if (cli_has(args, "--git-hook") && !str_eq(cli_get(args, "--kind"), "git"))
		return cli_fail(args, CLI_USAGE, "--git-hook needs --kind git");
	s.src = cli_source_new(args, &rc);
	if (!s.src)
		return rc;
	buf_init(&s.body, LIMIT_CAPTURE_BYTES);
	buf_init(&s.url, DEFAULT_URI_BYTES);
	buf_init(&s.answer, LIMIT_ANSWER_BYTES);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	s.id = cli_get(args, "--id");
	s.type = cli_get(args, "--type");
	rc = cli_has(args, "--git-hook") ? send_refs(&s) : send_all(&s);
	curl_easy_cleanup(s.curl);
	curl_global_cleanup();
	buf_done(&s.body);
	buf_done(&s.url);
	buf_done(&s.answer);
	provider_source_free(s.src);
	return rc;
}

static const struct cli_option options[] = {
	CLI_SOURCE_OPTIONS,
	{"--body", 'b', "FILE", "the body", false},
	{"--git-hook", 0, NULL,
	 "send what a post-receive hook is told on its standard input", false},
	{"--type", 't', "TYPE", "the event's type", false},
	{"--id", 0, "ID", "the delivery's id; without it each gets a new one", false},
	{"--repeat", 'n', "N", "send it N times over one connection", false},
	{"--content-type", 0, "T", "instead of application/json", false},
	{"--header", 0, "LINE", "a further header, \"Name: value\"", false},
	{"--json", 0, NULL, "print each answer as JSON", false},
	{0},
};

const struct cli_command cli_send = {
	.name = "send",
	.operands = "URL",
	.min_operands = 1,
	.max_operands = 1,
	.summary = "sign a body as that kind of sender does and send it",
	.details = "FILE may be - for standard input. Prints status and body of each "
		   "answer.\n\n"
		   "With --git-hook, for kind git: reads lines \"OLD NEW REF\", asks git "
		   "in\n"
		   "the working folder what was pushed, and sends a delivery a ref. One "
		   "that\n"
		   "nobody takes is repeated under the same id, five times in all.",
	.options = options,
	.example = "forgebridge send http://127.0.0.1:8080/hooks/github --kind github "
		   "--secret-file secret --type push --body push.json",
	.exits = CLI_EXITS({CLI_OK, "all answers were 2xx"},
			   {CLI_FAILED, "some were not"},
			   {CLI_BAD_INPUT, "a file cannot be read, or not be signed"},
			   {CLI_UNREACHABLE, "nobody answered"},
			   {CLI_TIMEOUT, "the answer did not come in time"}),
	.run = run,
};
