/* What letra corpus found out, for a person and for a program. */
#ifndef LETRA_COMMANDS_CORPUS_REPORT_H
#define LETRA_COMMANDS_CORPUS_REPORT_H

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"
#include "commands/corpus_findings.h"
#include "ui/output.h"

/* Prints it as a page. False and a message without memory. */
bool corpus_report_print(const CorpusFindings *findings, Output *output, Error *error);

/* It as a JSON object, which the caller frees; NULL without memory. */
json_t *corpus_report_make_json(const CorpusFindings *findings);

/* Prints the keys of that object, for --help. */
void corpus_report_help(Output *output);

#endif
