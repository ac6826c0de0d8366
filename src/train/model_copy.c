/* A copy of a model: see model_copy.h. The block holds the table of tensors, then parameters and tensors, then names.
 * */
#include "train/model_copy.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/size.h"
#include "base/team.h"

/* What is copied from where to where by every member of a team. */
typedef struct CopyWork {
    ModelCopy *copy;
    const Model *model;
    const ExtraTensor *extra;
    size_t parameter_bytes;
} CopyWork;

static size_t tensor_bytes(const ExtraTensor *extra) {
    return extra->count * (extra->type == TENSOR_F32 ? 4 : 8);
}

static size_t aligned(size_t bytes) {
    return size_round_up(bytes, MEMORY_ALIGNMENT);
}

double model_copy_memory(double parameters, double numbers) {
    return parameters * sizeof(real) + numbers * 4;
}

static size_t block_size(const Model *model, const ExtraTensor *extra, size_t extra_count) {
    size_t size = aligned(extra_count * sizeof *extra) + aligned(model->network->layout.total * sizeof(real));
    for (size_t k = 0; k < extra_count; k++) {
        size += aligned(tensor_bytes(&extra[k])) + aligned(strlen(extra[k].name) + 1);
    }
    return size;
}

/* Makes room for the copy: in the block that is there, if that is large enough. */
static bool make_room(ModelCopy *copy, size_t size, Error *error) {
    if (copy->size >= size) {
        return true;
    }
    model_copy_free(copy);
    copy->block = memory_allocate(size, 1, "a copy of the model", error);
    copy->size = copy->block == NULL ? 0 : size;
    return copy->block != NULL;
}

/* Says where everything shall lie, and copies what is short. */
static void lay_out(ModelCopy *copy, const Model *model, const ExtraTensor *extra, size_t extra_count) {
    char *at = copy->block;
    copy->extra = (ExtraTensor *)(void *)at;
    copy->extra_count = extra_count;
    at += aligned(extra_count * sizeof *extra);
    copy->model = *model;
    copy->model.parameters = (real *)(void *)at;
    at += aligned(model->network->layout.total * sizeof(real));
    for (size_t k = 0; k < extra_count; k++) {
        copy->extra[k] = extra[k];
        copy->extra[k].data = at;
        at += aligned(tensor_bytes(&extra[k]));
        size_t length = strlen(extra[k].name) + 1;
        copy->extra[k].name = memcpy(at, extra[k].name, length);
        at += aligned(length);
    }
}

/* The member's share of some bytes. */
static void copy_share(const void *to, const void *from, size_t bytes, Member member) {
    Range share = member_share(member, bytes);
    if (share.begin < share.end) {
        memcpy((char *)to + share.begin, (const char *)from + share.begin, share.end - share.begin);
    }
}

static void copy_work(void *context, Member member) {
    const CopyWork *work = context;
    const ModelCopy *copy = work->copy;
    copy_share(copy->model.parameters, work->model->parameters, work->parameter_bytes, member);
    for (size_t k = 0; k < copy->extra_count; k++) {
        copy_share(copy->extra[k].data, work->extra[k].data, tensor_bytes(&work->extra[k]), member);
    }
}

bool model_copy_take(ModelCopy *copy, const Model *model, const ExtraTensor *extra, size_t extra_count,
                     size_t threads, Error *error) {
    if (!make_room(copy, block_size(model, extra, extra_count), error)) {
        return false;
    }
    lay_out(copy, model, extra, extra_count);
    CopyWork work = {copy, model, extra, model->network->layout.total * sizeof(real)};
    team_run(threads, copy_work, &work);
    return true;
}

void model_copy_free(ModelCopy *copy) {
    free(copy->block);
    *copy = (ModelCopy){0};
}
