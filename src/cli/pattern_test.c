#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/json_doc.h"
#include "base/limits.h"
#include "cli/commands.h"
#include "match/json_node.h"
#include "match/match.h"

struct session {
	const struct cli_args *args;
	const char *path;
	struct slice text;
	enum match_dialect dialect;
	size_t passed;
	size_t failed;
};

struct test_case {
	size_t number; /* from 1 */
	struct json_value value;
	struct buf pattern; /* JSON text */
	struct buf event;
};

static int
bad_case(const struct session *s, struct json_value at, const char *problem)
{
	size_t offset = at.raw.data ? (size_t)(at.raw.data - s->text.data) : 0;
	struct place p = json_place(s->text, s->path, offset);
	return cli_fail(s->args, CLI_BAD_INPUT, "%s:%u:%u: %s", s->path, p.line, p.column,
			problem);
}

/* The raw text `name_text` when it is given, else the JSON of `name`. */
static int
take_text(struct json_value value, const char *name, const char *name_text,
	  struct buf *out)
{
	struct json_value raw = json_member(value, name_text);
	struct json_value parsed = json_member(value, name);
	if (raw.kind == JSON_STRING)
		return json_text(raw, out);
	if (parsed.kind == JSON_NONE)
		return -ENOENT;
	return buf_append(out, parsed.raw.data, parsed.raw.len);
}

/* {"event": PATTERN}, so that the event can be any object, its keys with dots and all. */
static int
wrap(struct node **pattern)
{
	struct node *outer = node_new(NODE_OBJECT, (*pattern)->at);
	int rc = outer ? str_set(&(*pattern)->key, "event") : -ENOMEM;
	if (rc == 0)
		rc = node_append(outer, *pattern);
	if (rc < 0) {
		node_free(outer);
		return rc;
	}
	*pattern = outer;
	return 0;
}

/* 0, -EINVAL when the pattern is none (why: in diags), -ENOMEM. */
static int
compile(const struct session *s, struct test_case *c, struct match_set *set,
	struct diag_list *diags)
{
	struct node *pattern = NULL;
	struct json_error error = {0};
	struct slice text = buf_slice(&c->pattern);
	int rc = json_to_node(text, NULL, &pattern, &error);
	if (rc == -EBADMSG) {
		diag_error(diags, json_place(text, NULL, error.offset), "%s", error.text);
		return -EINVAL;
	}
	if (rc == 0)
		rc = wrap(&pattern);
	if (rc == 0)
		rc = match_set_add(set, pattern, 0, s->dialect, diags);
	if (rc == 0)
		rc = match_set_finish(set);
	node_free(pattern);
	return rc;
}

static void
on_match(unsigned id, void *arg)
{
	bool *matched = arg;
	*matched = id == 0;
}

static int
run_event(const struct match_set *set, const struct test_case *c, bool *ret_matched)
{
	const struct match_field field = {"event", MATCH_JSON, buf_slice(&c->event)};
	const struct match_event event = {&field, 1};
	*ret_matched = false;
	return match_run(set, &event, on_match, ret_matched);
}

static void
print_miss(struct session *s, const struct test_case *c, const char *expected,
	   const char *got, struct diag_list *diags)
{
	struct json_value id = json_member(c->value, "id");
	s->failed++;
	printf("case %zu", c->number);
	if (id.kind != JSON_NONE)
		printf(" (id %.*s)", (int)id.raw.len, id.raw.data);
	printf(": expected %s, got %s\n  pattern: %s\n", expected, got,
	       buf_str(&c->pattern));
	if (c->event.len > 0)
		printf("  event: %s\n", buf_str(&c->event));
	if (diags->errors > 0)
		diag_print(diags, stdout);
}

static void
judge(struct session *s, const struct test_case *c, int rc, bool matched,
      struct diag_list *diags)
{
	struct json_value valid = json_member(c->value, "valid");
	struct json_value matches = json_member(c->value, "matches");
	const char *got = matched ? "a match" : "no match";
	const char *expected = matches.kind == JSON_TRUE ? "a match" : "no match";
	if (rc == -EBADMSG)
		got = "an event that is no JSON object";
	else if (rc < 0)
		got = "an invalid pattern";
	else if (matches.kind == JSON_NONE)
		got = "a valid pattern";
	if (matches.kind == JSON_NONE)
		expected = valid.kind == JSON_TRUE ? "a valid pattern"
						   : "an invalid pattern";
	if (str_eq(expected, got))
		s->passed++;
	else
		print_miss(s, c, expected, got, diags);
}

static bool
is_object(const struct buf *text)
{
	return buf_str(text)[strspn(buf_str(text), " \t\r\n")] == '{';
}

