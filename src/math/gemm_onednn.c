/* Products through oneDNN's matmul primitive, the only file that knows it, and through gemm_tiles.h what that serves.
 *
 * A primitive is made once per shape, for one thread (OpenMP's team size is set to one while it is made), and
 * is then run inside a parallel region, each member with memory objects and a scratchpad of its own, so that
 * nobody waits for anybody. Weights are reordered into the layout that the primitive asks for.
 */
#include <omp.h>
#include <oneapi/dnnl/dnnl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "math/gemm_tiles.h"

enum { TYPICAL_ROWS = 64 };

/* What one member needs to run a product: oneDNN keeps the addresses in these objects. */
typedef struct GemmCall {
    dnnl_memory_t a;
    dnnl_memory_t b; /* a plain B, or the source of a packing */
    dnnl_memory_t c;
    dnnl_memory_t scratchpad;
} GemmCall;

struct Gemm {
    GemmShape shape;
    GemmContext *context;
    const GemmTiles *tiles; /* what makes it instead of oneDNN, then what follows is not there; or NULL */
    dnnl_primitive_t product;
    dnnl_primitive_t packing;         /* NULL unless shape.pack_b */
    dnnl_memory_desc_t packed_layout; /* of B, as the product wants it */
    GemmCall *calls;                  /* one for each member */
    Gemm *next;
};

struct PackedMatrix {
    dnnl_memory_t memory; /* NULL while its arena was counting, and with tiles */
    void *tiles;
};

struct GemmContext {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    size_t threads;
    Gemm *gemms;
    char **scratch;      /* [member]: for tiles */
    size_t scratch_size; /* of each */
    atomic_int failure;  /* the last status that was none of success */
};

static bool succeeded(dnnl_status_t status, const char *what, Error *error) {
    if (status == dnnl_success) {
        return true;
    }
    if (status == dnnl_out_of_memory) {
        return error_set_memory(error, "oneDNN has none for %s", what);
    }
    return error_set(error, "oneDNN refused %s (status %d)", what, (int)status);
}

GemmContext *gemm_context_create(size_t threads, Error *error) {
    GemmContext *context = memory_allocate(1, sizeof *context, "the products", error);
    if (context == NULL) {
        return NULL;
    }
    context->threads = threads;
    context->scratch = memory_allocate(threads, sizeof *context->scratch, "the products", error);
    if (context->scratch == NULL ||
        !succeeded(dnnl_engine_create(&context->engine, dnnl_cpu, 0), "an engine", error) ||
        !succeeded(dnnl_stream_create(&context->stream, context->engine, dnnl_stream_default_flags),
                   "a stream", error)) {
        gemm_context_free(context);
        return NULL;
    }
    return context;
}

static void gemm_free(Gemm *gemm, size_t threads) {
    for (size_t k = 0; gemm->calls != NULL && k < threads; k++) {
        dnnl_memory_destroy(gemm->calls[k].a);
        dnnl_memory_destroy(gemm->calls[k].b);
        dnnl_memory_destroy(gemm->calls[k].c);
        dnnl_memory_destroy(gemm->calls[k].scratchpad);
    }
    dnnl_primitive_destroy(gemm->product);
    dnnl_primitive_destroy(gemm->packing);
    free(gemm->calls);
    free(gemm);
}

void gemm_context_free(GemmContext *context) {
    if (context == NULL) {
        return;
    }
    while (context->gemms != NULL) {
        Gemm *next = context->gemms->next;
        gemm_free(context->gemms, context->threads);
        context->gemms = next;
    }
    for (size_t k = 0; context->scratch != NULL && k < context->threads; k++) {
        free(context->scratch[k]);
    }
    free(context->scratch);
    dnnl_stream_destroy(context->stream);
    dnnl_engine_destroy(context->engine);
    free(context);
}

/* What oneDNN calls the operands of a product. */
static dnnl_data_type_t operand_type(const GemmShape *shape) {
    return shape->precision == PRECISION_BF16 ? dnnl_bf16 : dnnl_f32;
}

