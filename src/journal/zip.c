#include "journal/zip.h"

#include <errno.h>
#include <stdint.h>
#include <zstd.h>

#include "base/limits.h"

/* Below it a frame's header and the time spent are not worth it. */
#define WORTH_BYTES 384
#define LEVEL	    1
/* What a rare large value made the buffers grow to is given back at once. */
#define KEEP_BYTES (1 * MIB)

void
zip_init(struct zip *z)
{
	z->context = NULL;
	buf_init(&z->out, SIZE_MAX / 2);
}

void
zip_done(struct zip *z)
{
	ZSTD_freeCCtx(z->context);
	z->context = NULL;
	buf_done(&z->out);
}

static struct slice
compress(struct zip *z, struct slice data)
{
	if (!z->context)
		z->context = ZSTD_createCCtx();
	buf_reset(&z->out);
	if (!z->context || buf_reserve(&z->out, ZSTD_compressBound(data.len)) < 0)
		return data;
	size_t n = ZSTD_compressCCtx(z->context, z->out.data, z->out.cap, data.data,
				     data.len, LEVEL);
	if (ZSTD_isError(n) || n >= data.len)
		return data;
	return (struct slice){z->out.data, n};
}

struct slice
zip_pack(struct zip *z, struct slice data)
{
	if (z->out.cap > KEEP_BYTES)
		zip_done(z);
	return data.len < WORTH_BYTES ? data : compress(z, data);
}

static int
decompress(struct slice data, size_t raw_len, struct buf *out)
{
	if (ZSTD_getFrameContentSize(data.data, data.len) != raw_len)
		return -EIO;
	if (buf_reserve(out, raw_len) < 0)
		return -ENOMEM;
	size_t n = ZSTD_decompress(out->data + out->len, raw_len, data.data, data.len);
	if (ZSTD_isError(n) || n != raw_len)
		return -EIO;
	out->len += n;
	out->data[out->len] = '\0';
	return 0;
}

int
zip_unpack(struct slice data, size_t raw_len, struct buf *out)
{
	if (data.len < raw_len)
		return decompress(data, raw_len, out);
	if (data.len > raw_len)
		return -EIO;
	return buf_append(out, data.data, data.len);
}
