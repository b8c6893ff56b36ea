#include "listen/message.h"

#include <errno.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"

static struct message *
of(llhttp_t *parser)
{
	return parser->data;
}

bool
message_refuse(struct message *m, int status, const char *detail)
{
	if (m->status == 0) {
		m->status = status;
		m->detail = detail;
	}
	return false;
}

/* Inside callbacks of the parser: the refusal, and what stops llhttp. */
static int
refuse(struct message *m, int status, const char *detail)
{
	message_refuse(m, status, detail);
	return HPE_USER;
}

/* --- callbacks: the head ------------------------------------------------------------ */

/* Where a text of the piece being parsed will stand in head. */
static uint32_t
offset_of(const struct message *m, const char *at)
{
	return (uint32_t)(m->head.len + (size_t)(at - m->piece));
}

static int
on_target(llhttp_t *parser, const char *at, size_t len)
{
	struct message *m = of(parser);
	if (m->target_len == 0)
		m->target = offset_of(m, at);
	m->target_len += (uint32_t)len;
	if (m->target_len > DEFAULT_URI_BYTES)
		return refuse(m, 414, "The request target is too long.");
	return 0;
}

static int
on_target_complete(llhttp_t *parser)
{
	of(parser)->target_seen = true;
	return 0;
}

static int
on_version_complete(llhttp_t *parser)
{
	of(parser)->version_seen = true;
	return 0;
}

static struct message_header *
last_header(struct message *m)
{
	return &m->headers[m->header_count - 1];
}

/* The header being read, begun by the first byte of its name. */
static int
on_name(llhttp_t *parser, const char *at, size_t len)
{
	struct message *m = of(parser);
	if (m->phase != MESSAGE_PHASE_HEAD)
		return 0; /* trailers are read over */
	uint32_t offset = offset_of(m, at);
	if (m->header_count > 0) {
		struct message_header *h = last_header(m);
		if (h->value == 0) {
			h->name_len = offset + (uint32_t)len - h->name;
			return 0;
		}
	}
	if (m->header_count >= DEFAULT_HEADER_COUNT)
		return refuse(m, 431, "There are too many header fields.");
	if (x_reserve(&m->headers, &m->header_cap, m->header_count) < 0)
		return refuse(m, 503, "Memory is short.");
	m->headers[m->header_count++] =
		(struct message_header){.name = offset, .name_len = (uint32_t)len};
	return 0;
}

/* From here on the next name is that of another header. */
static int
on_name_complete(llhttp_t *parser)
{
	struct message *m = of(parser);
	if (m->phase != MESSAGE_PHASE_HEAD)
		return 0;
	if (m->header_count == 0 || last_header(m)->name_len == 0)
		return refuse(m, 400, "A header field has no name.");
	last_header(m)->value = last_header(m)->name + last_header(m)->name_len;
	return 0;
}

static int
on_value(llhttp_t *parser, const char *at, size_t len)
{
	struct message *m = of(parser);
	if (m->phase != MESSAGE_PHASE_HEAD || len == 0)
		return 0;
	struct message_header *h = last_header(m);
	uint32_t offset = offset_of(m, at);
	if (h->value_len == 0)
		h->value = offset;
	h->value_len = offset + (uint32_t)len - h->value;
	return 0;
}

/* The head is looked at, and decided on, outside of the parser. */
static int
on_head_complete(llhttp_t *parser)
{
	(void)parser;
	return HPE_PAUSED;
}

/* --- callbacks: chunks -------------------------------------------------------------- */

static int
on_chunk_header(llhttp_t *parser)
{
	struct message *m = of(parser);
	if (parser->content_length == 0)
		return HPE_PAUSED; /* the trailer section begins behind this line */
	if (parser->content_length > m->body_limit - m->body_len)
		return refuse(m, 413, "The body is too long.");
	return 0;
}

static int
on_chunk_data(llhttp_t *parser, const char *at, size_t len)
{
	struct message *m = of(parser);
	m->body_len += len;
	return m->on_body(m->arg, at, len) == 0 ? 0 : HPE_USER;
}

static int
on_complete(llhttp_t *parser)
{
	of(parser)->phase = MESSAGE_PHASE_DONE;
	return HPE_PAUSED;
}

