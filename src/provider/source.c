#include "provider/source.h"

#include <errno.h>
#include <string.h>

#include "base/mem.h"

/* The row of that name, -1 when there is none. */
static int
find_row(const struct provider *p, const char *name)
{
	for (int i = 0; p->options && p->options[i].name; i++) {
		if (str_eq(p->options[i].name, name))
			return i;
	}
	return -1;
}

const char *
source_option(const struct provider_source *src, const char *name)
{
	int row = find_row(src->provider, name);
	if (row < 0)
		return NULL;
	return src->given[row] ? src->given[row] : src->provider->options[row].initial;
}

bool
source_has_option(const struct provider_source *src, const char *name)
{
	int row = find_row(src->provider, name);
	return row >= 0 && src->given[row];
}

static void
unknown_key(const struct provider *p, const struct node *member, const char *const *names,
	    size_t n, struct diag_list *diags)
{
	auto_buf list = BUF_INIT(4 * KIB);
	for (size_t i = 0; i < n; i++)
		buf_printf(&list, "%s\"%s\"", i > 0 ? ", " : "", names[i]);
	diag_error(diags, member->key_at,
		   "unknown key \"%s\" in a source of kind %s; expected one of %s",
		   member->key, p->kind, buf_str(&list));
}

static void
unknown_option(const struct provider *p, const struct node *member,
	       struct diag_list *diags)
{
	const char *names[LIMIT_OPTIONS + 3] = {"kind", "secret", "allow"};
	size_t n = 3;
	for (int i = 0; p->options && p->options[i].name && n < ARRAY_LEN(names); i++)
		names[n++] = p->options[i].name;
	const char *near = str_nearest(member->key, names, n);
	if (near)
		diag_error(diags, member->key_at,
			   "unknown key \"%s\" in a source of kind %s; did you mean "
			   "\"%s\"?",
			   member->key, p->kind, near);
	else
		unknown_key(p, member, names, n, diags);
}

/* Whether text is one of "a|b|c". */
static bool
is_one_of(const char *text, const char *values)
{
	size_t len = strlen(text);
	for (const char *p = values; *p; p += *p == '|') {
		size_t n = strcspn(p, "|");
		if (n == len && strncmp(p, text, n) == 0)
			return true;
		p += n;
	}
	return false;
}

/* What is wrong with the text, NULL when nothing is. */
static const char *
shape_mistake(const char *text, enum provider_shape shape)
{
	static const char token[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789!#$%&'*+-.^_`|~";
	for (const char *p = text; *p; p++) {
		if (*p < ' ' || *p > '~')
			return "printable ASCII";
	}
	if (shape == SHAPE_HEADER && (*text == '\0' || text[strspn(text, token)] != '\0'))
		return "the name of a header";
	if (shape == SHAPE_NAME && (*text == '\0' || strchr(text, ' ')))
		return "a word without blanks";
	return NULL;
}

static void
take_option(struct provider_source *src, const struct node *member,
	    struct diag_list *diags)
{
	int row = find_row(src->provider, member->key);
	if (row < 0) {
		unknown_option(src->provider, member, diags);
		return;
	}
	const struct provider_option *o = &src->provider->options[row];
	const char *text = node_text(member);
	if (o->shape == SHAPE_NEVER) {
		diag_error(diags, member->key_at, "%s: %s", o->name, o->help);
		return;
	}
	if (!text || strlen(text) != member->text_len ||
	    member->text_len > LIMIT_OPTION_BYTES) {
		diag_error(diags, member->at, "%s must be a text of at most %d bytes",
			   o->name, LIMIT_OPTION_BYTES);
		return;
	}
	const char *expected = shape_mistake(text, o->shape);
	if (o->values && !is_one_of(text, o->values))
		diag_error(diags, member->at, "%s is \"%s\" but must be one of %s",
			   o->name, text, o->values);
	else if (expected)
		diag_error(diags, member->at, "%s must be %s", o->name, expected);
	else if (str_set(&src->given[row], text) < 0)
		diag_error(diags, member->at, "out of memory");
}

static void
take_options(struct provider_source *src, const struct conf_source *conf,
	     struct diag_list *diags)
{
	for (size_t i = 0; conf->options && i < conf->options->len; i++)
		take_option(src, conf->options->items[i], diags);
	const struct provider_option *o = src->provider->options;
	for (int i = 0; o && o[i].name; i++) {
		if (o[i].required &&
		    (!conf->options || !node_get(conf->options, o[i].name)))
			diag_error(diags, conf->at, "a source of kind %s needs \"%s\"",
				   src->provider->kind, o[i].name);
	}
}

static void
check_secrets(const struct provider *p, const struct conf_source *conf,
	      struct diag_list *diags)
{
	if (p->needs_secret && conf->n_secrets == 0)
		diag_error(diags, conf->at, "a source of kind %s needs a secret",
			   p->kind);
	if (conf->n_secrets > LIMIT_SECRETS)
		diag_error(diags, conf->at, "more than %d secrets", LIMIT_SECRETS);
	for (size_t i = 0; i < conf->n_secrets; i++) {
		const struct secret *s = &conf->secrets[i];
		if (secret_is_empty(s))
			diag_error(diags, conf->at, "a secret is empty");
		else if (strchr(" \t\r\n", s->data[s->len - 1]))
			diag_warning(diags, conf->at,
				     "a secret ends with a blank or a line break");
	}
}

static const struct provider *
find_provider(const struct conf_source *conf, struct diag_list *diags)
{
	const char *kind = conf->kind ? conf->kind : "";
	const struct provider *p = provider_find(kind);
	if (p)
		return p;
	auto_buf problem = BUF_INIT(KIB);
	provider_put_unknown(kind, &problem);
	diag_error(diags, conf->kind_at, "%s", buf_str(&problem));
	return NULL;
}

struct provider_source *
provider_source_new(const struct conf_source *conf, struct diag_list *diags)
{
	const struct provider *p = find_provider(conf, diags);
	struct provider_source *src = p ? x_new(struct provider_source) : NULL;
	if (!src)
		return NULL;
	src->provider = p;
	size_t before = diags->errors;
	check_secrets(p, conf, diags);
	take_options(src, conf, diags);
	int rc = diags->errors == before ? 0 : -EINVAL;
	if (rc == 0 && p->prepare)
		rc = p->prepare(src, conf, diags);
	if (rc == -ENOMEM)
		diag_error(diags, conf->at, "out of memory");
	if (rc == 0)
		return src;
	provider_source_free(src);
	return NULL;
}

void
provider_source_free(struct provider_source *src)
{
	if (!src)
		return;
	if (src->provider->release)
		src->provider->release(src->data);
	for (size_t i = 0; i < ARRAY_LEN(src->given); i++)
		str_free(src->given[i]);
	mem_free(src);
}

const struct provider *
provider_source_provider(const struct provider_source *src)
{
	return src->provider;
}
