#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "cli/capture.h"
#include "cli/commands.h"
#include "cli/source.h"
#include "cli/verify_cases.h"
#include "cli/verify_why.h"

static int
read_capture(const struct cli_args *args, struct capture *c)
{
	auto_buf text = BUF_INIT(MIB);
	const char *headers = cli_get(args, "--headers");
	const char *body = cli_get(args, "--body");
	if (!headers || !body)
		return cli_fail(args, CLI_USAGE,
				"--headers FILE and --body FILE, or "
				"--cases FILE, are needed");
	int rc = file_read(headers, &text);
	if (rc < 0)
		return cli_fail(args, CLI_BAD_INPUT, "%s: %s", headers, strerror(-rc));
	unsigned line = 0;
	rc = capture_parse_headers(c, buf_slice(&text), &line);
	if (rc < 0)
		return cli_fail(args, CLI_BAD_INPUT,
				"%s:%u: expected a header line \"Name: value\"", headers,
				line);
	rc = file_read(body, &c->body);
	if (rc < 0)
		return cli_fail(args, CLI_BAD_INPUT, "%s: %s", body, strerror(-rc));
	return CLI_OK;
}

/* What the provider reads from a genuine request; NULL when it can be used. */
static char *
read_error(const struct provider_source *src, const struct provider_request *rq,
	   struct delivery *d)
{
	struct provider_answer answer;
	provider_answer_init(&answer);
	if (buf_append(&d->body, rq->body.data, rq->body.len) == 0)
		provider_source_provider(src)->read(src, rq, d, &answer);
	char *error = steal_ptr(&answer.error);
	provider_answer_done(&answer);
	return error;
}

static void
print_json(enum provider_verdict verdict, const struct delivery *d, const char *note,
	   const char *expected)
{
	auto_buf out = BUF_INIT(LIMIT_TEXT_BYTES);
	struct json_writer w;
	json_begin(&w, &out);
	json_open_object(&w, NULL);
	json_bool(&w, "genuine", verdict == VERDICT_GENUINE);
	json_str(&w, "verdict", provider_verdict_name(verdict));
	json_opt_str(&w, "type", d->type);
	json_opt_str(&w, "id", d->sender_id);
	json_opt_str(&w, "note", note);
	json_opt_str(&w, "expected", expected);
	json_close_object(&w);
	puts(buf_str(&out));
}

/* Each line of text on stderr behind a word. */
static void
print_notes(const char *text)
{
	for (const char *p = text; *p; p += *p == '\n') {
		size_t n = strcspn(p, "\n");
		fprintf(stderr, "note: %.*s\n", (int)n, p);
		p += n;
	}
}

static void
print_text(enum provider_verdict verdict, const char *note, const char *expected)
{
	if (verdict == VERDICT_GENUINE)
		puts("genuine");
	else
		printf("not genuine: %s\n", provider_verdict_name(verdict));
	if (note)
		print_notes(note);
	if (expected)
		printf("expected headers:\n%s", expected);
}

/* The note for a verdict; empty without one. */
static int
explain(const struct why *w, const struct provider_request *rq, struct delivery *d,
	struct buf *out)
{
	if (w->verdict != VERDICT_GENUINE) {
		int rc = verify_why(w, out);
		if (out->len > 0 && out->data[out->len - 1] == '\n')
			buf_truncate(out, out->len - 1);
		return rc;
	}
	auto_str error = read_error(w->source, rq, d);
	return error ? buf_puts(out, error) : 0;
}

static int
report(const struct cli_args *args, const struct provider_source *src, struct capture *c,
       int64_t now_us)
{
	struct delivery *d = delivery_new();
	auto_buf note = BUF_INIT(LIMIT_TEXT_BYTES);
	auto_buf expected = BUF_INIT(LIMIT_SIGNED_BYTES);
	struct provider_request rq = capture_request(c, now_us);
	enum provider_verdict verdict = provider_verify(src, &rq);
	struct why why = {args, src, c, now_us, verdict};
	int rc = d ? explain(&why, &rq, d, &note) : -ENOMEM;
	if (rc == 0 && cli_has(args, "--show"))
		rc = verify_show(&why, &expected);
	if (rc < 0) {
		delivery_free(d);
		return cli_fail(args, CLI_FAILED, "%s", strerror(-rc));
	}
	const char *said = note.len > 0 ? buf_str(&note) : NULL;
	const char *shown = expected.len > 0 ? buf_str(&expected) : NULL;
	if (cli_has(args, "--show") && !shown)
		fprintf(stderr, "note: a request of this kind shows the secret as it is; "
				"there is no signature to show\n");
	if (cli_has(args, "--json"))
		print_json(verdict, d, said, shown);
	else
		print_text(verdict, said, shown);
	delivery_free(d);
	return verdict == VERDICT_GENUINE ? CLI_OK : CLI_FAILED;
}

static int
run(const struct cli_args *args)
{
	if (cli_has(args, "--cases"))
		return cli_verify_cases(args);
	uint64_t now_s = (uint64_t)(clock_wall_us() / 1000000);
	int rc = cli_get_u64(args, "--now", 0, LIMIT_UNIX_SECONDS, now_s, &now_s);
	if (rc != CLI_OK)
		return rc;
	struct provider_source *src = cli_source_new(args, &rc);
	if (!src)
		return rc;
	auto_capture c = {0};
	capture_init(&c);
	rc = read_capture(args, &c);
	if (rc == CLI_OK)
		rc = report(args, src, &c, (int64_t)now_s * 1000000);
	provider_source_free(src);
	return rc;
}

static const struct cli_option options[] = {
	CLI_SOURCE_OPTIONS,
	{"--headers", 'H', "FILE", "the headers, one \"Name: value\" a line", false},
	{"--body", 'b', "FILE", "the body, byte for byte", false},
	{"--now", 0, "UNIX", "the time to pretend, in seconds since 1970", false},
	{"--show", 0, NULL, "print the signature that this body should have come with",
	 false},
	{"--json", 0, NULL, "print JSON", false},
	{"--cases", 0, "FILE", "run the cases of a JSON file instead", false},
	{"--kinds", 0, "A,B", "of the cases only those of these kinds", false},
	{0},
};

const struct cli_command cli_verify = {
	.name = "verify",
	.operands = "",
	.summary = "say whether a captured request is genuine and, if not, why",
	.details =
		"FILE may be - for standard input.\n\n"
		"The usual causes are tried out and named on stderr: headers that are\n"
		"missing, a clock that is off, a body that a proxy or a tool changed\n"
		"(line breaks, JSON written anew), a form for JSON, blanks at the end "
		"of\n"
		"the secret. The right signature is printed only with --show.\n\n"
		"With --cases, runs a JSON array of {kind, secret, headers, body, "
		"expect}\n"
		"where expect is \"valid\" or \"invalid\"; secret may be a list, "
		"\"base64:\"\n"
		"before a secret marks that encoding. Further members: options (of "
		"the kind),\n"
		"body_repeat {text, count}, now (seconds), request {method, target}, "
		"why.\n"
		"Prints each miss and \"N passed, N failed\"; cases of kinds that "
		"this version\n"
		"does not know are skipped, and counted as such.",
	.options = options,
	.example = "forgebridge verify --kind github --secret-file secret "
		   "--headers headers.txt --body body.json",
	.exits = CLI_EXITS({CLI_OK, "genuine; with --cases, all came out as they say"},
			   {CLI_FAILED, "not genuine; with --cases, some did not"},
			   {CLI_BAD_INPUT, "a file cannot be read"}),
	.run = run,
};