static const llhttp_settings_t settings = {
	.on_url = on_target,
	.on_url_complete = on_target_complete,
	.on_version_complete = on_version_complete,
	.on_header_field = on_name,
	.on_header_field_complete = on_name_complete,
	.on_header_value = on_value,
	.on_headers_complete = on_head_complete,
	.on_chunk_header = on_chunk_header,
	.on_body = on_chunk_data,
	.on_message_complete = on_complete,
};

/* --- life --------------------------------------------------------------------------- */

void
message_init(struct message *m, size_t head_limit)
{
	*m = (struct message){.head = BUF_INIT(head_limit)};
	message_reset(m);
}

void
message_done(struct message *m)
{
	buf_done(&m->head);
	mem_free(m->headers);
	m->headers = NULL;
	m->header_count = m->header_cap = 0;
}

void
message_reset(struct message *m)
{
	struct message_header *headers = m->headers;
	size_t cap = m->header_cap;
	struct buf head = m->head;
	buf_reset(&head);
	*m = (struct message){
		.head = head, .headers = headers, .header_cap = cap, .last = '\n'};
	llhttp_init(&m->parser, HTTP_REQUEST, &settings);
	m->parser.data = m;
}

/* --- feeding ------------------------------------------------------------------------ */

/* Letters and the like up to a blank: a method that nobody here knows, not rubbish. */
static bool
begins_with_token(const char *data, size_t len)
{
	size_t n = 0;
	while (n < len && data[n] >= 'A' && data[n] <= 'Z')
		n++;
	return n > 0 && n < len && data[n] == ' ';
}

/* What llhttp's own errors mean to the client. */
static void
refuse_error(struct message *m, llhttp_errno_t err, const char *data, size_t len)
{
	if (err == HPE_PAUSED_H2_UPGRADE ||
	    (err == HPE_INVALID_VERSION && !m->version_seen))
		message_refuse(m, 505, "HTTP/1.1 and HTTP/1.0 are spoken here.");
	else if (err == HPE_INVALID_METHOD && m->head.len == 0 &&
		 begins_with_token(data, len))
		message_refuse(m, 501, "The method is unknown.");
	else
		message_refuse(m, 400, llhttp_get_error_reason(&m->parser));
}

/* Runs llhttp over the bytes; *ret_used is how far it came. */
static llhttp_errno_t
execute(struct message *m, const char *data, size_t len, size_t *ret_used)
{
	m->piece = data;
	llhttp_errno_t err = llhttp_execute(&m->parser, data, len);
	if (err == HPE_OK) {
		*ret_used = len;
		return err;
	}
	const char *end = llhttp_get_error_pos(&m->parser);
	*ret_used = end ? (size_t)(end - data) : 0;
	if (err == HPE_PAUSED)
		llhttp_resume(&m->parser);
	else if (m->status == 0 && err != HPE_USER)
		refuse_error(m, err, data, len);
	return err;
}

static void
refuse_long_head(struct message *m)
{
	if (m->target_len > 0 && !m->target_seen)
		message_refuse(m, 414, "The request target is too long.");
	else
		message_refuse(m, 431, "The header section is too long.");
}

/* HTTP/0.9 is "GET target" and no more; llhttp would wait for header fields. */
static bool
lacks_version(const struct message *m)
{
	size_t behind = m->target + m->target_len;
	return m->target_len > 0 && m->head.len > behind && m->head.data[behind] != ' ';
}

static enum message_event
feed_head(struct message *m, const char *data, size_t len, size_t *ret_used)
{
	size_t room = m->head.limit - m->head.len;
	size_t n = len < room ? len : room;
	llhttp_errno_t err = execute(m, data, n, ret_used);
	if (m->status != 0)
		return MESSAGE_REFUSED;
	if (buf_append(&m->head, data, *ret_used) < 0) {
		message_refuse(m, 503, "Memory is short.");
		return MESSAGE_REFUSED;
	}
	if (err == HPE_PAUSED) {
		m->phase = MESSAGE_PHASE_DECIDE;
		return message_check_head(m) ? MESSAGE_HEAD : MESSAGE_REFUSED;
	}
	if (lacks_version(m))
		message_refuse(m, 400, "The request line is malformed.");
	else if (m->head.len >= m->head.limit)
		refuse_long_head(m);
	return m->status == 0 ? MESSAGE_MORE : MESSAGE_REFUSED;
}

