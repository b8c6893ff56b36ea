#include "pipeline/peer.h"

#include <errno.h>
#include <string.h>

#include "base/net.h"

bool
peer_is_in(char *const *networks, size_t n, const char *address)
{
	for (size_t i = 0; i < n; i++) {
		struct net net;
		int rc = net_parse(networks[i], &net);
		if ((rc == 0 || rc == -ERANGE) && net_contains(&net, address))
			return true;
	}
	return false;
}

void
peer_address(const struct conf_listen *conf, const struct http_request *rq,
	     struct buf *out)
{
	const char *peer = http_peer(rq);
	const char *forwarded = http_header(rq, "X-Forwarded-For");
	char *const *proxies = conf->trusted_proxies;
	buf_puts(out, peer);
	if (!forwarded || !peer_is_in(proxies, conf->n_trusted_proxies, peer))
		return;
	const char *end = forwarded + strlen(forwarded);
	while (end > forwarded) {
		const char *start = end;
		while (start > forwarded && start[-1] != ',')
			start--;
		const char *word = start + strspn(start, " \t");
		size_t len = strcspn(word, ", \t");
		buf_reset(out);
		buf_append(out, word, len);
		if (!peer_is_in(proxies, conf->n_trusted_proxies, buf_str(out)))
			return;
		end = start > forwarded ? start - 1 : forwarded;
	}
}
