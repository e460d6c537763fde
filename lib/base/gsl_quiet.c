#include "base/gsl_quiet.h"

#include <gsl/gsl_errno.h>
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned users; /* threads that are inside */
static gsl_error_handler_t *before;
static _Thread_local unsigned depth; /* so that inner pairs cost next to nothing */

void cgm_gsl_quiet_begin(void)
{
    if (depth++ > 0) return;
    pthread_mutex_lock(&lock);
    if (users++ == 0) before = gsl_set_error_handler_off();
    pthread_mutex_unlock(&lock);
}

void cgm_gsl_quiet_end(void)
{
    if (--depth > 0) return;
    pthread_mutex_lock(&lock);
    if (--users == 0) gsl_set_error_handler(before);
    pthread_mutex_unlock(&lock);
}
