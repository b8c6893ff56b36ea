#include "provider/fields.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "provider/provider.h"

void
provider_fields_init(struct provider_fields *f)
{
	/* made of parts of a body, which is bounded */
	buf_init(&f->git, SIZE_MAX / 2);
	buf_init(&f->chat, SIZE_MAX / 2);
	buf_init(&f->alert, SIZE_MAX / 2);
}

void
provider_fields_done(struct provider_fields *f)
{
	buf_done(&f->git);
	buf_done(&f->chat);
	buf_done(&f->alert);
}

int
provider_fields_read(const struct delivery *d, struct provider_fields *out)
{
	const struct provider *p = provider_find(d->kind);
	auto_json_doc doc = NULL;
	if (!p || !p->normalise || d->form == PAYLOAD_TEXT)
		return 0;
	int rc = json_doc_parse(delivery_payload(d), &doc, NULL);
	if (rc < 0)
		return rc == -ENOMEM ? rc : 0;
	p->normalise(d, json_root(doc), out);
	bool failed = buf_failed(&out->git) || buf_failed(&out->chat) ||
		      buf_failed(&out->alert);
	return failed ? -ENOMEM : 0;
}

struct json_value
fields_find(struct json_value payload, const char *paths)
{
	struct json_value none = {.kind = JSON_NONE};
	char path[LIMIT_WORD_BYTES];
	for (const char *p = paths; p && *p; p += *p == '|') {
		size_t n = strcspn(p, "|");
		if (n < sizeof(path)) {
			memcpy(path, p, n);
			path[n] = '\0';
			struct json_value v = json_find(payload, path);
			if (v.kind != JSON_NONE && v.kind != JSON_NULL)
				return v;
		}
		p += n;
	}
	return none;
}

/* Writes a string; numbers and the rest are no text that a field could have. */
static void
put_text(struct json_writer *w, const char *key, struct json_value v)
{
	if (v.kind == JSON_STRING)
		json_raw_slice(w, key, v.raw);
}

/* --- git -------------------------------------------------------------------------------
 */

static void
put_commit(struct json_writer *w, const char *key, struct json_value v)
{
	bool is_zeros = v.kind == JSON_STRING && v.raw.len > 2 &&
			strspn(v.raw.data + 1, "0") == v.raw.len - 2;
	if (!is_zeros)
		put_text(w, key, v);
}

/* What stands behind prefix in a string; false when it does not begin so. */
static bool
put_behind(struct json_writer *w, const char *key, struct json_value v,
	   const char *prefix)
{
	auto_buf text = BUF_INIT(SIZE_MAX / 2);
	if (v.kind != JSON_STRING || json_text(v, &text) < 0)
		return false;
	size_t n = strlen(prefix);
	if (text.len <= n || memcmp(text.data, prefix, n) != 0)
		return false;
	json_slice(w, key, (struct slice){text.data + n, text.len - n});
	return true;
}

/* Paths as they stand in the payload, with quotes. */
struct paths {
	struct slice *items; /* owned */
	size_t len;
	size_t cap;
	int error;
};

static void
add_paths(struct paths *p, struct json_value list)
{
	if (list.kind != JSON_ARRAY)
		return;
	struct json_value v = json_item(list, 0);
	for (; v.kind != JSON_NONE; v = json_after(list, v)) {
		if (v.kind != JSON_STRING)
			continue;
		if (x_reserve(&p->items, &p->cap, p->len) < 0) {
			p->error = -ENOMEM;
			return;
		}
		p->items[p->len++] = v.raw;
	}
}

static int
by_text(const void *left, const void *right)
{
	const struct slice *a = left;
	const struct slice *b = right;
	size_t n = a->len < b->len ? a->len : b->len;
	int order = memcmp(a->data, b->data, n);
	if (order != 0)
		return order;
	return a->len < b->len ? -1 : a->len > b->len;
}

/* Every path that some commit touches, once, sorted. */
static void
put_changed_paths(struct json_writer *w, struct json_value commits)
{
	struct paths p = {0};
	if (commits.kind != JSON_ARRAY)
		return;
	struct json_value c = json_item(commits, 0);
	for (; c.kind != JSON_NONE; c = json_after(commits, c)) {
		add_paths(&p, json_member(c, "added"));
		add_paths(&p, json_member(c, "removed"));
		add_paths(&p, json_member(c, "modified"));
	}
	if (p.len > 1)
		qsort(p.items, p.len, sizeof(*p.items), by_text);
	json_open_array(w, "changed_paths");
	for (size_t i = 0; i < p.len; i++) {
		if (i == 0 || by_text(&p.items[i - 1], &p.items[i]) != 0)
			json_raw_slice(w, NULL, p.items[i]);
	}
	json_close_array(w);
	if (p.error < 0)
		w->out->error = p.error;
	mem_free(p.items);
}

struct git_facts
git_find(const struct git_map *table, const char *type, struct json_value payload)
{
	const struct git_map *m = table;
	while (m->type && !str_eq(m->type, type))
		m++;
	return (struct git_facts){
		.repository = fields_find(payload, m->repository),
		.ref = fields_find(payload, m->ref),
		.branch = fields_find(payload, m->branch),
		.tag = fields_find(payload, m->tag),
		.commit = fields_find(payload, m->commit),
		.before = fields_find(payload, m->before),
		.author = fields_find(payload, m->author),
		.message = fields_find(payload, m->message),
		.url = fields_find(payload, m->url),
		.commits = fields_find(payload, m->commits),
	};
}

