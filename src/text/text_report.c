/* What became of texts: see text_report.h. */
#include "text/text_report.h"

#include <stdlib.h>

void text_report_free(TextReport *report) {
    bytes_free(&report->invalid_at);
    free(report->rules);
    *report = (TextReport){0};
}
