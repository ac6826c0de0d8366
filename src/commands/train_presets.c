/* Presets: see train_presets.h.
 *
 * Gradients here are those of the mean loss of a window's units. Programs that take the sum over the T steps instead
 * cut it to ±5; here that is 5/T. To the size of the gradient itself RMSProp and Adagrad are blind.
 */
#include "commands/train_presets.h"

#include <string.h>

#include "commands/command.h"

/* What letra does by default and the others do not. */
#define PLAIN "--warmup 0 --clip 0 --dropout 0 --weight-decay 0 --average 0"

static const TrainPreset presets[] = {
    /* train.lua: the learning rate falls at the end of the tenth epoch and of each one after it. */
    {"char-rnn", "Karpathy's char-rnn (2015), with its defaults",
     "--cell lstm --layers 2 --hidden 128 --embed 0 --forget-bias 1 --init-range 0.08 "
     "--epochs 50 --seq-length 50 --batch-size 50 --optimizer rmsprop --lr 0.002 --rho 0.95 --epsilon 1e-8 "
     "--schedule step --lr-decay 0.97 --lr-decay-every 1 --lr-decay-after 10 --clip-value 0.1 "
     "--val 0.05 --test 0 " PLAIN},
    /* train.lua: it counts epochs from one and looks before an epoch's last step, so that the first fall is after four.
     * Its loss is the mean. Its weights start normal, ours nearly as far out. */
    {"torch-rnn", "Johnson's torch-rnn (2016), with its defaults",
     "--cell lstm --layers 2 --hidden 128 --embed 64 --forget-bias 1 --init-range 0 "
     "--epochs 50 --seq-length 50 --batch-size 50 --optimizer adam --lr 0.002 --beta1 0.9 --beta2 0.999 "
     "--epsilon 1e-8 --schedule step --lr-decay 0.5 --lr-decay-every 5 --lr-decay-after 4 --clip-value 5 "
     "--val 0.1 --test 0.1 " PLAIN},
    /* min-char-rnn.py: normal weights of deviation 0.01, which is that of ±0.0173; 1e-8 stands under its root, not
     * beside it; its loss is a sum. It knows no validation and no end: those are letra's. */
    {"min-char-rnn", "Karpathy's min-char-rnn (2015), as nearly as options can say it",
     "--cell rnn --layers 1 --hidden 100 --embed 0 --forget-bias 0 --init-range 0.0173 "
     "--seq-length 25 --batch-size 1 --optimizer adagrad --lr 0.1 --epsilon 1e-8 --schedule constant "
     "--clip-value 0.2 " PLAIN},
    /* The paper has networks of 1 to 3 layers of 64 to 512 units; --layers and --hidden are left as they are. */
    {"karpathy-2015", "Karpathy et al., Visualizing and Understanding Recurrent Networks (2015), of any size",
     "--cell lstm --embed 0 --forget-bias 0 --init-range 0.08 "
     "--epochs 50 --seq-length 100 --batch-size 100 --optimizer rmsprop --lr 0.002 --rho 0.95 --epsilon 1e-8 "
     "--schedule step --lr-decay 0.95 --lr-decay-every 1 --lr-decay-after 10 --clip-value 0.05 "
     "--val 0.1 --test 0.1 " PLAIN},
};

const TrainPreset *train_preset_at(size_t index) {
    return index < ROWS(presets) ? &presets[index] : NULL;
}

const TrainPreset *train_preset_find(const char *name) {
    for (size_t k = 0; k < ROWS(presets); k++) {
        if (strcmp(presets[k].name, name) == 0) {
            return &presets[k];
        }
    }
    return NULL;
}
