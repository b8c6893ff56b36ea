/* UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates, nothing over U+10FFFF.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of the well-formed character at the start of text, 0 when there is none. */
size_t utf8_length(const char *text, size_t len);
bool utf8_is_valid(const char *text, size_t len);
/* Writes the character as 1 to 4 bytes into out and returns how many. */
size_t utf8_encode(uint32_t code, char out[4]);

#endif
