/* docs/CONFIG.md from the option table. */
#include <string.h>

#include "base/limits.h"
#include "cli/docs.h"
#include "conf/options.h"

#define MAX_SECTIONS 32

struct walk {
	struct buf *out;
	const struct conf_section *seen[MAX_SECTIONS];
	size_t n;
};

static const char intro[] =
	"# Configuration\n"
	"\n"
	"Made from the option table by `make docs`. One YAML file, read by\n"
	"`forgebridge serve -c FILE`; `forgebridge check -c FILE` names every mistake in "
	"it\n"
	"with line and column. SIGHUP reads it again; a file with mistakes changes "
	"nothing.\n"
	"\n"
	"- `include: [more.yaml, rules.d]` takes further files, or all `*.yaml` and "
	"`*.yml`\n"
	"  of a folder in the order of their names; paths are relative to the file that "
	"names\n"
	"  them. Sections are merged, rules are appended, a key set twice is a mistake.\n"
	"- `${NAME}` is the environment variable NAME, `${file:PATH}` the content of a "
	"file\n"
	"  without its last line break (systemd credentials, Docker secrets). Either "
	"stands\n"
	"  for a whole value. Inside rules there are none: rules are kept in the "
	"journal.\n"
	"- Durations: `500ms`, `30s`, `10m`, `2h`, `7d`; a bare number is seconds. "
	"Sizes:\n"
	"  `512`, `64KiB`, `25MiB`, `1GiB`.\n"
	"- Anchors, aliases, merge keys and tags of YAML are refused, and numbers that "
	"JSON\n"
	"  does not know (`0x1f`, `007`): put them in quotes if they are text.\n"
	"- Paths, `sqlite:PATH` among them, are relative to where the program was "
	"started.\n";

static const char example[] =
	"\n"
	"A small one is [the example](../deploy/forgebridge.example.yaml) to begin with. "
	"One that uses\n"
	"more:\n"
	"\n"
	"```yaml\n"
	"include: [rules.d]\n"
	"listen:\n"
	"  address: \"[::]:8443\"\n"
	"  tls: {certificate: /etc/forgebridge/tls.crt, key: /etc/forgebridge/tls.key}\n"
	"admin: {address: 127.0.0.1:8081}\n"
	"journal: {url: \"sqlite:journal.db\", retain: 90d, retain_bytes: 10GiB}\n"
	"forge:\n"
	"  accounts:\n"
	"    main: {organization: acme, token: \"${FORGE_TOKEN}\"}\n"
	"    labs: {organization: acme-labs, token: \"${file:secrets/labs-token}\"}\n"
	"mqtt:\n"
	"  url: mqtts://broker.example.com\n"
	"  user: bridge\n"
	"  password: \"${MQTT_PASSWORD}\"\n"
	"  name: web\n"
	"sources:\n"
	"  github: {kind: github, secret: [\"${HOOK_SECRET}\", \"${HOOK_SECRET_OLD}\"]}\n"
	"  ci: {kind: token, secret: \"${CI_TOKEN}\", allow: [10.0.0.0/8, \"::1\"]}\n"
	"log: {format: json}\n"
	"```\n";

static void
put_values(struct buf *out, const char *values)
{
	for (const char *p = values; *p;) {
		size_t n = strcspn(p, "|");
		buf_printf(out, "%s`%.*s`", p == values ? "" : ", ", (int)n, p);
		p += n + (p[n] == '|');
	}
}

static void
put_type(struct buf *out, const struct conf_option *o)
{
	auto_buf bounds = BUF_INIT(KIB);
	conf_option_bounds(o, &bounds);
	if (o->values)
		put_values(out, o->values);
	else
		docs_put_cell(out, o->type->name);
	if (bounds.len > 0)
		buf_printf(out, ", %s", buf_str(&bounds));
}

static void
put_option(struct buf *out, const struct conf_option *o)
{
	buf_printf(out, "| `%s` | ", o->key);
	put_type(out, o);
	if (o->initial)
		buf_printf(out, " | `%s` | ", o->initial);
	else
		buf_puts(out, o->required ? " | required | " : " | | ");
	if (o->help)
		docs_put_cell(out, o->help);
	else if (o->section)
		buf_printf(out, "see `%s` below", o->section->path);
	buf_puts(out, " |\n");
}

static void
put_later(struct buf *out, const struct conf_section *s)
{
	size_t n = 0;
	for (const struct conf_option *o = s->options; o->key; o++) {
		if (conf_option_is_later(o))
			buf_printf(out, "%s`%s`",
				   n++ == 0 ? "\nKept for later versions, a mistake in "
					      "this one: "
					    : ", ",
				   o->key);
	}
	if (n > 0)
		buf_puts(out, ".\n");
}

static void
put_section(struct walk *w, const struct conf_section *s)
{
	if (s->path[0])
		buf_printf(w->out, "\n## %s\n\n", s->path);
	else
		buf_puts(w->out, "\n## The file\n\n");
	if (s->help)
		buf_printf(w->out, "%s\n\n", s->help);
	buf_puts(w->out, "| key | value | default | meaning |\n|---|---|---|---|\n");
	for (const struct conf_option *o = s->options; o->key; o++) {
		if (!conf_option_is_later(o))
			put_option(w->out, o);
	}
	put_later(w->out, s);
}

/* Sections are few, and not deeply nested. */
static void
walk_section(struct walk *w, const struct conf_section *s)
{
	for (size_t i = 0; i < w->n; i++) {
		if (w->seen[i] == s)
			return;
	}
	if (w->n == MAX_SECTIONS)
		return;
	w->seen[w->n++] = s;
	put_section(w, s);
	for (const struct conf_option *o = s->options; o->key; o++) {
		if (o->section)
			walk_section(w, o->section);
	}
}

void
docs_config(struct buf *out)
{
	struct walk w = {.out = out};
	buf_puts(out, intro);
	buf_puts(out, example);
	walk_section(&w, &conf_section_root);
}
