/* The settings of sampling that a person gives, on the command line (commands/sampling.h) or in the
 * conversation (repl_commands.c): their ranges, and what is said of them in both places. */
#ifndef LETRA_UI_SETTING_H
#define LETRA_UI_SETTING_H

#include <float.h>
#include <stddef.h>

/* The largest length, top-k and the like: far beyond any text. */
#define LENGTH_MAX 1e15

/* The largest seed: what every reader of JSON takes as a whole number. */
#define SEED_MAX 9007199254740991.0

#define TEMPERATURE_MAX 100
#define TOP_P_LEAST     DBL_MIN /* more than 0 */

#define REPEAT_PENALTY_LEAST 0.01
#define REPEAT_PENALTY_MAX   100

#define LENGTH_HELP "how many characters to write at most (10k, 2M)"
#define UNTIL_END_HELP                                                                                       \
    "write until a stop comes, the pattern is complete or the record ends, however long that takes"
#define GREEDY_HELP      "always the likeliest: as temperature 0"
#define TEMPERATURE_HELP "lower is safer, higher is wilder; 0: always the likeliest"
#define TOP_K_HELP       "draw from so many of the likeliest characters; 0: from all"
#define TOP_P_HELP       "draw from the likeliest that together have this probability"
#define MIN_P_HELP       "leave out what has less than this share of the best's chance"
#define TYPICAL_P_HELP   "draw from those that surprise about as usual and together have this probability"
#define REPEAT_PENALTY_HELP                                                                                  \
    "the chance of a character that came lately to the power of X: 1.2 repeats itself less; 1: off"
#define STOP_REGEX_HELP    "end right before what matches the pattern (a regular expression, PCRE2's)"
#define MATCH_HELP         "write after the prime what matches the pattern as a whole"
#define FORBID_HELP        "write after the prime nothing that the pattern is found in"
#define REPEAT_WINDOW_HELP "how many characters back the penalty looks"

#define PRECISION_HELP                                                                                       \
    "how weights are stored: fewer bits are faster; auto: what training found to be as good"

/* The names of precisions, "auto" before them; NULL after the last. */
const char *precision_choice(size_t index);

/* The names of what happens to unknown characters, in the order of text/corpus.h's Unknown; NULL after the last. */
const char *unknown_choice(size_t index);
/* Those of texts that are measured: without nearest, which would measure another text. */
const char *unknown_text_choice(size_t index);

#endif