void
git_put(struct buf *out, const struct git_facts *f)
{
	struct json_writer w;
	size_t begin = out->len;
	json_begin(&w, out);
	json_open_object(&w, NULL);
	put_text(&w, "repository", f->repository);
	if (!put_behind(&w, "branch", f->ref, "refs/heads/"))
		put_text(&w, "branch", f->branch);
	if (!put_behind(&w, "tag", f->ref, "refs/tags/"))
		put_text(&w, "tag", f->tag);
	put_commit(&w, "commit", f->commit);
	put_commit(&w, "before", f->before);
	put_text(&w, "author", f->author);
	put_text(&w, "message", f->message);
	put_text(&w, "url", f->url);
	put_changed_paths(&w, f->commits);
	json_close_object(&w);
	if (out->len == begin + 2)
		buf_truncate(out, begin);
}

/* The names of one kind of ref in several changes. */
static void
put_names(struct json_writer *w, const char *key, struct json_value changes,
	  git_change_fn *add, bool tags)
{
	size_t begin = w->out->len;
	bool need_comma = w->need_comma;
	json_open_array(w, key);
	size_t empty = w->out->len;
	struct json_value c = json_item(changes, 0);
	for (; c.kind != JSON_NONE; c = json_after(changes, c)) {
		struct git_facts f = {.commit.kind = JSON_NONE};
		add(c, &f);
		if (!put_behind(w, NULL, f.ref, tags ? "refs/tags/" : "refs/heads/"))
			put_text(w, NULL, tags ? f.tag : f.branch);
	}
	if (w->out->len == empty) {
		buf_truncate(w->out, begin);
		w->need_comma = need_comma;
		return;
	}
	json_close_array(w);
}

void
git_put_changes(struct buf *out, const struct git_facts *all, struct json_value changes,
		git_change_fn *add)
{
	struct git_facts f = *all;
	struct json_value first = json_item(changes, 0);
	if (first.kind == JSON_NONE || json_after(changes, first).kind == JSON_NONE) {
		if (first.kind != JSON_NONE)
			add(first, &f);
		git_put(out, &f);
		return;
	}
	struct json_writer w;
	size_t begin = out->len;
	json_begin(&w, out);
	json_open_object(&w, NULL);
	put_text(&w, "repository", f.repository);
	put_names(&w, "branch", changes, add, false);
	put_names(&w, "tag", changes, add, true);
	put_text(&w, "author", f.author);
	put_text(&w, "url", f.url);
	json_close_object(&w);
	if (out->len == begin + 2)
		buf_truncate(out, begin);
}

struct json_value
git_commit_of(struct json_value commits, const char *key, struct json_value id)
{
	struct json_value none = {.kind = JSON_NONE};
	if (id.kind != JSON_STRING || commits.kind != JSON_ARRAY)
		return none;
	struct json_value c = json_item(commits, 0);
	for (; c.kind != JSON_NONE; c = json_after(commits, c)) {
		struct json_value own = json_member(c, key);
		if (own.kind == JSON_STRING && slice_eq(own.raw, id.raw))
			return c;
	}
	return none;
}

struct json_value
git_join(struct buf *storage, struct json_value owner, struct json_value name)
{
	struct json_value none = {.kind = JSON_NONE};
	if (owner.kind != JSON_STRING || name.kind != JSON_STRING)
		return none;
	buf_reset(storage);
	buf_append(storage, owner.raw.data, owner.raw.len - 1);
	buf_putc(storage, '/');
	buf_append(storage, name.raw.data + 1, name.raw.len - 1);
	if (buf_failed(storage))
		return none;
	return (struct json_value){.kind = JSON_STRING, .raw = buf_slice(storage)};
}

/* --- chat, alert -----------------------------------------------------------------------
 */

static void
put_slice(struct json_writer *w, const char *key, struct slice text)
{
	if (text.data)
		json_slice(w, key, text);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void
put_args(struct json_writer *w, struct slice text)
{
	json_open_array(w, "args");
	for (size_t i = 0; i < text.len;) {
		size_t begin = i;
		while (i < text.len && !is_blank(text.data[i]))
			i++;
		if (i > begin)
			json_slice(w, NULL, (struct slice){text.data + begin, i - begin});
		while (i < text.len && is_blank(text.data[i]))
			i++;
	}
	json_close_array(w);
}

void
chat_put(struct buf *out, const struct chat_facts *f)
{
	struct json_writer w;
	size_t begin = out->len;
	json_begin(&w, out);
	json_open_object(&w, NULL);
	put_slice(&w, "command", f->command);
	put_slice(&w, "text", f->text);
	if (f->text.data)
		put_args(&w, f->text);
	put_slice(&w, "user", f->user);
	put_slice(&w, "channel", f->channel);
	json_close_object(&w);
	if (out->len == begin + 2)
		buf_truncate(out, begin);
}

void
alert_put(struct buf *out, const struct alert_facts *f)
{
	struct json_writer w;
	size_t begin = out->len;
	json_begin(&w, out);
	json_open_object(&w, NULL);
	put_text(&w, "name", f->name);
	put_text(&w, "severity", f->severity);
	json_opt_str(&w, "state", f->state);
	json_close_object(&w);
	if (out->len == begin + 2)
		buf_truncate(out, begin);
}

const char *
alert_state(const struct alert_word *table, struct json_value v)
{
	for (; table->word; table++) {
		if (json_is_text(v, table->word))
			return table->state;
	}
	return NULL;
}
