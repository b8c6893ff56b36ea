#include "journal/backend.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"

static const struct backend_ops *const backends[] = {&sqlite_backend};

void
notice_page_done(struct notice_page *page)
{
	for (size_t i = 0; i < page->len; i++)
		notice_done(&page->items[i]);
	mem_free(page->items);
	*page = (struct notice_page){0};
}

const struct backend_ops *
backend_find(const char *url, const char **ret_location, char **ret_error)
{
	const char *text = url ? url : "";
	for (size_t i = 0; i < ARRAY_LEN(backends); i++) {
		const char *scheme = backends[i]->scheme;
		size_t len = strlen(scheme);
		if (str_starts(text, scheme) && text[len] == ':' && text[len + 1]) {
			*ret_location = text + len + 1;
			return backends[i];
		}
	}
	*ret_error = str_format(
		"journal: \"%s\" is no journal's URL; expected sqlite:PATH", text);
	return NULL;
}
