#include "pipeline/event_types.h"

#define EVENT_ROW(value, noun, verb, help) [value] = {noun, verb, help},
const struct event_type_row event_types[EVENT_TYPE_COUNT] = {EVENT_TYPES(EVENT_ROW)};
