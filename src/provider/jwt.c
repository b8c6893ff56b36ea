/* Any sender that shows a JSON Web Token (RFC 7519). */
#include "provider/bearer.h"
#include "provider/kinds.h"
#include "provider/shown.h"

static const struct provider_option options[] = {
	{"issuer", false, NULL, NULL, "the token's `iss`", SHAPE_NAME},
	{"audience", false, NULL, NULL,
	 "what the token's `aud` is, or holds; without it a token with an `aud` is "
	 "refused",
	 SHAPE_NAME},
	{"claims", false, NULL, NULL, BEARER_CLAIMS_HELP, SHAPE_TEXT},
	BEARER_JWKS_OPTION,
	GENERIC_OPTIONS,
	{0},
};

const struct provider provider_jwt = {
	.kind = "jwt",
	.summary = "any sender that shows a JSON Web Token",
	.options = options,
	.needs_secret = true,
	.headers = "Authorization",
	.algorithm = "a JWT as bearer token: HS256, HS384, HS512, RS256, RS384, RS512, "
		     "PS256, PS384, PS512, ES256, ES384, ES512, EdDSA (Ed25519), each "
		     "only with a key of its type",
	.example = "robots: {kind: jwt, secret: "
		   "\"${file:secrets/robots.jwks}\", issuer: "
		   "\"https://id.example.com\", audience: forgebridge, "
		   "type: robot}",
	.setup = "The secret is a JWKS, a single JWK or a key in PEM. A token must say "
		 "until when it is valid (`exp`); `exp`, `nbf` and `iat` are held "
		 "against the clock with 60 s of leeway. RSA keys have at least 2048 "
		 "bits, a shared secret as many as the hash. A token that names a key "
		 "(`kid`) is checked with no key of another name. A token proves the "
		 "sender, not the body: use it over TLS or on loopback only. `send` "
		 "signs with the first key when that is a shared or a private one.",
	.prepare = bearer_prepare,
	.release = bearer_release,
	.begin = bearer_begin,
	.feed = shown_feed,
	.end = shown_end,
	.abort = shown_abort,
	.read = bearer_read,
	.sign = bearer_sign,
};
