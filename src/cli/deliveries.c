#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/journal_args.h"

#define DEFAULT_ROWS 50

/* Where the rows of a list go. */
struct listing {
	bool json;
	size_t rows;
};

static void
put_row_json(const struct journal_delivery_row *row)
{
	char time[CLOCK_TEXT_SIZE];
	auto_buf out = BUF_INIT(LIMIT_TEXT_BYTES);
	struct json_writer w;
	json_begin(&w, &out);
	json_open_object(&w, NULL);
	json_str(&w, "delivery", row->id.text);
	json_str(&w, "received_at", clock_format(row->received_us, time));
	json_str(&w, "source", row->source);
	json_str(&w, "kind", row->kind);
	json_str(&w, "type", row->type);
	json_str(&w, "sender_id", row->sender_id);
	json_str(&w, "subject", row->subject);
	json_int(&w, "bytes", (int64_t)row->body_bytes);
	json_str(&w, "rules", row->result);
	json_close_object(&w);
	puts(buf_str(&out));
}

static bool
on_row(const struct journal_delivery_row *row, void *arg)
{
	struct listing *l = arg;
	char time[CLOCK_TEXT_SIZE];
	l->rows++;
	if (l->json)
		put_row_json(row);
	else
		printf("%s  %s  %-12s %-16s %8llu  %s\n", row->id.text,
		       clock_format(row->received_us, time), row->source, row->type,
		       (unsigned long long)row->body_bytes,
		       str_is_empty(row->result) ? "(no rule)" : row->result);
	return true;
}

static int
run_list(const struct cli_args *args)
{
	struct journal_reader *reader = NULL;
	struct listing l = {.json = cli_has(args, "--json")};
	uint64_t max = 0;
	int rc = cli_get_u64(args, "--limit", 1, UINT32_MAX, DEFAULT_ROWS, &max);
	if (rc == CLI_OK)
		rc = cli_open_journal(args, &reader);
	if (rc != CLI_OK)
		return rc;
	int error = journal_list_deliveries(reader, (unsigned)max, on_row, &l);
	journal_reader_close(reader);
	if (error < 0)
		return cli_read_error(args, error, "list of deliveries");
	if (l.rows == 0)
		fputs("no deliveries yet\n", stderr);
	return CLI_OK;
}

/* Headers as received, in their order. */
static void
put_headers(struct json_writer *w, const struct delivery *d)
{
	const char *p = buf_str(&d->headers);
	json_open_array(w, "headers");
	while (*p) {
		size_t line = strcspn(p, "\n");
		json_slice(w, NULL, (struct slice){p, line});
		p += line + (p[line] == '\n');
	}
	json_close_array(w);
}

/* The body as text where it is text, and in base64 always: that is byte for byte. */
static void
put_body(struct json_writer *w, const struct delivery *d)
{
	auto_buf encoded = BUF_INIT(2 * (size_t)LIMIT_CONF_BYTES);
	base64_encode(&encoded, buf_str(&d->body), d->body.len);
	if (utf8_is_valid(buf_str(&d->body), d->body.len))
		json_slice(w, "body", buf_slice(&d->body));
	json_str(w, "body_base64", buf_str(&encoded));
}

static void
put_delivery(struct json_writer *w, const struct delivery *d)
{
	char time[CLOCK_TEXT_SIZE];
	json_open_object(w, NULL);
	json_str(w, "delivery", d->id.text);
	json_str(w, "received_at", clock_format(d->received_us, time));
	json_str(w, "source", d->source);
	json_str(w, "kind", d->kind);
	json_str(w, "type", d->type);
	json_str(w, "sender_id", d->sender_id);
	json_str(w, "subject", d->subject);
	json_str(w, "peer", d->peer);
	json_str(w, "rules", d->result);
	put_headers(w, d);
	put_body(w, d);
	json_close_object(w);
}

