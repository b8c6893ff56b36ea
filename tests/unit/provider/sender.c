#include "sender.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

static char value_found[4096];

/* Copies the n-th value of that name; returns how many there are. */
static size_t
find(const char *headers, const char *name)
{
	size_t n = 0;
	size_t len = strlen(name);
	for (const char *p = headers; *p; p += strcspn(p, "\n"), p += *p == '\n') {
		if (strncasecmp(p, name, len) != 0 || p[len] != ':')
			continue;
		const char *value = p + len + 1 + strspn(p + len + 1, " ");
		size_t size = strcspn(value, "\n");
		assert_true(size < sizeof(value_found));
		if (n++ == 0) {
			memcpy(value_found, value, size);
			value_found[size] = '\0';
		}
	}
	return n;
}

static const char *
header(const void *arg, const char *name)
{
	return find(arg, name) > 0 ? value_found : NULL;
}

static size_t
header_count(const void *arg, const char *name)
{
	return find(arg, name);
}

struct provider_request
sender_request(const struct sender *sender)
{
	size_t len = sender->body_len > 0 ? sender->body_len : strlen(sender->body);
	return (struct provider_request){
		.method = "POST",
		.path = slice_of("/hooks/test"),
		.query = slice_of(sender->query ? sender->query : ""),
		.header = header,
		.header_count = header_count,
		.arg = sender->headers,
		.body = {sender->body, len},
		.now_us = sender->now_us ? sender->now_us : SENDER_NOW_US,
	};
}

static struct node *
options_of(const char *text)
{
	struct place at = {"test.yaml", 3, 5};
	struct node *options = node_new(NODE_OBJECT, at);
	assert_non_null(options);
	for (const char *p = text; *p; p += *p == ';') {
		size_t name = strcspn(p, "=");
		struct node *value = node_new(NODE_STRING, at);
		assert_non_null(value);
		value->key = str_ndup(p, name);
		value->key_at = at;
		p += name + 1;
		value->text_len = strcspn(p, ";");
		value->text = str_ndup(p, value->text_len);
		p += value->text_len;
		assert_int_equal(node_append(options, value), 0);
	}
	return options;
}

/* Commas inside a JSON object separate no secrets. */
static size_t
secret_length(const char *p)
{
	size_t braces = 0;
	size_t n = 0;
	for (; p[n] && (braces > 0 || p[n] != ','); n++) {
		if (p[n] == '{')
			braces++;
		if (p[n] == '}' && braces > 0)
			braces--;
	}
	return n;
}

struct provider_source *
sender_source(const char *kind, const char *secrets, const char *options,
	      struct diag_list *diags)
{
	struct secret parts[32] = {{0}};
	struct conf_source conf = {.at = {"test.yaml", 2, 3}, .secrets = parts};
	conf.kind_at = conf.at;
	conf.kind = str_dup(kind);
	conf.name = str_dup("test");
	for (const char *p = secrets; p; conf.n_secrets++) {
		size_t len = secret_length(p);
		assert_int_equal(secret_set(&parts[conf.n_secrets], p, len), 0);
		p = p[len] ? p + len + 1 : NULL;
	}
	conf.options = options_of(options ? options : "");
	struct provider_source *src = provider_source_new(&conf, diags);
	for (size_t i = 0; i < conf.n_secrets; i++)
		secret_done(&parts[i]);
	str_free(conf.kind);
	str_free(conf.name);
	node_free(conf.options);
	return src;
}

enum provider_verdict
sender_verify(const struct provider_source *src, const struct sender *sender)
{
	struct provider_request rq = sender_request(sender);
	return provider_verify(src, &rq);
}

enum provider_action
sender_read(const struct provider_source *src, const struct sender *sender,
	    struct delivery **ret_d, struct provider_answer *answer)
{
	struct provider_request rq = sender_request(sender);
	struct delivery *d = delivery_new();
	assert_non_null(d);
	assert_int_equal(buf_append(&d->body, rq.body.data, rq.body.len), 0);
	provider_answer_init(answer);
	*ret_d = d;
	return provider_source_provider(src)->read(src, &rq, d, answer);
}

enum provider_verdict
sender_sign_and_verify(const struct provider_source *src, const char *body)
{
	auto_buf lines = BUF_INIT(8192);
	auto_buf query = BUF_INIT(8192);
	const struct provider *p = provider_source_provider(src);
	assert_int_equal(
		p->sign(src, "push", NULL, slice_of(body), SENDER_NOW_US, &lines), 0);
	if (p->sign_query)
		assert_int_equal(p->sign_query(src, &query), 0);
	return sender_verify(src, &(struct sender){.headers = buf_str(&lines),
						   .query = buf_str(&query),
						   .body = body});
}