static int
run_texts(struct session *s, struct test_case *c)
{
	auto_diag diags = {0};
	struct match_set *set = match_set_new();
	bool matched = false;
	int rc = set ? compile(s, c, set, &diags) : -ENOMEM;
	if (rc == 0 && c->event.len > 0)
		rc = is_object(&c->event) ? run_event(set, c, &matched) : -EBADMSG;
	match_set_free(set);
	if (rc == -ENOMEM)
		return cli_fail(s->args, CLI_FAILED, "out of memory");
	judge(s, c, rc, matched, &diags);
	return CLI_OK;
}

static bool
is_bool(enum json_kind kind)
{
	return kind == JSON_TRUE || kind == JSON_FALSE;
}

static int
run_case(struct session *s, struct test_case *c)
{
	bool has_matches = is_bool(json_member(c->value, "matches").kind);
	bool has_valid = is_bool(json_member(c->value, "valid").kind);
	if (c->value.kind != JSON_OBJECT || (!has_matches && !has_valid))
		return bad_case(s, c->value,
				"expected {pattern, event, matches} or {pattern, valid}");
	int rc = take_text(c->value, "pattern", "pattern_text", &c->pattern);
	if (rc == -ENOENT)
		return bad_case(s, c->value, "a case without pattern");
	if (rc == 0 && has_matches)
		rc = take_text(c->value, "event", "event_text", &c->event);
	if (rc == -ENOENT)
		return bad_case(s, c->value, "a case with matches but without event");
	if (rc < 0)
		return cli_fail(s->args, CLI_FAILED, "out of memory");
	return run_texts(s, c);
}

static int
run_cases(struct session *s)
{
	auto_json_doc doc = NULL;
	struct json_error error = {0};
	int rc = json_doc_parse(s->text, &doc, &error);
	if (rc == -ENOMEM)
		return cli_fail(s->args, CLI_FAILED, "out of memory");
	struct place at = json_place(s->text, s->path, error.offset);
	if (rc < 0)
		return cli_fail(s->args, CLI_BAD_INPUT, "%s:%u:%u: no JSON: %s", s->path,
				at.line, at.column, error.text);
	struct json_value root = json_root(doc);
	if (root.kind != JSON_ARRAY)
		return bad_case(s, root, "expected an array of cases");
	struct test_case c = {.pattern = BUF_INIT(LIMIT_CONF_BYTES),
			      .event = BUF_INIT(LIMIT_CONF_BYTES)};
	int status = CLI_OK;
	c.value = json_item(root, 0);
	while (status == CLI_OK && c.value.kind != JSON_NONE) {
		buf_reset(&c.pattern);
		buf_reset(&c.event);
		c.number++;
		status = run_case(s, &c);
		c.value = json_after(root, c.value);
	}
	buf_done(&c.pattern);
	buf_done(&c.event);
	return status;
}

static int
run(const struct cli_args *args)
{
	const char *path = cli_operand(args, 0);
	auto_buf text = BUF_INIT(LIMIT_CONF_BYTES);
	int rc = file_read(path, &text);
	if (rc < 0)
		return cli_fail(args, CLI_BAD_INPUT, "%s: %s", path, strerror(-rc));
	struct session s = {.args = args, .path = path, .text = buf_slice(&text)};
	s.dialect = cli_has(args, "--strict") ? MATCH_STRICT : MATCH_EXTENDED;
	int status = run_cases(&s);
	if (status != CLI_OK)
		return status;
	printf("%zu passed, %zu failed\n", s.passed, s.failed);
	return s.failed > 0 ? CLI_FAILED : CLI_OK;
}

static const struct cli_option options[] = {
	{"--strict", 0, NULL, "EventBridge to the letter, without our additions", false},
	{0},
};

const struct cli_command cli_pattern_test = {
	.name = "pattern test",
	.operands = "CASES",
	.min_operands = 1,
	.max_operands = 1,
	.summary = "run event patterns against events with known results",
	.details =
		"CASES is a JSON array of {\"pattern\", \"event\", \"matches\"} and "
		"{\"pattern\",\n"
		"\"valid\"}. \"pattern_text\" and \"event_text\" are JSON as text and "
		"win "
		"over the\n"
		"parsed form. Prints each case that came out otherwise, and the counts.",
	.options = options,
	.example = "forgebridge pattern test tests/data/patterns.json",
	.exits = CLI_EXITS({CLI_OK, "all cases came out as they say"},
			   {CLI_FAILED, "some did not"},
			   {CLI_BAD_INPUT, "CASES cannot be read"}),
	.run = run,
};
