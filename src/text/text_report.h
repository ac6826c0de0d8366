/* What became of texts on their way through a pipeline. */
#ifndef LETRA_TEXT_TEXT_REPORT_H
#define LETRA_TEXT_TEXT_REPORT_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

/* What was not in the form that the pipeline wants, and is now. */
typedef struct FormChanges {
    size_t marks;    /* byte-order marks that were dropped */
    size_t newlines; /* \r\n or \r that became \n */
    size_t letters;  /* whose case changed */
    size_t places;   /* that were normalised, as normalize_text counts them */
} FormChanges;

/* What a rule did. */
typedef struct RuleReport {
    size_t matches; /* as rule_apply counts them */
    size_t files;   /* in which it matched */
    size_t before;  /* bytes that it was applied to ... */
    size_t after;   /* ... and what it made of them */
} RuleReport;

typedef struct TextReport {
    size_t files;     /* that were read ... */
    size_t bytes;     /* ... and what they held together */
    size_t left;      /* bytes of the text after the pipeline, with what joins the files */
    uint64_t digest;  /* of the text after the pipeline (base/digest.h) */
    size_t invalid;   /* bytes that were no UTF-8, where the pipeline does not refuse them */
    Bytes invalid_at; /* owned: "poems.txt: line 2, byte 8", the first of them; empty if there is none */
    FormChanges forms;
    RuleReport *rules; /* owned: one for each rule of the pipeline */
} TextReport;

/* Frees what it owns and makes it {0}. */
void text_report_free(TextReport *report);

#endif
