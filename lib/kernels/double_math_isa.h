/* The functions of double_math.c for one instruction set. */
#include "kernels/double_isa.h"

/* The last vector may be part empty, so that its values are the work of the same instructions. */
#define ON_ARRAY(f)                                                                                                    \
    static void ISA(f##_array)(size_t n, const double *x, double *y)                                                   \
    {                                                                                                                  \
        size_t i = 0;                                                                                                  \
        for (; i + LANES <= n; i += LANES) ISA(store)(y + i, ISA(f)(ISA(load)(x + i)));                                \
        if (i == n) return;                                                                                            \
        double rest[LANES] = {0};                                                                                      \
        memcpy(rest, x + i, (n - i) * sizeof *x);                                                                      \
        ISA(store)(rest, ISA(f)(ISA(load)(rest)));                                                                     \
        memcpy(y + i, rest, (n - i) * sizeof *y);                                                                      \
    }
ON_ARRAY(exp)
ON_ARRAY(exp_negative)
ON_ARRAY(log)
ON_ARRAY(tanh)
ON_ARRAY(softplus)
#undef ON_ARRAY

#define NAME_TEXT(name) #name
#define NAME_OF(name) NAME_TEXT(name)
static const cgm_double_math ISA(math) = {
    .name = NAME_OF(ISA(math)),
    .exp = ISA(exp_array),
    .exp_negative = ISA(exp_negative_array),
    .log = ISA(log_array),
    .tanh = ISA(tanh_array),
    .softplus = ISA(softplus_array),
};
#undef NAME_OF
#undef NAME_TEXT
