/* From options to the trainer's configuration: see train_config.h. */
#include "commands/train_config.h"

#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/random.h"
#include "commands/train_method.h"
#include "model/cells.h"

_Static_assert((int)OPTION_CHOICES_MAX <= (int)CELL_LIST_MAX, "a list that can be given fits");

CellList train_config_cells(const TrainValues *values) {
    CellList cells = {.count = values->cells.count};
    for (size_t k = 0; k < cells.count; k++) {
        cells.cells[k] = cell_at(values->cells.items[k]);
    }
    return cells;
}

size_t train_config_heads(const TrainValues *values) {
    CellList cells = train_config_cells(values);
    if (values->heads != TRAIN_AUTO) {
        return (size_t)values->heads;
    }
    return cell_list_any(&cells, cell_has_heads) ? 4 : 1;
}

size_t train_config_embed(const TrainValues *values) {
    if (values->embed != TRAIN_AUTO) {
        return (size_t)values->embed;
    }
    return cell_at(values->cells.items[0])->residual ? (size_t)values->hidden : 64;
}

bool train_config_precision(const TrainValues *values, Precision *precision, Error *error) {
    if (values->precision == 0) {
        *precision = gemm_bf16_is_faster() ? PRECISION_BF16 : PRECISION_F32;
        return true;
    }
    *precision = (Precision)(values->precision - 1);
    return *precision == PRECISION_F32 || gemm_bf16_speed() != BF16_NONE ||
           error_set(error,
                     "--precision bf16: this processor has neither AMX nor AVX512-BF16; use f32 or auto");
}

/* A number that no other run has; never 0. It tells files apart and has no part in the training. */
static uint64_t draw_run(void) {
    uint64_t run = 0;
    if (getrandom(&run, sizeof run, 0) != (ssize_t)sizeof run) {
        run = random_at((uint64_t)time(NULL), (uint64_t)getpid());
    }
    return run != 0 ? run : 1;
}

TrainerConfig train_config_make(const TrainValues *values) {
    CellList cells = train_config_cells(values);
    TrainerConfig config = {
        .cells = cells,
        .layers = (size_t)values->layers,
        .hidden = (size_t)values->hidden,
        .heads = train_config_heads(values),
        .embed = train_config_embed(values),
        .preset = values->preset,
        .forget_bias = cell_list_any(&cells, cell_has_forget_gate) ? values->forget_bias : 0,
        .epochs = values->epochs,
        .seconds = values->seconds,
        .zoneout = values->zoneout,
        .checkpoint_seconds = values->checkpoint_seconds,
        .save_patience = 3600, /* whose disk is full at the end of a long run may notice within the hour */
        .report_seconds = 0.5, /* the log promises one line a second */
        .sample_seconds = values->quiet ? 0 : values->sample_seconds,
        .resume = values->resume,
        .force = values->force,
        .run = draw_run(),
    };
    train_method_configure(values, &config);
    return config;
}
