/* Scalars as text, and what ${...} stands for. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "conf/reader.h"

static const char name_letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "abcdefghijklmnopqrstuvwxyz0123456789_";

void
conf_value_done(struct conf_value *v)
{
	secret_done(&v->text);
}

bool
conf_is_reference(const char *text)
{
	const char *end = str_starts(text, "${") ? strchr(text, '}') : NULL;
	return end && end[1] == '\0';
}

static int
from_environment(struct conf_reader *r, const struct node *n, const char *name,
		 struct secret *text)
{
	bool is_name = *name && !(*name >= '0' && *name <= '9') &&
		       name[strspn(name, name_letters)] == '\0';
	if (!is_name) {
		diag_error(r->diags, n->at,
			   "`%s`: expected ${NAME} or ${file:PATH}, where NAME is made "
			   "of letters, digits and _",
			   n->text);
		return -EINVAL;
	}
	const char *value = getenv(name);
	if (!value) {
		diag_error(r->diags, n->at, "the environment variable %s is not set",
			   name);
		return -EINVAL;
	}
	return secret_set(text, value, strlen(value));
}

static int
from_file(struct conf_reader *r, const struct node *n, const char *path,
	  struct secret *text)
{
	if (str_is_empty(path)) {
		diag_error(r->diags, n->at, "`%s`: expected the path of a file", n->text);
		return -EINVAL;
	}
	int rc = secret_read_file(text, path);
	if (rc == -ENOMEM)
		return rc;
	if (rc == -EMSGSIZE) {
		diag_error(r->diags, n->at, "%s: longer than %u bytes", path,
			   (unsigned)LIMIT_SECRET_BYTES);
		return -EINVAL;
	}
	if (rc < 0) {
		diag_error(r->diags, n->at, "cannot read %s: %s", path, strerror(-rc));
		return -EINVAL;
	}
	struct stat st = {0};
	if (stat(path, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & S_IROTH))
		diag_warning(r->diags, n->at, "every user of this machine can read %s",
			     path);
	return 0;
}

static int
follow_reference(struct conf_reader *r, const struct node *n, struct secret *text)
{
	size_t len = strlen(n->text);
	auto_str inside = str_ndup(n->text + 2, len - 3);
	if (!inside)
		return -ENOMEM;
	int rc = str_starts(inside, "file:") ? from_file(r, n, inside + 5, text)
					     : from_environment(r, n, inside, text);
	if (rc == 0 && memchr(text->data, '\0', text->len)) {
		diag_error(r->diags, n->at, "the value of %s holds a NUL character",
			   n->text);
		return -EINVAL;
	}
	return rc;
}

static int
refuse_partial(struct conf_reader *r, const struct node *n, const char *key)
{
	diag_error(r->diags, n->at,
		   "`%s`: ${...} stands only for a whole value; put all of it into the "
		   "variable or file",
		   key);
	return -EINVAL;
}

int
conf_value_get(struct conf_reader *r, const struct conf_option *o, const struct node *n,
	       struct conf_value *ret_value)
{
	if (n->broken)
		return -EINVAL;
	if (!n->text)
		return conf_expected(r, o, n, o->type->expected);
	*ret_value = (struct conf_value){.kind = n->kind};
	if (n->kind != NODE_STRING || r->in_rules || !strstr(n->text, "${"))
		return secret_set(&ret_value->text, n->text, n->text_len);
	if (!conf_is_reference(n->text))
		return refuse_partial(r, n, o->key);
	ret_value->is_reference = true;
	int rc = follow_reference(r, n, &ret_value->text);
	if (rc < 0)
		conf_value_done(ret_value);
	return rc;
}

int
conf_expand_tree(struct conf_reader *r, struct node *tree)
{
	int rc = 0;
	bool is_text = tree->kind == NODE_STRING && !tree->broken;
	if (is_text && strstr(tree->text, "${")) {
		auto_secret text = {0};
		if (!conf_is_reference(tree->text))
			return refuse_partial(r, tree, tree->key ? tree->key : "options");
		rc = follow_reference(r, tree, &text);
		if (rc == 0)
			rc = str_set(&tree->text, text.data);
		tree->text_len = tree->text ? strlen(tree->text) : 0;
		return rc;
	}
	for (size_t i = 0; i < tree->len; i++)
		rc = conf_worse(rc, conf_expand_tree(r, tree->items[i]));
	return rc;
}
