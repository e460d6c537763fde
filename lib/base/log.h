/* What long work says while it runs. The library prints nothing: it hands events to the caller's sink. */
#ifndef CGM_BASE_LOG_H
#define CGM_BASE_LOG_H

#include "base/status.h"

typedef enum cgm_log_level { CGM_LOG_INFO, CGM_LOG_WARNING } cgm_log_level;

#define CGM_PROGRESS_METRICS 24

/* A named figure of a step, e.g. {"elbo", -812.4, "nats"}. */
typedef struct cgm_metric {
    char name[24];
    double value;
} cgm_metric;

/* One state of one long task: shown as a line that is rewritten on a terminal, and as occasional plain lines elsewhere.
 */
typedef struct cgm_progress {
    const char *what;       /* "image (cvae)" */
    uint64_t done, total;   /* in units */
    const char *unit;       /* "images" */
    double seconds;         /* since the task began (this session's part) */
    uint64_t done_at_start; /* units done before this session (after --resume) */
    size_t n_metrics;
    cgm_metric metrics[CGM_PROGRESS_METRICS];
} cgm_progress;

/* Zero-initialise for silence. The message is valid during the call only. */
typedef struct cgm_sink {
    void (*log)(void *context, cgm_log_level level, const char *message);
    void (*progress)(void *context, const cgm_progress *progress);
    void *context;
} cgm_sink;

CGM_API void cgm_sink_log(const cgm_sink *sink, cgm_log_level level, const char *format, ...) CGM_PRINTF(3, 4);
CGM_API void cgm_sink_progress(const cgm_sink *sink, const cgm_progress *progress);
/* Seconds of a monotonic clock. */
CGM_API double cgm_seconds(void);

#endif
