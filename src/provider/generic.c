#include "provider/generic.h"

#include <errno.h>

#include "provider/common.h"
#include "provider/content.h"
#include "provider/source.h"

void
generic_names_init(struct generic_names *names, const struct provider_source *src)
{
	names->id_header = source_option(src, "id_header");
	names->type_header = source_option(src, "type_header");
	names->type = source_option(src, "type");
}

enum provider_action
generic_read(const struct generic_names *names, const struct provider_request *rq,
	     struct delivery *d, struct provider_answer *answer)
{
	if (str_set(&d->type, names->type ? names->type : "") < 0)
		return PROVIDER_ERROR;
	enum provider_action action = common_read_type(rq, names->type_header, d, answer);
	if (action == PROVIDER_KEEP)
		action = common_read_id(rq, names->id_header, d, answer);
	if (action == PROVIDER_KEEP)
		action = content_read_any(rq, d, answer);
	if (action == PROVIDER_KEEP)
		action = common_set_dedupe_key(d);
	return action;
}

int
generic_put(const struct generic_names *names, const char *type, const char *id,
	    struct buf *out)
{
	int rc = 0;
	if (names->type_header && type)
		rc = common_put_header(out, names->type_header, type);
	if (rc < 0 || !names->id_header)
		return rc;
	auto_str made_up = id ? NULL : common_uuid();
	if (!id && !made_up)
		return -ENOMEM;
	return common_put_header(out, names->id_header, id ? id : made_up);
}
