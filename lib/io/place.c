/* Files are written beside their place and renamed into it, so that a reader sees the old one or the new one, whole. */
#define _GNU_SOURCE
#include "io/hdf5.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* "." for a bare name; to be freed. */
static char *directory_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash) return strdup(".");
    return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

static cgm_status check_place(const char *path, const char *directory)
{
    struct stat info;
    const char *slash = strrchr(path, '/');
    if (path[0] == '\0' || (slash && slash[1] == '\0'))
        return CGM_FAIL(CGM_E_ARG, "cannot write '%s': a file name is expected", path);
    if (stat(directory, &info) != 0)
        return CGM_FAIL(CGM_E_ARG, "cannot write %s: the directory %s: %s", path, directory, strerror(errno));
    if (!S_ISDIR(info.st_mode)) return CGM_FAIL(CGM_E_ARG, "cannot write %s: %s is not a directory", path, directory);
    if (access(directory, W_OK | X_OK) != 0)
        return CGM_FAIL(CGM_E_ARG, "cannot write %s: no permission to make files in %s", path, directory);
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode))
        return CGM_FAIL(CGM_E_ARG, "cannot write %s: it is a directory", path);
    return CGM_OK;
}

/* Makes an empty file PATH.tmp.PID, or with a number behind it if this process writes PATH twice at a time. A file of
 * that name from a process before ours that was killed is of no use to anyone, but cannot be told from one of our own.
 */
cgm_status cgm_place_temporary(const char *path, char **out)
{
    cgm_status status = CGM_OK;
    char *directory = directory_of(path), *name = NULL;
    if (!directory) return CGM_FAIL(CGM_E_MEMORY, "out of memory");
    CGM_TRY_GOTO(check_place(path, directory), done);
    for (int turn = 0; turn < 1000; turn++) {
        int n = turn ? asprintf(&name, "%s.tmp.%ld.%d", path, (long)getpid(), turn)
                     : asprintf(&name, "%s.tmp.%ld", path, (long)getpid());
        if (n < 0) {
            name = NULL;
            status = CGM_FAIL(CGM_E_MEMORY, "out of memory");
            goto done;
        }
        int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0) {
            close(fd);
            *out = name;
            name = NULL;
            goto done;
        }
        if (errno != EEXIST) break;
        free(name);
        name = NULL;
    }
    status = CGM_FAIL(CGM_E_IO, "cannot write %s: %s", path, strerror(errno));
done:
    free(name);
    free(directory);
    return status;
}

static int sync_path(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC);
    if (fd < 0) return errno;
    int failed = fsync(fd) != 0 ? errno : 0;
    close(fd);
    /* Some file systems cannot sync a directory; renaming there is as safe as it gets. */
    return failed == EINVAL || failed == ENOTSUP ? 0 : failed;
}

cgm_status cgm_place_commit(const char *temporary, const char *path)
{
    int failed = sync_path(temporary, O_RDONLY);
    if (failed) return CGM_FAIL(CGM_E_IO, "cannot write %s: %s", path, strerror(failed));
    if (rename(temporary, path) != 0)
        return CGM_FAIL(CGM_E_IO, "cannot rename %s to %s: %s", temporary, path, strerror(errno));
    char *directory = directory_of(path);
    if (!directory) return CGM_FAIL(CGM_E_MEMORY, "out of memory");
    failed = sync_path(directory, O_RDONLY | O_DIRECTORY);
    if (failed)
        (void)CGM_FAIL(CGM_E_IO, "%s is written, but its directory cannot be synced: %s", path, strerror(failed));
    free(directory);
    return failed ? CGM_E_IO : CGM_OK;
}

struct cgm_atomic {
    FILE *stream;
    char *path, *temporary;
};

static void drop(cgm_atomic *atomic)
{
    if (!atomic) return;
    if (atomic->stream) fclose(atomic->stream);
    if (atomic->temporary) unlink(atomic->temporary);
    free(atomic->temporary);
    free(atomic->path);
    free(atomic);
}

cgm_status cgm_atomic_open(const char *path, cgm_atomic **out, FILE **stream)
{
    cgm_status status = CGM_OK;
    cgm_atomic *atomic = calloc(1, sizeof *atomic);
    if (!atomic || !(atomic->path = strdup(path))) {
        status = CGM_FAIL(CGM_E_MEMORY, "out of memory");
        goto done;
    }
    CGM_TRY_GOTO(cgm_place_temporary(path, &atomic->temporary), done);
    atomic->stream = fopen(atomic->temporary, "wbe");
    if (!atomic->stream) {
        status = CGM_FAIL(CGM_E_IO, "cannot write %s: %s", path, strerror(errno));
        goto done;
    }
    *out = atomic;
    *stream = atomic->stream;
    return CGM_OK;
done:
    drop(atomic);
    return status;
}

cgm_status cgm_atomic_close(cgm_atomic *atomic, bool ok)
{
    if (!atomic) return CGM_OK;
    cgm_status status = CGM_OK;
    if (ok) {
        bool broken = ferror(atomic->stream);
        errno = 0;
        if (fclose(atomic->stream) != 0 || broken)
            status = CGM_FAIL(CGM_E_IO, "cannot write %s: %s", atomic->path,
                              errno ? strerror(errno) : "a write failed, is the disk full?");
        atomic->stream = NULL;
        if (status == CGM_OK) status = cgm_place_commit(atomic->temporary, atomic->path);
    }
    /* After a commit there is nothing at the temporary name, unless a file of another process came there since. */
    if (ok && status == CGM_OK) {
        free(atomic->temporary);
        atomic->temporary = NULL;
    }
    drop(atomic);
    return status;
}
