/* The kinds of mechanism: one row each; the descriptor is cgm_mechanism_NAME, in a file of its own. A row may name a
 * descriptor of a folder above (vae/, gan/): it is joined when the library is linked, and no header of that folder is
 * included here. */
#ifndef CGM_SCM_MECHANISM_TABLE_H
#define CGM_SCM_MECHANISM_TABLE_H

#include "scm/mechanism.h"

#define CGM_MECHANISM_TABLE(ROW)                                                                                       \
    ROW(additive_noise)                                                                                                \
    ROW(affine_flow)                                                                                                   \
    ROW(bernoulli)                                                                                                     \
    ROW(categorical)                                                                                                   \
    ROW(cpt)                                                                                                           \
    ROW(formula)                                                                                                       \
    ROW(linear_gaussian)                                                                                               \
    ROW(logistic)                                                                                                      \
    ROW(lr_spline)                                                                                                     \
    ROW(ordinal)                                                                                                       \
    ROW(poisson)                                                                                                       \
    ROW(probit)                                                                                                        \
    ROW(rq_spline)                                                                                                     \
    ROW(autoencoder)                                                                                                   \
    ROW(cvae)                                                                                                          \
    ROW(hvae)                                                                                                          \
    ROW(gan)                                                                                                           \
    ROW(cyclegan)

#define CGM_MECHANISM_DECLARE(name) extern const cgm_mechanism_class cgm_mechanism_##name;
CGM_MECHANISM_TABLE(CGM_MECHANISM_DECLARE)
#undef CGM_MECHANISM_DECLARE

/* Adds a class of the caller's under its kind, so that configs and run files of this program can name it. The class
 * must live as long as the program; register before threads use the library. CGM_E_ARG when the kind is taken or a
 * method is missing. */
CGM_API cgm_status cgm_mechanism_register(const cgm_mechanism_class *methods) CGM_CHECKED;
/* The class of that name, or NULL. */
CGM_API const cgm_mechanism_class *cgm_mechanism_find(const char *kind);
/* The class a variable of this type has when none is named; NULL when there is none: vectors. */
CGM_API const cgm_mechanism_class *cgm_mechanism_default(cgm_variable_type type);
/* For messages: "cvae, hvae", the kinds that can produce a variable of this type, "" if none; cut where text, [size],
 * ends. Writes to text and returns it. */
CGM_API const char *cgm_mechanism_kinds_of(cgm_variable_type type, size_t size, char *text);
/* Kinds for messages and help; NULL-terminated. */
CGM_API const char *const *cgm_mechanism_kinds(void);

#endif