/* The layout of a rows × columns matrix in ordinary memory. */
static dnnl_status_t plain_layout(dnnl_memory_desc_t *layout, dnnl_data_type_t type, size_t rows,
                                  size_t columns, size_t row_stride, size_t column_stride) {
    dnnl_dims_t sizes = {(dnnl_dim_t)rows, (dnnl_dim_t)columns};
    dnnl_dims_t strides = {(dnnl_dim_t)row_stride, (dnnl_dim_t)column_stride};
    return dnnl_memory_desc_init_by_strides(layout, 2, sizes, type, strides);
}

/* The layout of a packed B. It must be the same for every m, because one packed matrix serves products of
 * several; so it is what oneDNN chooses for TYPICAL_ROWS. */
static bool choose_packed_layout(const Gemm *gemm, dnnl_memory_desc_t *packed, Error *error) {
    const GemmShape *shape = &gemm->shape;
    dnnl_memory_desc_t a, b, c;
    dnnl_matmul_desc_t operation;
    dnnl_primitive_desc_t description = NULL;
    dnnl_dims_t b_sizes = {(dnnl_dim_t)shape->k, (dnnl_dim_t)shape->n};
    if (!succeeded(plain_layout(&a, operand_type(shape), TYPICAL_ROWS, shape->k, shape->k, 1),
                   "a left operand", error) ||
        !succeeded(dnnl_memory_desc_init_by_tag(&b, 2, b_sizes, operand_type(shape), dnnl_format_tag_any),
                   "a right operand", error) ||
        !succeeded(plain_layout(&c, dnnl_f32, TYPICAL_ROWS, shape->n, shape->n, 1), "a result", error) ||
        !succeeded(dnnl_matmul_desc_init(&operation, &a, &b, NULL, &c), "a product", error) ||
        !succeeded(dnnl_primitive_desc_create(&description, &operation, NULL, gemm->context->engine, NULL),
                   "a product", error)) {
        return false;
    }
    *packed = *dnnl_primitive_desc_query_md(description, dnnl_query_weights_md, 0);
    dnnl_primitive_desc_destroy(description);
    return true;
}

/* The layouts of A, B (as the product takes it) and C. */
static bool make_layouts(const Gemm *gemm, dnnl_memory_desc_t *a, dnnl_memory_desc_t *b,
                         dnnl_memory_desc_t *c, Error *error) {
    const GemmShape *shape = &gemm->shape;
    bool good = shape->pack_b ? choose_packed_layout(gemm, b, error)
                              : succeeded(plain_layout(b, operand_type(shape), shape->k, shape->n,
                                                       shape->b_row_stride, shape->b_column_stride),
                                          "a right operand", error);
    return good &&
           succeeded(plain_layout(a, operand_type(shape), shape->m, shape->k, shape->a_row_stride,
                                  shape->a_column_stride),
                     "a left operand", error) &&
           succeeded(plain_layout(c, dnnl_f32, shape->m, shape->n, shape->c_row_stride, 1), "a result",
                     error);
}

/* The scratchpad is ours (one for each member), and C is added to if the shape says so. */
static bool make_attributes(const GemmShape *shape, dnnl_primitive_attr_t *attributes, Error *error) {
    dnnl_post_ops_t post_operations = NULL;
    bool good = succeeded(dnnl_primitive_attr_create(attributes), "attributes", error) &&
                succeeded(dnnl_primitive_attr_set_scratchpad_mode(*attributes, dnnl_scratchpad_mode_user),
                          "a scratchpad", error);
    if (good && shape->accumulate) {
        good = succeeded(dnnl_post_ops_create(&post_operations), "a sum", error) &&
               succeeded(dnnl_post_ops_append_sum(post_operations, 1.0F), "a sum", error) &&
               succeeded(dnnl_primitive_attr_set_post_ops(*attributes, post_operations), "a sum", error);
        dnnl_post_ops_destroy(post_operations);
    }
    return good;
}

/* The reorder from B as it is in memory to B as the product wants it. Members run it at once, so it must not
 * have a scratchpad of oneDNN's; those that are asked for here need none at all. */
