/* The texts that a command reads: TEXT... of its command line, folders among them opened up. */
#ifndef LETRA_COMMANDS_TEXTS_H
#define LETRA_COMMANDS_TEXTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/file_list.h"
#include "commands/options.h"
#include "text/unit.h"

/* Rows of an option table: --include GLOB ... */
#define INCLUDE_OPTION(values, member)                                                                            \
    {                                                                                                             \
        .name = "include", .kind = OPTION_TEXT, .argument = "GLOB", .offset = offsetof(values, member),           \
        .help =                                                                                                   \
            "of folders only files whose names are like this ('*.txt'), or whose paths below the folder are, if " \
            "there is a slash in it; hidden files are never read"                                                 \
    }

/* ... and --cache FOLDER. */
#define CACHE_OPTION(values, member)                                                                            \
    {                                                                                                           \
        .name = "cache", .kind = OPTION_TEXT, .argument = "FOLDER", .offset = offsetof(values, member),         \
        .help =                                                                                                 \
            "keep the text on this folder's disk instead of in memory (a byte a character, or two), in a file " \
            "without a name that is gone at the end: for texts larger than memory"                              \
    }

/* How many of these paths of input (NULL: not given) are "-", standard input. */
size_t texts_standard_input_count(const char *const *paths, size_t count);

/* What is wrong with these paths of input as a fault of the command line; NULL: nothing is. */
const char *texts_fault(const char *const *paths, size_t count);

/* Lists the files, of which `include` (NULL: all) is asked in folders. False and a message on failure, also if there is
 * an `include` and no folder. */
bool texts_list(char *const *texts, size_t count, const char *include, FileList *list, Error *error);

/* What both of these are, where texts come in several lists: adds files to one of them, and looks whether any of them
 * had a folder. */
bool texts_add(char *const *texts, size_t count, const char *include, FileList *list, Error *error);
bool texts_check_include(const char *include, size_t folders, Error *error);

/* Puts into other words why texts could not be read, if one of them is a model. Returns false. */
bool texts_explain(char *const *paths, size_t count, Unit unit, Error *error);

/* "poems", "poems/a.txt and 2 more": what was given, in short, and how many files that is. */
bool texts_describe(char *const *texts, size_t count, const FileList *list, Bytes *out, Error *error);

#endif
