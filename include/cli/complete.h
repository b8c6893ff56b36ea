/*
 * Completion of command lines, made from the command table. Words in a command's operands
 * and its options' values that mean something: SITE, SERVER, OPERATION, name=value, AREA,
 * FILE; words in lower case stand for themselves; A|B is either.
 */
#ifndef CLI_COMPLETE_H
#define CLI_COMPLETE_H

#include "base/buf.h"

/*
 * Appends what the last of words may become, a line each: the word, and behind a tab what
 * it is. A line ":files" stands for the names of files. words: without the program's
 * name. Returns 0 or -ENOMEM, -EMSGSIZE.
 */
int complete_words(int n, char **words, struct buf *out) MUST_CHECK;

#endif
