/* A large product straight through oneDNN: see product.h. */
#include "bench/support/product.h"

#include <omp.h>
#include <oneapi/dnnl/dnnl.h>

#include "base/team.h"
#include "bench/support/measure.h"

enum { OPERANDS = 3, MEMBERS_MAX = 256 };

/* The product and each member's matrices. */
typedef struct Product {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    dnnl_primitive_desc_t description;
    dnnl_primitive_t product;
    dnnl_memory_t memory[MEMBERS_MAX][OPERANDS];
} Product;

static const int arguments[OPERANDS] = {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST};

static dnnl_status_t make_description(Product *product, dnnl_dim_t size, dnnl_data_type_t type) {
    dnnl_dims_t sizes = {size, size};
    dnnl_memory_desc_t a, b, c;
    dnnl_matmul_desc_t operation;
    dnnl_status_t status = dnnl_memory_desc_init_by_tag(&a, 2, sizes, type, dnnl_ab);
    if (status == dnnl_success) {
        status = dnnl_memory_desc_init_by_tag(&b, 2, sizes, type, dnnl_format_tag_any);
    }
    if (status == dnnl_success) {
        status = dnnl_memory_desc_init_by_tag(&c, 2, sizes, dnnl_f32, dnnl_ab);
    }
    if (status == dnnl_success) {
        status = dnnl_matmul_desc_init(&operation, &a, &b, NULL, &c);
    }
    return status != dnnl_success
               ? status
               : dnnl_primitive_desc_create(&product->description, &operation, NULL, product->engine, NULL);
}

static dnnl_status_t make_memory(Product *product, size_t threads) {
    dnnl_status_t status = dnnl_success;
    for (size_t k = 0; k < threads; k++) {
        for (int i = 0; status == dnnl_success && i < OPERANDS; i++) {
            status = dnnl_memory_create(
                &product->memory[k][i],
                dnnl_primitive_desc_query_md(product->description, dnnl_query_exec_arg_md, arguments[i]),
                product->engine, DNNL_MEMORY_ALLOCATE);
        }
    }
    return status;
}

static dnnl_status_t make(Product *product, size_t size, dnnl_data_type_t type, size_t threads) {
    dnnl_status_t status = dnnl_engine_create(&product->engine, dnnl_cpu, 0);
    if (status == dnnl_success) {
        status = dnnl_stream_create(&product->stream, product->engine, dnnl_stream_default_flags);
    }
    if (status == dnnl_success) {
        status = make_description(product, (dnnl_dim_t)size, type);
    }
    if (status == dnnl_success) {
        status = dnnl_primitive_create(&product->product, product->description);
    }
    return status == dnnl_success ? make_memory(product, threads) : status;
}

static void destroy(Product *product, size_t threads) {
    for (size_t k = 0; k < threads; k++) {
        for (int i = 0; i < OPERANDS; i++) {
            dnnl_memory_destroy(product->memory[k][i]);
        }
    }
    dnnl_primitive_destroy(product->product);
    dnnl_primitive_desc_destroy(product->description);
    dnnl_stream_destroy(product->stream);
    dnnl_engine_destroy(product->engine);
}

static void run(void *context, Member member) {
    Product *product = context;
    dnnl_exec_arg_t list[OPERANDS];
    for (int i = 0; i < OPERANDS; i++) {
        list[i] = (dnnl_exec_arg_t){arguments[i], product->memory[member.index][i]};
    }
    dnnl_primitive_execute(product->product, product->stream, OPERANDS, list);
}

double product_seconds(size_t size, bool bf16, size_t threads, Error *error) {
    const MeasureLimits limits = {.seconds = 0.4, .rounds = 5};
    if (threads > MEMBERS_MAX) {
        error_set(error, "%zu threads are more than the %d that the benchmark knows", threads, MEMBERS_MAX);
        return 0;
    }
    Product product = {0};
    int before = omp_get_max_threads();
    omp_set_num_threads(1); /* a primitive is made for the team size that holds when it is made */
    dnnl_status_t status = make(&product, size, bf16 ? dnnl_bf16 : dnnl_f32, threads);
    omp_set_num_threads(before);
    double seconds = 0;
    if (status == dnnl_success) {
        seconds = measure_team_best(threads, run, &product, limits);
    } else {
        error_set(error, "oneDNN refused a product of %zu × %zu (status %d)", size, size, (int)status);
    }
    destroy(&product, threads);
    return seconds;
}
