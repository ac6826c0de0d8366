/* The settings of sampling that a person gives, on the command line (commands/sampling.h) or in the
 * conversation (repl_commands.c): their ranges, and what is said of them in both places. */
#ifndef LETRA_UI_SETTING_H
#define LETRA_UI_SETTING_H

#include <float.h>

/* The largest length, top-k and the like: far beyond any text. */
#define LENGTH_MAX 1e15

/* The largest seed: what every reader of JSON takes as a whole number. */
#define SEED_MAX 9007199254740991.0

#define TEMPERATURE_MAX 100
#define TOP_P_LEAST     DBL_MIN /* more than 0 */

#define REPEAT_PENALTY_LEAST 0.01
#define REPEAT_PENALTY_MAX   100

#define TEMPERATURE_HELP "lower is safer, higher is wilder; 0: always the likeliest"
#define TOP_K_HELP       "draw from so many of the likeliest characters; 0: from all"
#define TOP_P_HELP       "draw from the likeliest that together have this probability"
#define MIN_P_HELP       "leave out what has less than this share of the best's chance"
#define TYPICAL_P_HELP   "draw from those that surprise about as usual and together have this probability"
#define REPEAT_PENALTY_HELP                                                                                  \
    "the chance of a character that came lately to the power of X: 1.2 repeats itself less; 1: off"
#define STOP_REGEX_HELP    "end right before what matches the pattern (a regular expression, PCRE2's)"
#define MATCH_HELP         "write only what matches the pattern as a whole"
#define FORBID_HELP        "write nothing that the pattern would be found in"
#define REPEAT_WINDOW_HELP "how many characters back the penalty looks"

#endif
