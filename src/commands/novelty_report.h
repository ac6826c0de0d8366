/* What letra novelty found out, for a person and for a program. */
#ifndef LETRA_COMMANDS_NOVELTY_REPORT_H
#define LETRA_COMMANDS_NOVELTY_REPORT_H

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"
#include "commands/novelty_findings.h"
#include "ui/output.h"

/* Prints it as a page, on which the corpus has this name. False and a message without memory. */
bool novelty_report_print(const NoveltyFindings *findings, const char *corpus, Output *output, Error *error);

/* It as a JSON object, which the caller frees; NULL without memory. */
json_t *novelty_report_make_json(const NoveltyFindings *findings);

/* Prints the keys of that object, for --help. */
void novelty_report_help(Output *output);

#endif
