#include "provider/chat.h"

#include <errno.h>
#include <string.h>

#include "base/codec.h"
#include "base/limits.h"
#include "provider/common.h"
#include "verify/digest.h"

/* data is never NULL when there is a text, also when that is empty. */
static struct slice
take(struct json_value payload, const char *paths, struct buf *storage)
{
	struct slice none = {0};
	buf_init(storage, SIZE_MAX / 2); /* part of a body, which is bounded */
	struct json_value v = fields_find(payload, paths);
	if ((v.kind != JSON_STRING && v.kind != JSON_NUMBER) || json_text(v, storage) < 0)
		return none;
	return (struct slice){storage->data ? storage->data : "", storage->len};
}

struct chat_found
chat_find(const struct chat_map *map, struct json_value payload)
{
	struct chat_found f;
	f.facts.command = take(payload, map->command, &f.texts[0]);
	f.facts.text = take(payload, map->text, &f.texts[1]);
	f.facts.user = take(payload, map->user, &f.texts[2]);
	f.facts.channel = take(payload, map->channel, &f.texts[3]);
	return f;
}

void
chat_found_done(struct chat_found *f)
{
	for (size_t i = 0; i < ARRAY_LEN(f->texts); i++)
		buf_done(&f->texts[i]);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct slice
chat_trim(struct slice text)
{
	while (text.len > 0 && is_blank(text.data[0])) {
		text.data++;
		text.len--;
	}
	while (text.len > 0 && is_blank(text.data[text.len - 1]))
		text.len--;
	return text;
}

void
chat_split_command(struct chat_facts *f)
{
	struct slice text = chat_trim(f->text);
	size_t n = 0;
	while (n < text.len && !is_blank(text.data[n]))
		n++;
	f->command = (struct slice){text.data, n};
	f->text = chat_trim((struct slice){text.data + n, text.len - n});
}

void
chat_drop_command(struct chat_facts *f)
{
	struct slice text = chat_trim(f->text);
	size_t n = f->command.len;
	if (n == 0)
		f->command.data = NULL; /* there was none */
	if (n > 0 && text.len >= n && memcmp(text.data, f->command.data, n) == 0)
		f->text = chat_trim((struct slice){text.data + n, text.len - n});
}

struct slice
chat_unescape(char *text, size_t len)
{
	static const struct {
		const char *entity;
		char c;
	} entities[] = {
		{"&amp;", '&'},	 {"&lt;", '<'},	  {"&gt;", '>'},     {"&quot;", '"'},
		{"&#39;", '\''}, {"&nbsp;", ' '}, {"\xc2\xa0", ' '},
	};
	size_t out = 0;
	for (size_t i = 0; i < len;) {
		size_t n = 1;
		char c = text[i];
		for (size_t k = 0; k < ARRAY_LEN(entities); k++) {
			size_t size = strlen(entities[k].entity);
			if (size > len - i ||
			    memcmp(text + i, entities[k].entity, size) != 0)
				continue;
			n = size;
			c = entities[k].c;
		}
		text[out++] = c;
		i += n;
	}
	return (struct slice){text, out};
}

/* --- answers ---------------------------------------------------------------------------
 */

static int
put_answer(struct provider_answer *answer, const char *json)
{
	answer->status = 200;
	if (!json)
		return 0;
	answer->type = "application/json";
	return buf_puts(&answer->body, json);
}

enum provider_action
chat_answer(struct provider_answer *answer, const char *json)
{
	return put_answer(answer, json) < 0 ? PROVIDER_ERROR : PROVIDER_KEEP;
}

enum provider_action
chat_answer_now(struct provider_answer *answer, const char *json)
{
	return put_answer(answer, json) < 0 ? PROVIDER_ERROR : PROVIDER_ANSWER;
}

/* --- what a delivery is known by
 * ------------------------------------------------------- */

enum provider_action
chat_set_digest_id(struct delivery *d, struct slice text)
{
	uint8_t digest[DIGEST_BYTES];
	auto_buf hex = BUF_INIT(LIMIT_SENDER_ID_BYTES);
	if (digest_sha256(text.data, text.len, digest) < 0 ||
	    hex_encode(&hex, digest, sizeof(digest)) < 0)
		return PROVIDER_ERROR;
	return str_set(&d->sender_id, buf_str(&hex)) < 0 ? PROVIDER_ERROR : PROVIDER_KEEP;
}

enum provider_action
chat_read_digest_id(struct delivery *d, struct json_value v)
{
	auto_buf text = BUF_INIT(SIZE_MAX / 2);
	if (v.kind != JSON_STRING)
		return PROVIDER_KEEP;
	if (json_text(v, &text) < 0)
		return PROVIDER_ERROR;
	return text.len > 0 ? chat_set_digest_id(d, buf_slice(&text)) : PROVIDER_KEEP;
}

enum provider_action
chat_set_type(struct delivery *d, const char *type, const char *member,
	      struct provider_answer *answer)
{
	return common_take_text(member, type, LIMIT_TYPE_BYTES, &d->type, answer);
}

enum provider_action
chat_read_id(struct delivery *d, struct json_value payload, const char *path,
	     struct provider_answer *answer)
{
	struct json_value v = json_find(payload, path);
	if (v.kind != JSON_STRING && v.kind != JSON_NUMBER)
		return PROVIDER_KEEP;
	auto_str text = json_dup_text(v);
	if (!text)
		return PROVIDER_ERROR;
	return *text == '\0' ? PROVIDER_KEEP
			     : common_take_text(path, text, LIMIT_SENDER_ID_BYTES,
						&d->sender_id, answer);
}

enum provider_action
chat_parse(const struct delivery *d, struct json_doc **ret_doc,
	   struct provider_answer *answer)
{
	int rc = json_doc_parse(delivery_payload(d), ret_doc, NULL);
	if (rc == -ENOMEM)
		return PROVIDER_ERROR;
	return rc < 0 ? common_refuse(answer, 400, "The payload is not JSON.")
		      : PROVIDER_KEEP;
}
