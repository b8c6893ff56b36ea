#include "model/delivery.h"

#include "base/limits.h"
#include "base/mem.h"

struct delivery *
delivery_new(void)
{
	struct delivery *d = x_new(struct delivery);
	if (d) {
		d->refs = 1;
		buf_init(&d->headers, MIB);
		buf_init(&d->body, SIZE_MAX / 2);
		buf_init(&d->payload, SIZE_MAX / 2);
	}
	return d;
}

struct delivery *
delivery_ref(struct delivery *d)
{
	d->refs++;
	return d;
}

void
delivery_free(struct delivery *d)
{
	if (!d || --d->refs > 0)
		return;
	str_free(d->source);
	str_free(d->kind);
	str_free(d->type);
	str_free(d->sender_id);
	str_free(d->dedupe_key);
	str_free(d->subject);
	str_free(d->peer);
	str_free(d->result);
	buf_done(&d->headers);
	buf_done(&d->body);
	buf_done(&d->payload);
	mem_free(d);
}

struct slice
delivery_payload(const struct delivery *d)
{
	return buf_slice(d->payload.len > 0 || d->form == PAYLOAD_FORM ? &d->payload
								       : &d->body);
}

bool
delivery_key_is_body(const struct delivery *d)
{
	return str_starts(d->dedupe_key, "body:");
}
