/* The sources section. */
#include <errno.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "conf/reader.h"

static const char name_letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";

/* One secret or a list of them. */
static int
read_secrets(struct conf_reader *r, const struct conf_option *o, const struct node *n,
	     void *record)
{
	struct conf_source *source = record;
	bool is_list = n->kind == NODE_ARRAY;
	size_t count = is_list ? n->len : 1;
	if (count > LIMIT_SECRETS) {
		diag_error(r->diags, n->at, "`%s`: more than %d secrets", o->key,
			   LIMIT_SECRETS);
		return -EINVAL;
	}
	source->secrets = x_new_array(struct secret, count > 0 ? count : 1);
	if (!source->secrets)
		return -ENOMEM;
	if (count == 0) {
		source->n_secrets = 1; /* so that nobody else says that there is none */
		int rc = secret_set(&source->secrets[0], "?", 1);
		return rc < 0 ? rc : conf_expected(r, o, n, "at least one secret");
	}
	struct conf_option one = *o;
	one.offset = 0;
	int worst = 0;
	for (size_t i = 0; i < count; i++) {
		struct secret *to = &source->secrets[source->n_secrets];
		const struct node *item = is_list ? n->items[i] : n;
		int rc = conf_type_secret.read(r, &one, item, to);
		/* as above */
		if (rc == -EINVAL && secret_set(to, "?", 1) < 0)
			rc = -ENOMEM;
		source->n_secrets += rc != -ENOMEM;
		worst = conf_worse(worst, rc);
	}
	return worst;
}

static int
check_name(struct conf_reader *r, const struct node *n)
{
	size_t len = strlen(n->key);
	if (len > 0 && len <= LIMIT_SOURCE_NAME && strspn(n->key, name_letters) == len)
		return 0;
	diag_error(r->diags, n->key_at,
		   "a source's name is part of its path: expected 1 to %d of a-z, 0-9, _ "
		   "and -",
		   LIMIT_SOURCE_NAME);
	return -EINVAL;
}

static int
read_source(struct conf_reader *r, const struct conf_option *o, const struct node *n)
{
	struct conf_source *source = &r->conf->sources[r->conf->n_sources++];
	int rc = check_name(r, n);
	if (str_set(&source->name, n->key) < 0)
		return -ENOMEM;
	rc = conf_worse(rc, conf_read_section(r, o->section, n, source));
	if (source->options)
		rc = conf_worse(rc, conf_expand_tree(r, source->options));
	return rc;
}

static int
read_sources(struct conf_reader *r, const struct conf_option *o, const struct node *n,
	     void *record)
{
	(void)record;
	if (n->kind == NODE_NULL)
		return n->broken ? -EINVAL : 0;
	if (n->kind != NODE_OBJECT)
		return conf_expected(r, o, n, o->type->expected);
	if (n->len > LIMIT_SOURCES) {
		diag_error(r->diags, n->at, "more than %d sources", LIMIT_SOURCES);
		return -EINVAL;
	}
	r->conf->sources = x_new_array(struct conf_source, n->len);
	if (!r->conf->sources)
		return -ENOMEM;
	int worst = 0;
	for (size_t i = 0; i < n->len; i++)
		worst = conf_worse(worst, read_source(r, o, n->items[i]));
	return worst;
}

const struct conf_type conf_type_secrets = {
	"secrets", "text, ${NAME} or ${file:PATH}, or a list of them", read_secrets};
const struct conf_type conf_type_sources = {"mapping", "a mapping of names to sources",
					    read_sources};
