/* The forge, mqtt and admin sections: what their tables cannot say. */
#include <errno.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "conf/reader.h"

static int
add_account(struct conf_reader *r, const struct conf_section *section, const char *name,
	    const struct node *n)
{
	struct conf *c = r->conf;
	struct conf_account *account = &c->accounts[c->n_accounts++];
	account->name = str_dup(name);
	if (!account->name)
		return -ENOMEM;
	return conf_read_section(r, section, n, account);
}

static int
read_accounts(struct conf_reader *r, const struct conf_option *o, const struct node *n,
	      void *record)
{
	(void)record;
	if (n->kind != NODE_OBJECT || n->len == 0)
		return conf_expected(r, o, n, o->type->expected);
	if (n->len > LIMIT_ACCOUNTS) {
		diag_error(r->diags, n->at, "more than %d accounts", LIMIT_ACCOUNTS);
		return -EINVAL;
	}
	r->conf->accounts = x_new_array(struct conf_account, n->len);
	if (!r->conf->accounts)
		return -ENOMEM;
	int worst = 0;
	for (size_t i = 0; i < n->len; i++) {
		const struct node *item = n->items[i];
		int rc = add_account(r, &conf_section_account, item->key, item);
		worst = conf_worse(worst, rc);
	}
	return worst;
}

/* With accounts, what belongs to one may not stand beside them. */
static int
refuse_plain_keys(struct conf_reader *r, const struct node *n)
{
	int rc = 0;
	for (size_t i = 0; i < n->len; i++) {
		if (str_eq(n->items[i]->key, "accounts"))
			continue;
		diag_error(r->diags, n->items[i]->key_at,
			   "`%s` does not go with `accounts`; put it into each of them",
			   n->items[i]->key);
		rc = -EINVAL;
	}
	return rc;
}

static int
read_forge(struct conf_reader *r, const struct conf_option *o, const struct node *n,
	   void *record)
{
	r->has_forge = true;
	const struct node *accounts = node_get(n, "accounts");
	if (accounts) {
		int rc = refuse_plain_keys(r, n);
		return conf_worse(rc, read_accounts(r,
						    &(struct conf_option){
							    .key = "accounts",
							    .type = &conf_type_accounts,
						    },
						    accounts, record));
	}
	r->conf->accounts = x_new_array(struct conf_account, 1);
	if (!r->conf->accounts)
		return -ENOMEM;
	return add_account(r, o->section, "default", n);
}

/* "1.1" is a flag in the record, since libcurl's default is 2. */
static int
read_http(struct conf_reader *r, const struct conf_option *o, const struct node *n,
	  void *record)
{
	char *text = NULL;
	struct conf_option word = *o;
	word.offset = 0;
	int rc = conf_type_word.read(r, &word, n, &text);
	if (rc == 0)
		*(bool *)conf_field(o, record) = str_eq(text, "1.1");
	str_free(text);
	return rc;
}

static int
read_mqtt(struct conf_reader *r, const struct conf_option *o, const struct node *n,
	  void *record)
{
	struct conf_mqtt *mqtt = conf_field(o, record);
	mqtt->enabled = true;
	int rc = conf_read_section(r, o->section, n, mqtt);
	const struct node *tls = node_get(n, "tls");
	if (rc == 0 && tls && !mqtt->tls) {
		diag_error(r->diags, tls->key_at,
			   "`tls` needs a URL that begins with mqtts://");
		rc = -EINVAL;
	}
	if (rc == 0 && !mqtt->cert_file != !mqtt->key_file) {
		diag_error(r->diags, tls ? tls->key_at : n->at,
			   "`tls`: `certificate` and `key` go together");
		rc = -EINVAL;
	}
	return rc;
}

static int
read_admin(struct conf_reader *r, const struct conf_option *o, const struct node *n,
	   void *record)
{
	r->conf->admin_enabled = true;
	return conf_read_section(r, o->section, n, conf_field(o, record));
}

const struct conf_type conf_type_accounts = {"mapping", "a mapping of names to accounts",
					     read_accounts};
const struct conf_type conf_type_forge = {"mapping", "a mapping (key: value)",
					  read_forge};
const struct conf_type conf_type_http = {"choice", "1.1 or 2", read_http};
const struct conf_type conf_type_mqtt = {"mapping", "a mapping (key: value)", read_mqtt};
const struct conf_type conf_type_admin = {"mapping", "a mapping (key: value)",
					  read_admin};