static int
show_json(const struct cli_args *args, const struct delivery *d)
{
	auto_buf out = BUF_INIT(8 * (size_t)LIMIT_CONF_BYTES);
	struct json_writer w;
	json_begin(&w, &out);
	put_delivery(&w, d);
	if (buf_failed(&out))
		return cli_fail(args, CLI_FAILED,
				"the delivery is too large for JSON; use --raw");
	puts(buf_str(&out));
	return CLI_OK;
}

static int
show_text(const struct delivery *d)
{
	char time[CLOCK_TEXT_SIZE];
	printf("delivery     %s\nreceived     %s\nsource       %s (%s)\ntype         %s\n"
	       "sender's id  %s\nfrom         %s\nrules        %s\n\n%s\n",
	       d->id.text, clock_format(d->received_us, time), d->source, d->kind,
	       d->type, d->sender_id ? d->sender_id : "-", d->peer ? d->peer : "-",
	       str_is_empty(d->result) ? "none" : d->result, buf_str(&d->headers));
	fwrite(buf_str(&d->body), 1, d->body.len, stdout);
	putchar('\n');
	return CLI_OK;
}

static int
run_show(const struct cli_args *args)
{
	struct journal_reader *reader = NULL;
	struct delivery *d = NULL;
	const char *id = cli_operand(args, 0);
	int rc = cli_open_journal(args, &reader);
	if (rc != CLI_OK)
		return rc;
	int error = journal_load_delivery(reader, id, &d);
	journal_reader_close(reader);
	if (error < 0) {
		auto_str what = str_format("delivery %s", id);
		return cli_read_error(args, error, what ? what : "delivery");
	}
	if (cli_has(args, "--raw"))
		fwrite(buf_str(&d->body), 1, d->body.len, stdout);
	else
		rc = cli_has(args, "--json") ? show_json(args, d) : show_text(d);
	delivery_free(d);
	return rc;
}

static const struct cli_option list_options[] = {
	{"--config", 'c', "FILE", "the configuration, which names the journal", true},
	{"--limit", 'n', "N", "how many rows at most (default 50)", false},
	{"--json", 0, NULL, "one JSON object a line", false},
	{0},
};

static const struct cli_option show_options[] = {
	{"--config", 'c', "FILE", "the configuration, which names the journal", true},
	{"--json", 0, NULL, "one JSON object, the body also in base64", false},
	{"--raw", 0, NULL, "the body alone, byte for byte as it was received", false},
	{0},
};

const struct cli_command cli_deliveries_list = {
	.name = "deliveries list",
	.operands = "",
	.summary = "list what was received, newest first",
	.details = "Reads the journal, whether the bridge runs or not. One line a "
		   "delivery: its id,\n"
		   "when it came, source, type, bytes, and the rules that matched.",
	.options = list_options,
	.example = "forgebridge deliveries list -c forgebridge.yaml --limit 20",
	.exits = CLI_EXITS({CLI_OK, "done"},
			   {CLI_BAD_INPUT, "the configuration has mistakes"},
			   {CLI_UNREACHABLE, "the journal cannot be read"}),
	.run = run_list,
};

const struct cli_command cli_deliveries_show = {
	.name = "deliveries show",
	.operands = "DELIVERY",
	.min_operands = 1,
	.max_operands = 1,
	.summary = "show one delivery with its headers and body",
	.details = "DELIVERY is the id of the answer 202, of the log and of notices "
		   "(correlationid).",
	.options = show_options,
	.example = "forgebridge deliveries show 01KATV3T8Q5Z0Y9K2M4N6P8R0S -c "
		   "forgebridge.yaml",
	.exits = CLI_EXITS({CLI_OK, "done"}, {CLI_FAILED, "there is no such delivery"},
			   {CLI_BAD_INPUT, "the configuration has mistakes"},
			   {CLI_UNREACHABLE, "the journal cannot be read"}),
	.run = run_show,
};
