/* Events on their way to the caller's sink, and the clock. */
#include "base/log.h"

#include <stdio.h>
#include <time.h>

void cgm_sink_log(const cgm_sink *sink, cgm_log_level level, const char *format, ...)
{
    if (!sink || !sink->log) return;
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    sink->log(sink->context, level, text);
}

void cgm_sink_progress(const cgm_sink *sink, const cgm_progress *progress)
{
    if (sink && sink->progress) sink->progress(sink->context, progress);
}

double cgm_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}
