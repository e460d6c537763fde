#!/bin/sh
# What the library's objects define and call, by nm: every name starts with cgm_, and nothing prints, exits or aborts apart from
# the fatal handler in lib/base/status.c, which may abort, and the child process that probes HDF5 files, which may _exit.
set -eu
NM=${NM:-nm}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# NM may hold options, so it is split. What sanitizers and gcov add is theirs.
# shellcheck disable=SC2086
defined_names() { $NM -P -g "$@" 2>/dev/null | awk 'NF > 1 && $2 !~ /[Uwv]/ {print $1}' |
    grep -v -e '^__odr_asan' -e '^__gcov_' -e '^mangle_path$' -e '^_init$' -e '^_fini$' | sort -u; }

# Lines "OBJECT: NAME" of forbidden calls in an archive.
forbidden_calls() {
    # shellcheck disable=SC2086
    $NM -A -P -u "$1" 2>/dev/null | awk '
        {
            object = $1
            sub(/^.*\[/, "", object)
            sub(/\]:.*$/, "", object)
            name = $2
            sub(/@.*/, "", name)
            calls = "^_*((v?printf|puts|putchar|perror|exit|quick_exit|abort|assert_fail|psignal|err|errx|warn|warnx|error)(_chk)?|stdout|stderr)$"
            if (name !~ calls) next
            if (object ~ /status\.o$/ && name == "abort") next
            if (object ~ /(probe|file)\.o$/ && name == "_exit") next
            print object ": " name
        }'
}

failed=0
archive=.libs/libcgm.a
[ -f $archive ] || { archive=.libs/libcgm_all.a; [ -f $archive ] || archive=libcgm_all.a; }
[ -f $archive ] || { echo "no static library to look at"; exit 1; }
for library in $archive .libs/libcgm.so; do
    [ -f $library ] || continue
    dynamic=
    case $library in *.so) dynamic=-D ;; esac
    foreign=$(defined_names $dynamic $library | grep -v '^cgm_' || true)
    [ -z "$foreign" ] || { echo "$library defines names that do not start with cgm_:"; echo "$foreign"; failed=1; }
done
calls=$(forbidden_calls $archive)
[ -z "$calls" ] || { echo "the library prints, exits or aborts:"; echo "$calls"; failed=1; }

# The check itself, on an object that does all of it.
cat >"$work/bad.c" <<'END'
#include <stdio.h>
#include <stdlib.h>
int foreign_name;
void cgm_bad(int n) { printf("%d\n", n); fprintf(stderr, "no\n"); if (n) abort(); exit(n); }
END
# shellcheck disable=SC2086
${CC:-cc} -c -o "$work/bad.o" "$work/bad.c"
ar cr "$work/bad.a" "$work/bad.o"
for name in printf stderr abort exit; do
    forbidden_calls "$work/bad.a" | grep -q ": _*$name" || { echo "the check does not see $name"; failed=1; }
done
defined_names "$work/bad.a" | grep -qx foreign_name || { echo "the check does not see a foreign name"; failed=1; }
exit $failed
