/* What differs: see difference.h. */
#include "train/difference.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void difference_check_word(Difference *difference, const char *option, const char *there, const char *asked) {
    if (difference->option == NULL && strcmp(there, asked) != 0) {
        difference->option = option;
        snprintf(difference->there, sizeof difference->there, "%s", there);
        snprintf(difference->asked, sizeof difference->asked, "%s", asked);
    }
}

void difference_check_count(Difference *difference, const char *option, uint64_t there, uint64_t asked) {
    char there_text[24], asked_text[24];
    snprintf(there_text, sizeof there_text, "%" PRIu64, there);
    snprintf(asked_text, sizeof asked_text, "%" PRIu64, asked);
    difference_check_word(difference, option, there_text, asked_text);
}

/* Shown with so many digits that the same number is read back. */
void difference_check_number(Difference *difference, const char *option, double there, double asked) {
    if (difference->option == NULL && there != asked) {
        difference->option = option;
        snprintf(difference->there, sizeof difference->there, "%.15g", there);
        snprintf(difference->asked, sizeof difference->asked, "%.15g", asked);
    }
}

void difference_check_network(Difference *difference, const Model *there, const Model *asked) {
    const NetworkConfig *one = &there->network->config;
    const NetworkConfig *other = &asked->network->config;
    char one_cells[CELL_LIST_NAME_SIZE];
    char other_cells[CELL_LIST_NAME_SIZE];
    difference_check_word(difference, "--unit", unit_name(vocab_unit(there->vocab)),
                          unit_name(vocab_unit(asked->vocab)));
    difference_check_word(difference, "--cell", cell_list_name(&one->cells, one_cells),
                          cell_list_name(&other->cells, other_cells));
    difference_check_count(difference, "--layers", one->layers, other->layers);
    difference_check_count(difference, "--hidden", one->hidden, other->hidden);
    difference_check_count(difference, "--heads", network_cell_sizes(one, 0).heads,
                           network_cell_sizes(other, 0).heads);
    difference_check_count(difference, "--embed", one->embed, other->embed);
}
