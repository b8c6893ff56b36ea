/* zstd (RFC 8878) for what is kept: a value is stored compressed when that is shorter. */
#ifndef JOURNAL_ZIP_H
#define JOURNAL_ZIP_H

#include <stddef.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/str.h"

struct zip {
	struct ZSTD_CCtx_s *context; /* owned; made at the first use */
	struct buf out;		     /* owned; holds the last result */
};

void zip_init(struct zip *z);
void zip_done(struct zip *z);
/*
 * What to store for data: a frame shorter than data, or data itself when it is small,
 * does not shrink, or memory is short. Valid until the next call, or as long as data.
 */
struct slice zip_pack(struct zip *z, struct slice data);
/*
 * Appends the value of raw_len bytes that was stored as data (compressed exactly when it
 * is shorter than raw_len). Returns 0, -EIO when it is damaged, -ENOMEM.
 */
int zip_unpack(struct slice data, size_t raw_len, struct buf *out) MUST_CHECK;

#endif