static bool make_packing(Gemm *gemm, const dnnl_memory_desc_t *plain_b, Error *error) {
    dnnl_primitive_desc_t description = NULL;
    dnnl_primitive_attr_t attributes = NULL;
    dnnl_engine_t engine = gemm->context->engine;
    bool good = succeeded(dnnl_primitive_attr_create(&attributes), "attributes", error) &&
                succeeded(dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user),
                          "a scratchpad", error) &&
                succeeded(dnnl_reorder_primitive_desc_create(&description, plain_b, engine,
                                                             &gemm->packed_layout, engine, attributes),
                          "a packing", error) &&
                succeeded(dnnl_primitive_create(&gemm->packing, description), "a packing", error);
    if (good && dnnl_memory_desc_get_size(
                    dnnl_primitive_desc_query_md(description, dnnl_query_scratchpad_md, 0)) > 0) {
        good = error_set(error, "oneDNN wants a scratchpad for a packing: this version is not known");
    }
    dnnl_primitive_desc_destroy(description);
    dnnl_primitive_attr_destroy(attributes);
    return good;
}

/* Memory objects without memory: the addresses are set at every run. Scratchpads are real. */
static bool make_calls(Gemm *gemm, const dnnl_memory_desc_t *a, const dnnl_memory_desc_t *plain_b,
                       const dnnl_memory_desc_t *c, const dnnl_memory_desc_t *scratchpad, Error *error) {
    dnnl_engine_t engine = gemm->context->engine;
    gemm->calls = memory_allocate(gemm->context->threads, sizeof *gemm->calls, "the products", error);
    if (gemm->calls == NULL) {
        return false;
    }
    for (size_t k = 0; k < gemm->context->threads; k++) {
        GemmCall *call = &gemm->calls[k];
        if (!succeeded(dnnl_memory_create(&call->a, a, engine, DNNL_MEMORY_NONE), "an operand", error) ||
            !succeeded(dnnl_memory_create(&call->b, plain_b, engine, DNNL_MEMORY_NONE), "an operand",
                       error) ||
            !succeeded(dnnl_memory_create(&call->c, c, engine, DNNL_MEMORY_NONE), "a result", error) ||
            !succeeded(dnnl_memory_create(&call->scratchpad, scratchpad, engine, DNNL_MEMORY_ALLOCATE),
                       "a scratchpad", error)) {
            return false;
        }
    }
    return true;
}

static bool make_product(Gemm *gemm, Error *error) {
    const GemmShape *shape = &gemm->shape;
    dnnl_memory_desc_t a, b, c, plain_b;
    dnnl_matmul_desc_t operation;
    dnnl_primitive_attr_t attributes = NULL;
    dnnl_primitive_desc_t description = NULL;
    bool good = make_layouts(gemm, &a, &b, &c, error) && make_attributes(shape, &attributes, error) &&
                succeeded(dnnl_matmul_desc_init(&operation, &a, &b, NULL, &c), "a product", error) &&
                succeeded(dnnl_primitive_desc_create(&description, &operation, attributes,
                                                     gemm->context->engine, NULL),
                          "a product", error) &&
                succeeded(dnnl_primitive_create(&gemm->product, description), "a product", error) &&
                succeeded(plain_layout(&plain_b, shape->pack_b ? dnnl_f32 : operand_type(shape), shape->k,
                                       shape->n, shape->b_row_stride, shape->b_column_stride),
                          "a right operand", error);
    if (good) {
        gemm->packed_layout = *dnnl_primitive_desc_query_md(description, dnnl_query_weights_md, 0);
        good = make_calls(gemm, &a, &plain_b, &c,
                          dnnl_primitive_desc_query_md(description, dnnl_query_scratchpad_md, 0), error) &&
               (!shape->pack_b || make_packing(gemm, &plain_b, error));
    }
    dnnl_primitive_desc_destroy(description);
    dnnl_primitive_attr_destroy(attributes);
    return good;
}

static bool shapes_equal(const GemmShape *a, const GemmShape *b) {
    return a->m == b->m && a->n == b->n && a->k == b->k && a->a_row_stride == b->a_row_stride &&
           a->a_column_stride == b->a_column_stride && a->b_row_stride == b->b_row_stride &&
           a->b_column_stride == b->b_column_stride && a->c_row_stride == b->c_row_stride &&
           a->pack_b == b->pack_b && a->pack_window == b->pack_window && a->accumulate == b->accumulate &&
           a->precision == b->precision;
}

