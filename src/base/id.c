#include "base/id.h"

#include <stdint.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* The last id made: 48 bits of milliseconds, 80 bits of randomness. */
static uint64_t last_ms;
static uint8_t last_random[10];

static void
increment_random(void)
{
	for (size_t i = sizeof(last_random); i-- > 0;) {
		if (++last_random[i] != 0)
			return;
	}
}

static void
next_value(void)
{
	uint64_t ms = (uint64_t)(clock_wall_us() / 1000);
	if (ms <= last_ms) {
		increment_random();
		return;
	}
	last_ms = ms;
	if (getrandom(last_random, sizeof(last_random), 0) !=
	    (ssize_t)sizeof(last_random)) {
		uint64_t now = clock_mono_us();
		memcpy(last_random, &now, sizeof(now));
	}
	last_random[0] &= 0x7f; /* room for increments */
}

struct id
id_new(void)
{
	next_value();
	struct id id = {""};
	for (int i = 0; i < 10; i++)
		id.text[i] = alphabet[(last_ms >> (45 - 5 * i)) & 31];
	for (size_t i = 0; i < 16; i++) {
		size_t bit = i * 5;
		unsigned pair = (unsigned)last_random[bit / 8] << 8;
		if (bit / 8 + 1 < sizeof(last_random))
			pair |= last_random[bit / 8 + 1];
		id.text[10 + i] = alphabet[(pair >> (11 - bit % 8)) & 31];
	}
	return id;
}

bool
id_is_valid(const char *text)
{
	if (!text || strlen(text) != ID_SIZE - 1)
		return false;
	return strspn(text, alphabet) == ID_SIZE - 1 && text[0] <= '7';
}

struct id
id_from(const char *text)
{
	struct id id = {""};
	if (id_is_valid(text))
		memcpy(id.text, text, ID_SIZE);
	return id;
}
