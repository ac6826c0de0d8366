/* What letra novelty finds out about a text. */
#ifndef LETRA_COMMANDS_NOVELTY_FINDINGS_H
#define LETRA_COMMANDS_NOVELTY_FINDINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "text/copies.h"
#include "text/placed_text.h"

/* Copies are told of from these lengths on, in units. */
enum { NOVELTY_LENGTHS = 5 };
extern const size_t novelty_lengths[NOVELTY_LENGTHS];

/* What a model says of the corpus that it was given. */
typedef enum NoveltyCorpus {
    NOVELTY_CORPUS_ANY,    /* nothing: there is no model, or it does not know its text */
    NOVELTY_CORPUS_OTHER,  /* it was trained on another one */
    NOVELTY_CORPUS_LEARNED /* it was trained on this one */
} NoveltyCorpus;

/* How much of a text stands in the corpus. */
typedef struct NoveltyShares {
    size_t units;                    /* of the text */
    size_t covered[NOVELTY_LENGTHS]; /* units that lie in copies as long as each of the lengths, or longer */
    size_t longest;                  /* units of the longest copy; 0: there is none */
} NoveltyShares;

/* A passage of the text that stands in the corpus. */
typedef struct NoveltyPassage {
    Copy copy;
    TextPlace place;     /* in the text */
    size_t source_begin; /* the byte of the corpus with which it begins there first, ... */
    TextPlace source;    /* ... and the place of that */
    size_t times;        /* how often it is there, without overlaps */
} NoveltyPassage;

typedef struct NoveltyFindings {
    /* Given: */
    Unit unit;
    const char *model; /* the file of the model that wrote the text; NULL: it was read from `text_name` */
    const char *text_name;
    size_t text_files;  /* that it was read from */
    double temperature; /* and how the model wrote it */
    uint64_t seed;
    PlacedText text; /* owned */
    PlacedText corpus;
    NoveltyCorpus corpus_kind;
    bool cleaned;    /* by rules, so that lines of the corpus are not those of its files */
    size_t learned;  /* the bytes of the corpus, from its beginning, where copies are looked for ... */
    size_t held_out; /* ... and those behind them with which the text is compared; 0: with nothing */
    size_t passages_most;
    /* Found: */
    size_t corpus_units; /* where copies are looked for */
    NoveltyShares shares;
    NoveltyShares held_out_shares;
    CopiedRecords records;    /* of a text that has some */
    bool whole;               /* the text is one copy from its beginning to its end ... */
    bool same;                /* ... and the corpus is nothing else */
    NoveltyPassage *passages; /* owned: the longest that tell something new */
    size_t passage_count;
} NoveltyFindings;

/* Looks for copies, from what is given on. False and a message without memory, or if the texts are too long. */
bool novelty_findings_make(NoveltyFindings *findings, Error *error);
/* Frees what it owns. */
void novelty_findings_free(NoveltyFindings *findings);

#endif
