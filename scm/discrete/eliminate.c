/* Bucket elimination (Dechter 1999): a factor waits in the bucket of the first of its variables to go. */
#include "scm/discrete/eliminate.h"

#include <stdlib.h>

typedef struct buckets {
    cgm_elimination *e;
    cgm_factor **head; /* [n_order + 1]; the last is of what stays */
} buckets;

static void put(buckets *b, cgm_factor *f)
{
    size_t place = b->e->n_order;
    for (size_t k = 0; k < f->n; k++)
        if (b->e->place[f->variable[k]] < place) place = b->e->place[f->variable[k]];
    f->next = b->head[place];
    b->head[place] = f;
}

static int smaller_first(const void *a, const void *b)
{
    const cgm_factor *x = *(cgm_factor *const *)a, *y = *(cgm_factor *const *)b;
    return (x->size > y->size) - (x->size < y->size);
}

/* Takes a bucket's factors out, small ones first, so that few products are large. */
static cgm_status take(buckets *b, size_t place, size_t *n, cgm_factor ***list)
{
    *n = 0;
    for (cgm_factor *f = b->head[place]; f; f = f->next) ++*n;
    *list = malloc((*n + 1) * sizeof **list);
    if (!*list) return CGM_FAIL(CGM_E_MEMORY, "out of memory for %zu factors", *n);
    size_t i = 0;
    for (cgm_factor *f = b->head[place]; f; f = f->next) (*list)[i++] = f;
    qsort(*list, *n, sizeof **list, smaller_first);
    b->head[place] = NULL;
    return CGM_OK;
}

/* The product of a bucket's factors, which are freed. Rescaling before each keeps many small numbers from underflow. */
static cgm_status multiply_bucket(buckets *b, size_t place, cgm_factor **product)
{
    cgm_factor_room *room = &b->e->room;
    cgm_factor **list, *so_far, *next;
    cgm_status status = CGM_OK;
    size_t n;
    CGM_TRY(take(b, place, &n, &list));
    if (n > 0)
        so_far = list[0];
    else
        status = cgm_factor_one(room, &so_far);
    for (size_t i = 1; i < n; i++) {
        if (status == CGM_OK) {
            cgm_factor_rescale(room, so_far);
            status = cgm_factor_multiply(room, so_far, list[i], &next);
        }
        cgm_factor_free(room, list[i]);
        if (status != CGM_OK) continue;
        cgm_factor_free(room, so_far);
        so_far = next;
    }
    free(list);
    if (status == CGM_OK)
        *product = so_far;
    else if (n > 0)
        cgm_factor_free(room, so_far);
    return status;
}

/* Sums a variable out of the product of its factors; what is left waits for the next of its own to go. */
static cgm_status eliminate(buckets *b, size_t place)
{
    cgm_factor *product, *rest;
    CGM_TRY(multiply_bucket(b, place, &product));
    cgm_status status = cgm_factor_sum_out(&b->e->room, product, b->e->order[place], &rest);
    cgm_factor_free(&b->e->room, product);
    if (status != CGM_OK) return status;
    cgm_factor_rescale(&b->e->room, rest);
    put(b, rest);
    return CGM_OK;
}

/* One elimination, in numbers or in logarithms as the room says. */
static cgm_status attempt(cgm_elimination *e, cgm_factor **joint)
{
    buckets b = {.e = e};
    CGM_TRY(cgm_elimination_collect(e));
    CGM_TRY(cgm_elimination_plan(e));
    b.head = calloc(e->n_order + 1, sizeof(cgm_factor *));
    if (!b.head) return CGM_FAIL(CGM_E_MEMORY, "out of memory for %zu variables", e->n_order);
    while (e->factors) {
        cgm_factor *f = e->factors;
        e->factors = f->next;
        put(&b, f);
    }
    cgm_status status = CGM_OK;
    for (size_t place = 0; place < e->n_order && status == CGM_OK; place++) status = eliminate(&b, place);
    if (status == CGM_OK) status = multiply_bucket(&b, e->n_order, joint);
    for (size_t place = 0; place <= e->n_order; place++)
        while (b.head[place]) {
            cgm_factor *f = b.head[place];
            b.head[place] = f->next;
            cgm_factor_free(&e->room, f);
        }
    free(b.head);
    return status;
}

cgm_status cgm_elimination_run(cgm_elimination *e, cgm_factor **joint)
{
    CGM_TRY(attempt(e, joint));
    if (!e->room.underflow) return CGM_OK;
    cgm_factor_free(&e->room, *joint);
    e->room.logarithms = true;
    e->room.exponent = 0;
    return attempt(e, joint);
}