/* Room for that product, too, in the scratch of each member. */
static bool grow_scratch(GemmContext *context, const Gemm *gemm, Error *error) {
    size_t size = gemm->tiles->scratch_size != NULL ? gemm->tiles->scratch_size(&gemm->shape) : 0;
    if (size <= context->scratch_size) {
        return true;
    }
    for (size_t k = 0; k < context->threads; k++) {
        char *larger = memory_allocate(size, 1, "the products", error);
        if (larger == NULL) {
            return false;
        }
        free(context->scratch[k]);
        context->scratch[k] = larger;
    }
    context->scratch_size = size;
    return true;
}

static bool make_onednn_product(Gemm *gemm, Error *error) {
    int threads = omp_get_max_threads();
    omp_set_num_threads(1); /* a primitive is made for the team size that holds when it is made */
    bool good = make_product(gemm, error);
    omp_set_num_threads(threads);
    return good;
}

const Gemm *gemm_get(GemmContext *context, const GemmShape *shape, Error *error) {
    for (const Gemm *gemm = context->gemms; gemm != NULL; gemm = gemm->next) {
        if (shapes_equal(&gemm->shape, shape)) {
            return gemm;
        }
    }
    Gemm *gemm = memory_allocate(1, sizeof *gemm, "a product", error);
    if (gemm == NULL) {
        return NULL;
    }
    gemm->shape = *shape;
    gemm->context = context;
    gemm->tiles = gemm_tiles_for(shape);
    if (!(gemm->tiles != NULL ? grow_scratch(context, gemm, error) : make_onednn_product(gemm, error))) {
        gemm_free(gemm, context->threads);
        return NULL;
    }
    gemm->next = context->gemms;
    context->gemms = gemm;
    return gemm;
}

PackedMatrix *gemm_packed_create(const Gemm *gemm, Arena *arena, Error *error) {
    PackedMatrix *packed = memory_allocate(1, sizeof *packed, "a packed matrix", error);
    if (packed == NULL) {
        return NULL;
    }
    if (gemm->tiles != NULL) {
        packed->tiles = arena_take(arena, gemm->tiles->packed_size(&gemm->shape), 1);
        return packed;
    }
    void *memory = arena_take(arena, dnnl_memory_desc_get_size(&gemm->packed_layout), 1);
    if (memory != NULL &&
        !succeeded(dnnl_memory_create(&packed->memory, &gemm->packed_layout, gemm->context->engine, memory),
                   "a packed matrix", error)) {
        gemm_packed_free(packed);
        return NULL;
    }
    return packed;
}

void gemm_packed_free(PackedMatrix *packed) {
    if (packed != NULL) {
        dnnl_memory_destroy(packed->memory);
        free(packed);
    }
}

/* Members run products at once and cannot stop: what fails is remembered. */
static void note_status(GemmContext *context, dnnl_status_t status) {
    if (status != dnnl_success) {
        atomic_store(&context->failure, (int)status);
    }
}

bool gemm_succeeded(const GemmContext *context, Error *error) {
    return succeeded((dnnl_status_t)atomic_load(&context->failure), "to run a product", error);
}

/* oneDNN's objects take addresses without const, also those that are only read. */
static void set_address(dnnl_memory_t memory, const void *address, GemmContext *context) {
    note_status(context, dnnl_memory_set_data_handle_v2(memory, (void *)(uintptr_t)address, context->stream));
}

void gemm_pack(const Gemm *gemm, PackedMatrix *packed, const real *b, Member member) {
    if (gemm->tiles != NULL) {
        gemm->tiles->pack(&gemm->shape, b, packed->tiles);
        return;
    }
    dnnl_memory_t source = gemm->calls[member.index].b;
    set_address(source, b, gemm->context);
    dnnl_exec_arg_t arguments[] = {{DNNL_ARG_FROM, source}, {DNNL_ARG_TO, packed->memory}};
    note_status(gemm->context, dnnl_primitive_execute(gemm->packing, gemm->context->stream, 2, arguments));
}

bool gemm_packs_windows(Precision precision) {
    return precision == PRECISION_BF16 && gemm_bf16_speed() == BF16_TILES;
}

