/* PyTorch's numbers and ours: see torch_reference.h. */
#include "support/torch_reference.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "model/cells.h"
#include "support/cmocka_all.h"

enum { PROJECTIONS = 4, DIRECTION_SEED = 100 };

/* The script's generator: Knuth's linear congruential one (MMIX), numbers in -1 .. 1. */
static double generator_number(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(*state >> 40) * 0x1p-23 - 1.0;
}

void torch_first_parameters(const ReferenceFile *file, const Layout *layout, real *parameters) {
    uint64_t state = (uint64_t)reference_size(file, "seed");
    for (size_t k = 0; k < layout->count; k++) {
        const LayoutRow *row = &layout->rows[k];
        double scale = strcmp(row->name, "encoder.weight") == 0 ? 1.0 : reference_number(file, "scale");
        for (size_t i = 0; i < layout_row_elements(row); i++) {
            parameters[row->offset + i] = (real)(scale * generator_number(&state));
        }
    }
}

static void read_units(TorchNetwork *torch) {
    size_t count = (torch->windows * torch->steps + 1) * torch->batch;
    const double *units = reference_numbers(torch->file, "units", count);
    torch->units = calloc(count, sizeof *torch->units);
    assert_non_null(torch->units);
    for (size_t k = 0; k < count; k++) {
        torch->units[k] = (uint32_t)units[k];
    }
}

TorchNetwork torch_network_create(const char *name, size_t threads) {
    char path[128];
    Error error = {0};
    snprintf(path, sizeof path, "tests/reference/%s", name);
    ReferenceFile *file = reference_read(path);
    TorchNetwork torch = {.file = file,
                          .windows = reference_size(file, "windows"),
                          .steps = reference_size(file, "steps"),
                          .batch = reference_size(file, "batch")};
    NetworkConfig config = {.cell = cell_find("lstm"),
                            .layers = reference_size(file, "layers"),
                            .hidden = reference_size(file, "hidden"),
                            .embed = reference_size(file, "embed"),
                            .vocab = reference_size(file, "vocab")};
    torch.network = network_create(&config, &error);
    assert_non_null(torch.network);
    torch.parameters = block_create(&torch.network->layout, &error);
    torch.gradients = block_create(&torch.network->layout, &error);
    assert_non_null(torch.parameters);
    assert_non_null(torch.gradients);
    torch_first_parameters(file, &torch.network->layout, torch.parameters);
    read_units(&torch);
    assert_true(compute_create(&torch.compute, threads, &error));
    return torch;
}

/* The pass keeps the address of the compute context, so the network must have come to rest. */
static void create_pass(TorchNetwork *torch) {
    Error error = {0};
    PassShape shape = {.steps = torch->steps,
                       .batch = torch->batch,
                       .training = true,
                       .dropout = reference_number(torch->file, "dropout")};
    torch->pass = pass_create(torch->network, &torch->compute, &shape, &error);
    assert_non_null(torch->pass);
}
