#include "model/conf.h"

#include "base/mem.h"
#include "base/str.h"

struct conf *
conf_new(void)
{
	struct conf *c = x_new(struct conf);
	if (c)
		c->refs = 1;
	return c;
}

struct conf *
conf_ref(struct conf *c)
{
	c->refs++;
	return c;
}

static void
free_strings(char **items, size_t n)
{
	for (size_t i = 0; i < n; i++)
		str_free(items[i]);
	mem_free(items);
}

static void
listen_done(struct conf_listen *l)
{
	str_free(l->address.host);
	str_free(l->address.unix_path);
	str_free(l->tls_certificate);
	str_free(l->tls_key);
	free_strings(l->trusted_proxies, l->n_trusted_proxies);
}

static void
account_done(struct conf_account *a)
{
	str_free(a->name);
	str_free(a->url);
	str_free(a->organization);
	secret_done(&a->token);
}

static void
mqtt_done(struct conf_mqtt *m)
{
	str_free(m->host);
	str_free(m->ca_file);
	str_free(m->cert_file);
	str_free(m->key_file);
	str_free(m->user);
	secret_done(&m->password);
	str_free(m->topic);
	str_free(m->name);
}

static void
source_done(struct conf_source *s)
{
	str_free(s->name);
	str_free(s->kind);
	for (size_t i = 0; i < s->n_secrets; i++)
		secret_done(&s->secrets[i]);
	mem_free(s->secrets);
	free_strings(s->allow, s->n_allow);
	node_free(s->options);
}

static void
conf_free(struct conf *c)
{
	listen_done(&c->listen);
	listen_done(&c->admin);
	str_free(c->journal.url);
	str_free(c->journal.path);
	for (size_t i = 0; i < c->n_accounts; i++)
		account_done(&c->accounts[i]);
	mem_free(c->accounts);
	mqtt_done(&c->mqtt);
	str_free(c->log.level);
	for (size_t i = 0; i < c->n_sources; i++)
		source_done(&c->sources[i]);
	mem_free(c->sources);
	for (size_t i = 0; i < c->n_rules; i++)
		rule_free(c->rules[i]);
	mem_free(c->rules);
	free_strings(c->files, c->n_files);
	mem_free(c);
}

void
conf_unref(struct conf *c)
{
	if (c && --c->refs == 0)
		conf_free(c);
}

const struct conf_source *
conf_source_find(const struct conf *c, const char *name)
{
	for (size_t i = 0; i < c->n_sources; i++) {
		if (str_eq(c->sources[i].name, name))
			return &c->sources[i];
	}
	return NULL;
}

const struct rule *
conf_rule_find(const struct conf *c, const char *name)
{
	for (size_t i = 0; i < c->n_rules; i++) {
		if (str_eq(c->rules[i]->name, name))
			return c->rules[i];
	}
	return NULL;
}

const struct conf_account *
conf_account_find(const struct conf *c, const char *name)
{
	for (size_t i = 0; i < c->n_accounts; i++) {
		if (!name || str_eq(c->accounts[i].name, name))
			return &c->accounts[i];
	}
	return NULL;
}