void gemm_pack_window(const Gemm *gemm, PackedMatrix *packed, const void *b, Member member) {
    Range share = member_share(member, gemm->tiles->window_columns(&gemm->shape));
    gemm->tiles->pack_window(&gemm->shape, b, share, packed->tiles);
}

static void run(const Gemm *gemm, const void *a, dnnl_memory_t b, real *c, Member member) {
    GemmCall *call = &gemm->calls[member.index];
    set_address(call->a, a, gemm->context);
    set_address(call->c, c, gemm->context);
    dnnl_exec_arg_t arguments[] = {{DNNL_ARG_SRC, call->a},
                                   {DNNL_ARG_WEIGHTS, b},
                                   {DNNL_ARG_DST, call->c},
                                   {DNNL_ARG_SCRATCHPAD, call->scratchpad}};
    note_status(gemm->context, dnnl_primitive_execute(gemm->product, gemm->context->stream, 4, arguments));
}

void gemm_run_packed(const Gemm *gemm, const void *a, const PackedMatrix *b, real *c, Member member) {
    if (gemm->tiles != NULL) {
        gemm->tiles->run(&gemm->shape, a, b->tiles, c, gemm->context->scratch[member.index]);
        return;
    }
    run(gemm, a, b->memory, c, member);
}

/* Where tiles serve one, they serve all. */
static void run_sum_on_tiles(const GemmTerm *terms, size_t count, real *c) {
    TileTerm on_tiles[GEMM_TERMS_MAX];
    for (size_t k = 0; k < count; k++) {
        on_tiles[k] = (TileTerm){&terms[k].gemm->shape, terms[k].a, terms[k].b->tiles};
    }
    gemm_tiles_run_sum(on_tiles, count, c);
}

void gemm_run_sum(const GemmTerm *terms, size_t count, real *c, Member member) {
    if (terms[0].gemm->tiles != NULL) {
        run_sum_on_tiles(terms, count, c);
        return;
    }
    for (size_t k = 0; k < count; k++) {
        run(terms[k].gemm, terms[k].a, terms[k].b->memory, c, member);
    }
}

void gemm_run(const Gemm *gemm, const void *a, const void *b, real *c, Member member) {
    if (gemm->tiles != NULL) {
        gemm->tiles->run(&gemm->shape, a, b, c, gemm->context->scratch[member.index]);
        return;
    }
    set_address(gemm->calls[member.index].b, b, gemm->context);
    run(gemm, a, gemm->calls[member.index].b, c, member);
}

InstructionSet gemm_instruction_set(void) {
    switch (dnnl_get_effective_cpu_isa()) {
    case dnnl_cpu_isa_avx512_core_bf16:
    case dnnl_cpu_isa_avx512_core_amx: return INSTRUCTION_SET_AVX512_BF16;
    case dnnl_cpu_isa_avx512_core_vnni: return INSTRUCTION_SET_AVX512_VNNI;
    case dnnl_cpu_isa_avx512_core: return INSTRUCTION_SET_AVX512;
    case dnnl_cpu_isa_avx2:
    case dnnl_cpu_isa_avx2_vnni: return INSTRUCTION_SET_AVX2;
    default: return INSTRUCTION_SET_PORTABLE;
    }
}

/* Both makers' processors have the instruction, but not as many units for it. Of bf16 beside f32, the peaks of one
 * thread and training: a Zen 5 441 and 236 GFLOP/s, 1.3 to 1.8 times as many characters a second from 2×64 to 3×512
 * (tests/bench/results_avx512.md); a Xeon that had it without AMX 92 and 174 GFLOP/s, half as many characters (d38a85f,
 * and scaling.md as it was in d5a9c53). */
static bool is_amd(void) {
#ifdef __x86_64__
    return __builtin_cpu_is("amd");
#else
    return false;
#endif
}

Bf16Speed gemm_bf16_speed(void) {
    switch (dnnl_get_effective_cpu_isa()) {
    case dnnl_cpu_isa_avx512_core_amx: return BF16_TILES;
    case dnnl_cpu_isa_avx512_core_bf16: return is_amd() ? BF16_FAST_VECTORS : BF16_VECTORS;
    default: return BF16_NONE;
    }
}
