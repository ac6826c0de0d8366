/* What a run takes of memory, told before anything big is allocated. See trainer.h for the contract. */
#include <math.h>
#include <stdint.h>
#include <sys/resource.h>

#include "base/memory.h"
#include "train/trainer_state.h"

/* What oneDNN makes of code and tables, what stacks of threads and a model file's header take: about so much, whatever
 * the sizes (measured: 3 to 9 MB). */
static const double other_bytes = 6e6;

/* A pass that previews write with; 0 without them. */
static bool preview_memory(const Trainer *trainer, size_t *bytes, Error *error) {
    const PassShape shape = {.steps = 1, .batch = 1, .streaming = true, .precision = PRECISION_F32};
    *bytes = 0;
    if (trainer->config.sample_seconds > 0) {
        *bytes = pass_memory(trainer->model.network, trainer->compute, &shape, error);
        return *bytes > 0;
    }
    return true;
}

/* The most that the process had until now, by reading the text. */
static double peak_before(void) {
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? 1024.0 * (double)usage.ru_maxrss : 0;
}

/* Bytes of the copy of a model that is saved beside the training, which takes `bytes` itself: 0 where it does not fit,
 * and saving must hold it up. */
static double plan_copy(Trainer *trainer, double bytes) {
    double copy = trainer->val_interval > 0 ? saver_memory((double)trainer->model.network->layout.total) : 0;
    trainer->copies_model = memory_check(bytes + copy, "training", "", NULL);
    return trainer->copies_model ? copy : 0;
}

bool trainer_check_memory(Trainer *trainer, Error *error) {
    const Layout *layout = &trainer->model.network->layout;
    size_t preview = 0;
    memory_trim(); /* what the text was read with */
    size_t pass = pass_memory(trainer->model.network, trainer->compute, &trainer->shape, error);
    if (pass == 0 || !preview_memory(trainer, &preview, error)) {
        return false;
    }
    size_t kept = 1 + trainer->config.optimizer->block_count + (trainer->plan.method.average > 0 ? 1 : 0);
    size_t state = network_state_size(trainer->model.network, trainer->shape.batch);
    double blocks = (1.0 + (double)kept) * (double)layout->total * sizeof(real); /* one of gradients */
    double order = (double)trainer->plan.train_records * sizeof(uint32_t);
    double bytes = (double)pass + (double)preview + blocks + snapshot_memory(kept - 1, layout->total, state) +
                   order + other_bytes;
    bytes += plan_copy(trainer, bytes);
    double all = fmax((double)memory_resident() + bytes, peak_before());
    trainer->plan.memory_bytes = all < (double)SIZE_MAX ? (size_t)all : SIZE_MAX;
    return memory_check(bytes, "training", ": use a smaller --hidden, --layers, --batch-size or --seq-length",
                        error);
}
