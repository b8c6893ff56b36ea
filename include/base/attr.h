/* Compiler attributes used everywhere. */
#ifndef BASE_ATTR_H
#define BASE_ATTR_H

#define MUST_CHECK	  __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))
#define UNUSED		  __attribute__((unused))
#define CLEANUP(fn)	  __attribute__((cleanup(fn)))

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* Takes the pointer out of *p, leaving NULL: the way ownership is handed over. */
#define steal_ptr(p)                             \
	__extension__({                          \
		__typeof__(*(p)) stolen_ = *(p); \
		*(p) = NULL;                     \
		stolen_;                         \
	})

#endif
