/*
 * Arbitrary bytes as HTTP requests, at once and in pieces (the first byte says how long):
 * both must end the same way, with the same body.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "listen/message.h"

#define BODY_LIMIT 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct reading {
	struct message m;
	struct buf body;
	enum message_event event;
	size_t used;
};

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static int
take(void *arg, const char *data, size_t len)
{
	struct reading *r = arg;
	require(r->body.len + len <= BODY_LIMIT);
	return buf_append(&r->body, data, len);
}

static void
look_around(const struct message *m)
{
	struct slice path;
	struct slice query;
	message_split_target(m, &path, &query);
	require(path.len > 0 && strlen(message_method(m)) > 0);
	for (size_t i = 0; i < m->header_count; i++) {
		const char *name = m->head.data + m->headers[i].name;
		const char *value = m->head.data + m->headers[i].value;
		require(strlen(name) == m->headers[i].name_len);
		require(strlen(value) == m->headers[i].value_len);
		require(message_header(m, name) != NULL);
	}
}

static void
feed(struct reading *r, const char *data, size_t len, size_t step)
{
	message_init(&r->m, DEFAULT_HEADER_BYTES);
	r->body = BUF_INIT(BODY_LIMIT);
	r->event = MESSAGE_MORE;
	while (r->event == MESSAGE_MORE || r->event == MESSAGE_HEAD) {
		size_t left = len - r->used;
		size_t n = left < step ? left : step;
		size_t used = 0;
		r->event = message_feed(&r->m, data + r->used, n, &used);
		require(used <= n);
		r->used += used;
		if (r->event == MESSAGE_HEAD) {
			look_around(&r->m);
			message_start_body(&r->m, BODY_LIMIT, take, r);
		} else if (left == 0) {
			break;
		}
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reading whole = {0};
	struct reading pieces = {0};
	if (size < 2)
		return 0;
	const char *text = (const char *)data + 1;
	feed(&whole, text, size - 1, size);
	feed(&pieces, text, size - 1, data[0] % 64 + 1U);
	require(whole.event == pieces.event);
	require(slice_eq(buf_slice(&whole.body), buf_slice(&pieces.body)));
	if (whole.event == MESSAGE_COMPLETE)
		require(whole.used == pieces.used);
	message_done(&whole.m);
	message_done(&pieces.m);
	buf_done(&whole.body);
	buf_done(&pieces.body);
	return 0;
}
