/* What is new in a log that can only be read as a whole, or as its last lines. */
#ifndef CLI_LOG_TAIL_H
#define CLI_LOG_TAIL_H

/*
 * The part of now that comes behind what before showed: behind the longest run of whole
 * lines at the end of before with which now begins. All of now when they share nothing
 * (it was emptied, or more was written than it shows).
 */
const char *log_tail_new(const char *before, const char *now);

#endif
