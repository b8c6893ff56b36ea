#include "cli/rendering.h"

#include <errno.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/str.h"
#include "match/template.h"

void
rendering_init(struct rendering *r)
{
	*r = (struct rendering){
		.url = BUF_INIT(LIMIT_TEMPLATE_BYTES),
		.body = BUF_INIT(SIZE_MAX / 2),
		.error = BUF_INIT(LIMIT_TEXT_BYTES),
	};
}

void
rendering_done(struct rendering *r)
{
	buf_done(&r->url);
	buf_done(&r->body);
	buf_done(&r->error);
}

/* Whether the template that begins at p asks for one of the fields that a run fills. */
static bool
waits(const char *p)
{
	static const char *const fields[] = {"steps", "job"};
	p += 2 + strspn(p + 2, " \t\r\n");
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		size_t n = strlen(fields[i]);
		if (str_starts(p, fields[i]) && strchr(".[ |}", p[n]))
			return true;
	}
	return false;
}

static bool
waits_for_the_run(const char *text)
{
	const char *p = text;
	while ((p = strstr(p, "{{")) != NULL) {
		if (waits(p))
			return true;
		p += 2;
	}
	return false;
}

/* Behind the }} of the template at p, which the ruleset has found to be well-formed. */
static const char *
template_end(const char *p)
{
	char quote = '\0';
	for (p += 2; *p; p++) {
		if (quote == '"' && *p == '\\' && p[1])
			p++;
		else if (quote)
			quote = *p == quote ? '\0' : quote;
		else if (*p == '"' || *p == '\'')
			quote = *p;
		else if (str_starts(p, "}}"))
			return p + 2;
	}
	return p;
}

/* Takes a failure into the list of errors; -ENOMEM stays what it is. */
static int
note_error(int rc, char *text, struct buf *error)
{
	if (rc == -ENOMEM)
		return rc;
	buf_printf(error, "%s%s", error->len > 0 ? "\n" : "",
		   text ? text : "it cannot be rendered");
	return -EINVAL;
}

static int
render_now(const char *text, struct place at, const struct match_event *event,
	   struct buf *out, struct buf *error)
{
	auto_str problem = NULL;
	int rc = template_render_text(text, at, event, out, &problem);
	return rc < 0 ? note_error(rc, problem, error) : 0;
}

int
rendering_text(const char *text, struct place at, const struct match_event *event,
	       struct buf *out, bool *ret_pending, struct buf *error)
{
	if (!waits_for_the_run(text))
		return render_now(text, at, event, out, error);
	*ret_pending = true;
	int rc = 0;
	for (const char *p = text; *p && rc == 0;) {
		const char *open = strstr(p, "{{");
		buf_append(out, p, open ? (size_t)(open - p) : strlen(p));
		if (!open)
			break;
		p = template_end(open);
		auto_str one = str_ndup(open, (size_t)(p - open));
		if (!one)
			rc = -ENOMEM;
		else if (waits(open))
			rc = buf_puts(out, one);
		else
			rc = render_now(one, at, event, out, error);
	}
	return rc == 0 ? out->error : rc;
}

static int
render_leaf(struct rendering *r, const struct node *n, const struct match_event *event,
	    struct buf *out)
{
	auto_str problem = NULL;
	auto_buf text = BUF_INIT(LIMIT_TEMPLATE_BYTES);
	size_t before = out->len;
	int rc = 0;
	if (n->kind == NODE_STRING && waits_for_the_run(n->text)) {
		rc = rendering_text(n->text, n->at, event, &text, &r->pending, &r->error);
		if (rc == 0)
			rc = json_put_string(out, buf_str(&text), text.len);
	} else {
		rc = template_render(n, event, out, &problem);
		if (rc < 0)
			rc = note_error(rc, problem, &r->error);
	}
	if (rc == 0 || rc == -ENOMEM)
		return rc;
	buf_truncate(out, before);
	return buf_puts(out, "null");
}

/* Leaf by leaf, so that one that waits does not hide the others. */
static int
render_tree(struct rendering *r, const struct node *n, const struct match_event *event,
	    struct buf *out)
{
	if (n->kind != NODE_OBJECT && n->kind != NODE_ARRAY)
		return render_leaf(r, n, event, out);
	bool is_object = n->kind == NODE_OBJECT;
	int rc = buf_putc(out, is_object ? '{' : '[');
	for (size_t i = 0; rc == 0 && i < n->len; i++) {
		const struct node *item = n->items[i];
		if (i > 0)
			buf_putc(out, ',');
		if (is_object) {
			json_put_string(out, item->key, strlen(item->key));
			buf_putc(out, ':');
		}
		rc = render_tree(r, item, event, out);
	}
	return rc == 0 ? buf_putc(out, is_object ? '}' : ']') : rc;
}

/* A site's or server's name; *ret_text NULL while it is not known. */
static int
render_name(struct rendering *r, const char *text, struct place at,
	    const struct match_event *event, struct buf *out, const char **ret_text)
{
	bool pending = false;
	*ret_text = NULL;
	if (!text)
		return 0;
	int rc = rendering_text(text, at, event, out, &pending, &r->error);
	r->pending = r->pending || pending;
	if (rc == 0 && !pending)
		*ret_text = buf_str(out);
	return rc == -ENOMEM ? rc : 0;
}

static int
make_url(struct rendering *r, const struct conf *conf, const struct rule_step *step,
	 const struct match_event *event)
{
	auto_buf site = BUF_INIT(LIMIT_TEMPLATE_BYTES);
	auto_buf server = BUF_INIT(LIMIT_TEMPLATE_BYTES);
	auto_buf params = BUF_INIT(SIZE_MAX / 2);
	const char *site_text = NULL;
	auto_buf name = BUF_INIT(LIMIT_TEMPLATE_BYTES);
	const char *server_text = NULL;
	const char *account_name = NULL;
	int rc = render_name(r, step->account, step->account_at, event, &name,
			     &account_name);
	const struct conf_account *account = conf_account_find(conf, account_name);
	if (rc == 0)
		rc = render_name(r, step->site, step->site_at, event, &site, &site_text);
	if (rc == 0)
		rc = render_name(r, step->server, step->server_at, event, &server,
				 &server_text);
	if (rc == 0 && step->params)
		rc = render_tree(r, step->params, event, &params);
	if (rc == 0)
		rc = rendering_put_url(
			&r->url, r->operation, account ? account->organization : NULL,
			server_text, site_text, step->params ? buf_str(&params) : NULL);
	return rc;
}

int
rendering_make(struct rendering *r, const struct conf *conf, const struct rule_step *step,
	       const struct match_event *event)
{
	r->operation = forge_operation_find(step->operation);
	if (!r->operation)
		return -EINVAL; /* the ruleset has checked it */
	int rc = make_url(r, conf, step, event);
	if (rc == 0 && step->body)
		rc = render_tree(r, step->body, event, &r->body);
	return rc;
}
