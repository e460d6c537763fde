/* Status codes and the thread-local error message.
 *
 * Every fallible function returns cgm_status, which must be checked. On failure the calling thread's message says what
 * went wrong, where (file:line of the user's file, key, or dataset path) and what was expected. The library never
 * prints, exits or aborts; a broken invariant of its own goes to the fatal handler. */
#ifndef CGM_BASE_STATUS_H
#define CGM_BASE_STATUS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define CGM_API extern "C" __attribute__((visibility("default")))
#else
#define CGM_API __attribute__((visibility("default")))
#endif
#define CGM_NORETURN __attribute__((noreturn))
#define CGM_CHECKED __attribute__((warn_unused_result))
#define CGM_PRINTF(text, first) __attribute__((format(printf, text, first)))

typedef enum cgm_status {
    CGM_OK = 0,
    /* The user's mistake (the command exits with 2). */
    CGM_E_ARG = 10,         /* an argument or option out of its range, a file that does not exist */
    CGM_E_SHAPE = 11,       /* shapes that do not fit together */
    CGM_E_FORMAT = 12,      /* a file whose content is not what its format says */
    CGM_E_CONFIG = 13,      /* a config that its schema refuses */
    CGM_E_UNSUPPORTED = 14, /* a query that a mechanism cannot answer */
    /* Anything else (the command exits with 1). */
    CGM_E_MEMORY = 30,
    CGM_E_IO = 31,
    CGM_E_NUMERIC = 32, /* diverged, or no convergence */
    CGM_E_INTERRUPTED = 33
} cgm_status;

/* True for the statuses that are the user's mistake. */
CGM_API bool cgm_status_is_user(cgm_status status);

/* The calling thread's last error: one line without a newline, "" before any error. Valid until the thread's next
 * failing call. */
CGM_API const char *cgm_error_message(void);

/* The library source position that raised it, "file.c:line", for bug reports. */
CGM_API const char *cgm_error_source(void);

/* Records a message and returns status. Use CGM_FAIL. */
CGM_API cgm_status cgm_fail_at(const char *file, int line, cgm_status status, const char *format, ...) CGM_PRINTF(4, 5);

/* Puts "PREFIX: " before the message of the error on its way up, so that a caller adds what only it knows (a file name,
 * a variable); returns status. */
CGM_API cgm_status cgm_fail_context(cgm_status status, const char *format, ...) CGM_PRINTF(2, 3);

#define CGM_FAIL(status, ...) cgm_fail_at(__FILE__, __LINE__, (status), __VA_ARGS__)

/* Returns from the caller with the status of a failed expression. */
#define CGM_TRY(expression)                                                                                            \
    do {                                                                                                               \
        cgm_status cgm_try_status_ = (expression);                                                                     \
        if (cgm_try_status_ != CGM_OK) return cgm_try_status_;                                                         \
    } while (0)

/* Goes to the function's one cleanup label with `status` set; the function declares `cgm_status status = CGM_OK`. */
#define CGM_TRY_GOTO(expression, label)                                                                                \
    do {                                                                                                               \
        status = (expression);                                                                                         \
        if (status != CGM_OK) goto label;                                                                              \
    } while (0)

/* Called for a broken invariant of the library itself; must not return. The default prints nothing and aborts. */
typedef void cgm_fatal_fn(const char *file, int line, const char *what);
CGM_API void cgm_set_fatal_handler(cgm_fatal_fn *handler);
CGM_API CGM_NORETURN void cgm_fatal_at(const char *file, int line, const char *what);

/* An invariant that is always checked. */
#define CGM_CHECK(condition)                                                                                           \
    do {                                                                                                               \
        if (!(condition)) cgm_fatal_at(__FILE__, __LINE__, #condition);                                                \
    } while (0)

#endif
