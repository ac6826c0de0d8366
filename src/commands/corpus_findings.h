/* What letra corpus finds out about a text. */
#ifndef LETRA_COMMANDS_CORPUS_FINDINGS_H
#define LETRA_COMMANDS_CORPUS_FINDINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/file_list.h"
#include "commands/suggestion.h"
#include "text/census.h"
#include "text/corpus.h"
#include "text/entropy.h"
#include "text/hidden_characters.h"
#include "text/line_statistics.h"
#include "text/split.h"

typedef struct CorpusFindings {
    const Invocation *invocation;
    const FileList *files;
    const Pipeline *pipeline;
    const Corpus *corpus;
    Split split;
    const LineReport *lines; /* borrowed, like the next */
    const HiddenCharacter *hidden;
    size_t hidden_count;
    Census census;       /* owned, like the rest */
    Entropies entropies; /* fitted on the training part, measured on the validation part */
    Suggestion suggestion;
} CorpusFindings;

/* Adds to findings that have all that is borrowed, and the split, what follows from it. `values` are those of the
 * invocation's options. False and a message on failure; it is freed with corpus_findings_free in any case. */
bool corpus_findings_finish(CorpusFindings *findings, const void *values, Error *error);
void corpus_findings_free(CorpusFindings *findings);

/* How many symbols, without the special ones, come fewer than `count` times; `*units` becomes how much of the text they
 * are together. */
size_t corpus_findings_symbols_below(const CorpusFindings *findings, uint64_t count, uint64_t *units);

#endif