static enum message_event
feed_length(struct message *m, const char *data, size_t len, size_t *ret_used)
{
	size_t n = len < m->remaining ? len : (size_t)m->remaining;
	*ret_used = n;
	if (n > 0) {
		message_skip(m, n);
		if (m->on_body(m->arg, data, n) != 0)
			return MESSAGE_STOPPED;
	}
	if (m->remaining > 0)
		return MESSAGE_MORE;
	m->phase = MESSAGE_PHASE_DONE;
	return MESSAGE_COMPLETE;
}

/*
 * Chunk headers may carry extensions, and chunks may be tiny: what is spent on them is
 * bounded by what they bring, so that nobody keeps the parser busy with a few bytes.
 */
static bool
framing_is_fair(struct message *m, uint64_t spent)
{
	m->framing += spent;
	if (m->framing > m->head.limit + LIMIT_CHUNK_FRAMING * m->body_len)
		return message_refuse(m, 400, "The chunks hold more framing than data.");
	return true;
}

static enum message_event
feed_chunked(struct message *m, const char *data, size_t len, size_t *ret_used)
{
	uint64_t before = m->body_len;
	llhttp_errno_t err = execute(m, data, len, ret_used);
	if (m->status != 0)
		return MESSAGE_REFUSED;
	if (err == HPE_USER)
		return MESSAGE_STOPPED;
	if (!framing_is_fair(m, *ret_used - (m->body_len - before)))
		return MESSAGE_REFUSED;
	if (err == HPE_PAUSED)
		m->phase = MESSAGE_PHASE_TRAILER;
	return MESSAGE_MORE;
}

static enum message_event
feed_trailer(struct message *m, const char *data, size_t len, size_t *ret_used)
{
	llhttp_errno_t err = execute(m, data, len, ret_used);
	m->trailer += *ret_used;
	if (m->status == 0 && !message_lines_are_strict(m->last, data, *ret_used))
		message_refuse(m, 400, "The trailer section is malformed.");
	if (m->status == 0 && m->trailer > m->head.limit)
		message_refuse(m, 431, "The trailer section is too long.");
	if (m->status != 0)
		return MESSAGE_REFUSED;
	if (*ret_used > 0)
		m->last = data[*ret_used - 1];
	return err == HPE_PAUSED ? MESSAGE_COMPLETE : MESSAGE_MORE;
}

enum message_event
message_feed(struct message *m, const char *data, size_t len, size_t *ret_used)
{
	*ret_used = 0;
	if (m->status != 0)
		return MESSAGE_REFUSED;
	switch (m->phase) {
	case MESSAGE_PHASE_HEAD:
		return feed_head(m, data, len, ret_used);
	case MESSAGE_PHASE_DECIDE:
		return MESSAGE_HEAD;
	case MESSAGE_PHASE_LENGTH:
		return feed_length(m, data, len, ret_used);
	case MESSAGE_PHASE_CHUNKED:
		return feed_chunked(m, data, len, ret_used);
	case MESSAGE_PHASE_TRAILER:
		return feed_trailer(m, data, len, ret_used);
	case MESSAGE_PHASE_DONE:
		return MESSAGE_COMPLETE;
	}
	return MESSAGE_REFUSED;
}

void
message_start_body(struct message *m, uint64_t limit, message_on_body *on_body, void *arg)
{
	m->body_limit = limit;
	m->on_body = on_body;
	m->arg = arg;
	m->phase = m->chunked ? MESSAGE_PHASE_CHUNKED : MESSAGE_PHASE_LENGTH;
	if (!m->chunked && m->remaining > limit)
		message_refuse(m, 413, "The body is too long.");
}

void
message_skip(struct message *m, size_t len)
{
	m->remaining -= len;
	m->body_len += len;
}

bool
message_has_body(const struct message *m)
{
	return m->chunked || m->remaining > 0;
}
