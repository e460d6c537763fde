/* Networks that grow in the training loop: the programs of each level, and the memory that they take. */
#include "gan/networks/pyramid.h"
#include "gan/training_priv.h"

uint64_t cgm_gan_samples(const gan_training *t)
{
    return t->batch * t->accumulate * t->model.critic_steps * (uint64_t)t->domains;
}

static size_t memory_bytes(const gan_training *t, size_t rows)
{
    size_t bytes = rows * sizeof(size_t);
    for (int k = 0; k < GAN_PLAYERS; k++) {
        bytes += cgm_gan_move_bytes(t, (gan_player)k) + cgm_params_bytes(t->model.params[k]);
        if (t->seat[k].sum) bytes += cgm_params_flat_size(t->model.params[k]) * sizeof(cgm_real);
    }
    return bytes;
}

cgm_status cgm_gan_levels_compile(gan_training *t, size_t rows, int threads, size_t *bytes)
{
    int levels = t->model.growth ? t->model.growth->levels : 1;
    for (int level = levels - 1; level >= 0; level--) {
        CGM_TRY(cgm_gan_moves_compile(t, level, threads));
        size_t taken = memory_bytes(t, rows);
        *bytes = taken > *bytes ? taken : *bytes;
    }
    return CGM_OK;
}

/* At a new level the programs are those of that level, and the optimisers begin anew, as in the authors' program: the
 * counts of updates would be wrong for layers that had no gradient before. */
cgm_status cgm_gan_levels_enter(gan_training *t, int threads)
{
    gan_growth *growth = t->model.growth;
    if (!growth) return CGM_OK;
    double each = (double)cgm_gan_samples(t), step = (double)t->step;
    gan_phase now = cgm_gan_growth_at(growth, step * each);
    bool is_new = t->step > 0 && cgm_gan_growth_at(growth, (step - 1) * each).level != now.level;
    for (int k = 0; is_new && k < GAN_PLAYERS; k++) cgm_optimizer_restart(&t->seat[k].optimizer, t->model.params[k]);
    growth->level = (uint64_t)now.level;
    growth->alpha = now.alpha;
    return now.level == t->level ? CGM_OK : cgm_gan_moves_compile(t, now.level, threads);
}

void cgm_gan_levels_report(const gan_training *t, cgm_fit_report *report)
{
    if (!t->model.growth) return;
    cgm_fit_report_add(report, "side", (double)cgm_gan_level_side((int)t->model.growth->level));
    cgm_fit_report_add(report, "alpha", t->model.growth->alpha);
}
