/* oneDNN's products by several threads at once, each thread its own operands. */
#include "math/gemm_products.h"

#include <omp.h>

#include "base/team.h"
#include "support/lesser.h"

/* A team that runs one product at once: every member its own operands. */
typedef struct SharedWork {
    const Gemm *gemm;
    Product products[5];
    Matrix results[5];
    PackedMatrix *packed[5];
    PackedMatrix *shared; /* packed by the last member from its B */
} SharedWork;

enum { MEMBERS = 5, ROUNDS = 20 };

static void work_at_once(void *context, Member member) {
    SharedWork *work = context;
    const Product *product = &work->products[member.index];
    Matrix *c = &work->results[member.index];
    for (size_t round = 0; round < ROUNDS; round++) {
        memcpy(c->values, product->c.values, c->room * sizeof(real));
        team_barrier(member);
        if (product->shape.pack_b) {
            gemm_pack(work->gemm, work->packed[member.index], product->b.values, member);
            gemm_run_packed(work->gemm, product->a.values, work->packed[member.index], c->values, member);
        } else {
            gemm_run(work->gemm, product->a.values, product->b.values, c->values, member);
        }
    }
}

/* All read one packed matrix. */
static void work_on_one_matrix(void *context, Member member) {
    SharedWork *work = context;
    const Product *product = &work->products[member.index];
    if (member.index == member.count - 1) {
        gemm_pack(work->gemm, work->shared, product->b.values, member);
    }
    for (size_t round = 0; round < ROUNDS; round++) {
        memcpy(work->results[member.index].values, product->c.values, product->c.room * sizeof(real));
        team_barrier(member);
        gemm_run_packed(work->gemm, product->a.values, work->shared, work->results[member.index].values,
                        member);
    }
}

static void check_team(size_t members, size_t way) {
    Error error = {0};
    SharedWork work = {0};
    GemmContext *context = context_create(members);
    for (size_t k = 0; k < members; k++) {
        work.products[k] = product_create(65, 100, 33, way, true);
        Random random = random_create(way, k);
        matrix_fill(&work.products[k].a, &random, true);
        matrix_fill(&work.products[k].b, &random, true);
        work.results[k] = matrix_copy(&work.products[k].c);
    }
    work.gemm = gemm_get(context, &work.products[0].shape, &error);
    Arena arena = arena_for(work.gemm, MEMBERS + 1);
    for (size_t k = 0; k < MEMBERS; k++) {
        work.packed[k] = gemm_packed_create(work.gemm, &arena, &error);
    }
    work.shared = gemm_packed_create(work.gemm, &arena, &error);
    team_run(members, work_at_once, &work);
    for (size_t k = 0; k < members; k++) {
        check_result(&work.products[k], &work.results[k]);
    }
    if (work.products[0].shape.pack_b) {
        for (size_t k = 0; k + 1 < members; k++) {
            memcpy(work.products[k].b.values, work.products[members - 1].b.values,
                   work.products[k].b.room * sizeof(real));
        }
        team_run(members, work_on_one_matrix, &work);
        for (size_t k = 0; k < members; k++) {
            check_result(&work.products[k], &work.results[k]);
        }
    }
    for (size_t k = 0; k < members; k++) {
        free(work.results[k].values);
        product_free(&work.products[k]);
    }
    for (size_t k = 0; k < MEMBERS; k++) {
        gemm_packed_free(work.packed[k]);
    }
    gemm_packed_free(work.shared);
    arena_free(&arena);
    gemm_context_free(context);
}

static void teams_run_one_product_at_once(void **state) {
    (void)state;
    size_t way = 0;
    for (size_t members = 2; members <= MEMBERS; members++) {
        for (size_t w = 0; w < 6; w++) {
            check_team(members, next_way(&way));
        }
    }
}

static void lesser_processors(void **state) {
    (void)state;
    run_again_as_lesser_processors();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(teams_run_one_product_at_once),
        cmocka_unit_test(lesser_processors),
    };
    omp_set_num_threads(1); /* as team_run does for a team of one: oneDNN starts no threads of its own */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
