/* Folders are filled beside their place, or in it where they are there already, and what is written goes to its place
 * at the end: a reader sees none of it or, but for the moment of renaming, all. */
#define _GNU_SOURCE
#include "io/file.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct cgm_filling {
    char *folder, *temporary;
    bool there; /* the folder was there before */
};

static void destroy(cgm_filling *f)
{
    if (!f) return;
    free(f->folder);
    free(f->temporary);
    free(f);
}

/* FOLDER without slashes behind it. */
static char *copy_of(const char *folder)
{
    size_t n = strlen(folder);
    while (n > 1 && folder[n - 1] == '/') n--;
    return strndup(folder, n);
}

static cgm_status make_temporary(cgm_filling *f, const char *folder)
{
    const char *between = f->there ? "/" : "";
    if (asprintf(&f->temporary, "%s%s.tmp.%ld", f->folder, between, (long)getpid()) < 0) {
        f->temporary = NULL;
        return CGM_FAIL(CGM_E_MEMORY, "out of memory for a path");
    }
    if (mkdir(f->temporary, 0777) == 0) return CGM_OK;
    int failed = errno;
    if (f->there) return CGM_FAIL(CGM_E_ARG, "cannot write to the folder %s: %s", folder, strerror(failed));
    return CGM_FAIL(CGM_E_ARG, "cannot make the folder %s: %s", folder, strerror(failed));
}

cgm_status cgm_filling_begin(const char *folder, cgm_filling **out, const char **temporary)
{
    struct stat info;
    cgm_status status;
    cgm_filling *f = calloc(1, sizeof *f);
    if (!f || !(f->folder = copy_of(folder))) {
        status = CGM_FAIL(CGM_E_MEMORY, "%s: out of memory", folder);
        goto done;
    }
    f->there = stat(f->folder, &info) == 0;
    if (f->there && !S_ISDIR(info.st_mode)) {
        status = CGM_FAIL(CGM_E_ARG, "cannot make the folder %s: there is a file of that name", folder);
        goto done;
    }
    CGM_TRY_GOTO(make_temporary(f, folder), done);
    *out = f;
    *temporary = f->temporary;
    return CGM_OK;
done:
    destroy(f);
    return status;
}

/* ---- The end ---- */

typedef cgm_status visit_fn(const cgm_filling *f, const char *from, const char *to);

static cgm_status visit_one(const cgm_filling *f, const char *name, visit_fn *visit)
{
    char *from = NULL, *to = NULL;
    cgm_status status = CGM_OK;
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) return CGM_OK;
    if (asprintf(&from, "%s/%s", f->temporary, name) < 0) from = NULL;
    if (asprintf(&to, "%s/%s", f->folder, name) < 0) to = NULL;
    status = from && to ? visit(f, from, to) : CGM_FAIL(CGM_E_MEMORY, "out of memory for a path");
    free(from);
    free(to);
    return status;
}

/* Calls visit for each file that was written. */
static cgm_status visit_all(const cgm_filling *f, visit_fn *visit)
{
    cgm_status status = CGM_OK;
    DIR *directory = opendir(f->temporary);
    if (!directory) return CGM_FAIL(CGM_E_IO, "cannot read the folder %s: %s", f->temporary, strerror(errno));
    for (struct dirent *entry; status == CGM_OK && (entry = readdir(directory));)
        status = visit_one(f, entry->d_name, visit);
    closedir(directory);
    return status;
}

static cgm_status check_place(const cgm_filling *f, const char *from, const char *to)
{
    struct stat info;
    (void)f;
    (void)from;
    if (lstat(to, &info) == 0 && S_ISDIR(info.st_mode))
        return CGM_FAIL(CGM_E_ARG, "cannot write %s: it is a directory", to);
    return CGM_OK;
}

static cgm_status move(const cgm_filling *f, const char *from, const char *to)
{
    (void)f;
    if (rename(from, to) == 0) return CGM_OK;
    return CGM_FAIL(CGM_E_IO, "cannot rename %s to %s: %s", from, to, strerror(errno));
}

static cgm_status take_away(const cgm_filling *f, const char *from, const char *to)
{
    (void)f;
    (void)to;
    unlink(from);
    return CGM_OK;
}

static cgm_status commit(const cgm_filling *f)
{
    if (!f->there) return move(f, f->temporary, f->folder);
    CGM_TRY(visit_all(f, check_place));
    CGM_TRY(visit_all(f, move));
    rmdir(f->temporary);
    return CGM_OK;
}

static void discard(const cgm_filling *f)
{
    cgm_status status = visit_all(f, take_away);
    (void)status;
    rmdir(f->temporary);
}

cgm_status cgm_filling_end(cgm_filling *f, bool ok)
{
    if (!f) return CGM_OK;
    cgm_status status = ok ? commit(f) : CGM_OK;
    if (!ok || status != CGM_OK) discard(f);
    destroy(f);
    return status;
}
