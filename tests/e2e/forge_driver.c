/*
 * Drives libforge for test_forms.py: takes a JSON line a request, answers each with a
 * JSON line that holds its result.
 *
 *     {"how": "typed", "operation", "url", "token", "path": [text], "query", "body":
 * text}
 *     {"how": "call", "operation", "url", "token", "params": text, "body": text}
 *     {"how": "mark"}, {"how": "adopt", "mark": text}, {"how": "wait"}: like "call"
 *
 * params holds the parameters of the path, too. functions.h is made by the test: a
 * function for each operation that calls its typed one, and the table of them.
 */
#include <forge/forge.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PATH    8
#define MAX_CLIENTS 128

struct typed_call {
	const char *path[MAX_PATH];
	const char *query;
	const char *body;
};
struct typed_row {
	const char *operation;
	struct forge_result *(*call)(struct forge_client *c, const struct typed_call *t);
};
#include "functions.h"

static struct {
	char url[64];
	char token[64];
	struct forge_client *client;
} clients[MAX_CLIENTS];

static struct forge_client *
client_of(const char *url, const char *token)
{
	struct forge_options o = {
		.url = url, .token = token, .requests_per_minute = 1000000};
	size_t i = 0;
	while (i < MAX_CLIENTS - 1 && clients[i].client &&
	       (strcmp(clients[i].url, url) != 0 || strcmp(clients[i].token, token) != 0))
		i++;
	if (!clients[i].client) {
		snprintf(clients[i].url, sizeof(clients[i].url), "%s", url);
		snprintf(clients[i].token, sizeof(clients[i].token), "%s", token);
		clients[i].client = forge_client_new(NULL, &o);
	}
	return clients[i].client;
}

static void
on_result(const struct forge_result *r, void *arg)
{
	json_t *out = json_pack(
		"{s:s, s:i, s:s, s:s?, s:s#, s:s?, s:b, s:[], s:{}}", "kind",
		forge_kind_name(r->kind), "status", (int)r->status, "message", r->message,
		"said", r->said, "body", r->body, (int)r->body_len, "resource",
		r->resource, "accepted_only", r->accepted_only, "scopes", "errors");
	for (size_t i = 0; r->scopes && r->scopes[i]; i++)
		json_array_append_new(json_object_get(out, "scopes"),
				      json_string(r->scopes[i]));
	for (size_t i = 0; i < r->n_errors; i++)
		json_object_set_new(json_object_get(out, "errors"), r->errors[i].field,
				    json_string(r->errors[i].text));
	(void)arg;
	json_dumpf(out, stdout, JSON_COMPACT);
	putchar('\n');
	fflush(stdout);
	json_decref(out);
}

static struct forge_result *
call_typed(struct forge_client *c, const char *operation, const json_t *line)
{
	struct typed_call t = {
		.query = json_string_value(json_object_get(line, "query")),
		.body = json_string_value(json_object_get(line, "body")),
	};
	const json_t *path = json_object_get(line, "path");
	for (size_t i = 0; i < json_array_size(path) && i < MAX_PATH; i++)
		t.path[i] = json_string_value(json_array_get(path, i));
	for (size_t i = 0; functions[i].operation; i++) {
		if (strcmp(functions[i].operation, operation) == 0)
			return functions[i].call(c, &t);
	}
	return NULL;
}

static void
play(const json_t *line)
{
	const char *how = json_string_value(json_object_get(line, "how"));
	struct forge_client *c =
		client_of(json_string_value(json_object_get(line, "url")),
			  json_string_value(json_object_get(line, "token")));
	struct forge_request rq = {
		.operation = json_string_value(json_object_get(line, "operation")),
		.params = json_string_value(json_object_get(line, "params")),
		.body = json_string_value(json_object_get(line, "body")),
	};
	struct forge_result *result = NULL;
	if (strcmp(how, "mark") == 0) {
		forge_mark(c, &rq, on_result, NULL);
		forge_run(c);
		return;
	}
	if (strcmp(how, "adopt") == 0) {
		const char *mark = json_string_value(json_object_get(line, "mark"));
		forge_adopt(c, &rq, mark, on_result, NULL);
		forge_run(c);
		return;
	}
	if (strcmp(how, "typed") == 0)
		result = call_typed(c, rq.operation, line);
	else if (strcmp(how, "wait") == 0)
		result = forge_wait_sync(c, &rq, NULL, NULL);
	else
		result = forge_call_sync(c, &rq);
	on_result(result, NULL);
	forge_result_free(result);
}

int
main(void)
{
	char *text = NULL;
	size_t size = 0;
	while (getline(&text, &size, stdin) > 0) {
		json_t *line = json_loads(text, 0, NULL);
		play(line);
		json_decref(line);
	}
	for (size_t i = 0; i < MAX_CLIENTS && clients[i].client; i++)
		forge_client_free(clients[i].client);
	free(text);
	return 0;
}
