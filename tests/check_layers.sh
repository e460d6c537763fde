#!/bin/sh
# The house's order, by its includes: a file includes only from folders on lower floors or from its own; BLAS is called in
# lib/kernels alone (which may ask OpenMP where it is), threads are made in lib/base alone. The check is first tried on files that break each rule.
set -eu
srcdir=${srcdir:-$(dirname "$0")/..}

# FOLDER FLOOR FOLDERS-IT-MAY-NOT-INCLUDE-THOUGH-LOWER. vae and gan stand side by side; dip stands on lib alone.
floors='base 1
kernels 2
graph 3
nn 4
io 5
config 6
metrics 7
data 8
scm 9
vae 10
gan 10
dip 11 scm,vae,gan
tools 12
bench 13
tests 13
examples 13
experiments 13'

# Prints one line for each violation under ROOT; succeeds when there is none.
violations() {
    (cd "$1" && find lib scm vae gan dip tools bench tests examples experiments -name '*.[ch]' 2>/dev/null | sort |
        xargs awk -v floors="$floors" '
        BEGIN {
            n = split(floors, rows, "\n")
            for (i = 1; i <= n; i++) {
                split(rows[i], word, " ")
                floor[word[1]] = word[2]
                barred[word[1]] = "," word[3] ","
            }
        }
        function bad(what) { print FILENAME ":" FNR ": " what; failed = 1 }
        FNR == 1 {
            m = split(FILENAME, part, "/")
            own = part[1] == "lib" && m > 2 ? part[2] : part[1]
            if (FILENAME != "lib/cgm.h" && !(own in floor)) bad("the folder " own " has no floor")
        }
        /^[ \t]*#[ \t]*include[ \t]*</ {
            if (/cblas|openblas/ && own != "kernels") bad("BLAS is called in lib/kernels only")
            if (/<omp\.h>/ && own != "base" && own != "kernels") bad("OpenMP is for lib/base, and lib/kernels beside BLAS")
        }
        /^[ \t]*#[ \t]*pragma[ \t]+omp[ \t]+(parallel|task|sections|target)/ {
            if (own != "base") bad("threads are made in lib/base only")
        }
        /^[ \t]*#[ \t]*include[ \t]*"/ {
            if (FILENAME == "lib/cgm.h") next
            split($0, quoted, "\"")
            path = quoted[2]
            if (path == "config.h") next
            if (path == "cgm.h") {
                if (floor[own] < 12) bad("cgm.h is for users of the library, not for its parts")
                next
            }
            if (path !~ /^[a-z]+\//) { bad("\"" path "\" is not of the form \"folder/file.h\""); next }
            theirs = substr(path, 1, index(path, "/") - 1)
            if (!(theirs in floor)) bad("\"" path "\" is in no folder of the house")
            else if (theirs == own) next
            else if (floor[theirs] >= floor[own] || index(barred[own], "," theirs ","))
                bad(own " may not include from " theirs " (\"" path "\")")
        }
        END { exit failed }')
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

expect_caught() { # FILE LINE: a tree that holds FILE with that line alone must be refused
    rm -rf "$work/tree"
    mkdir -p "$work/tree/$(dirname "$1")"
    printf '%s\n' "$2" >"$work/tree/$1"
    if violations "$work/tree" >/dev/null; then
        echo "the check let '$2' pass in $1"
        exit 1
    fi
}
expect_caught lib/base/a.c '#include "graph/graph.h"'
expect_caught lib/graph/ops/a.c '#include "nn/layers.h"'
expect_caught lib/data/a.h '# include "scm/scm.h"'
expect_caught scm/a.c '#include "vae/cvae/cvae.h"'
expect_caught vae/a.c '#include "gan/critic.h"'
expect_caught gan/a.c '#include "tools/common.h"'
expect_caught dip/a.c '#include "scm/scm.h"'
expect_caught tools/a.c '#include "tests/harness.h"'
expect_caught lib/nn/a.c '#include "layers.h"'
expect_caught lib/nn/a.c '#include "../graph/graph.h"'
expect_caught lib/nn/a.c '#include "cgm.h"'
expect_caught lib/nn/a.c '#include <cblas.h>'
expect_caught lib/nn/a.c '#include <omp.h>'
expect_caught lib/kernels/a.c '#pragma omp parallel for'
expect_caught lib/novel/a.c ''

if [ -z "$(find "$srcdir/lib" -name '*.h')" ]; then
    echo "no sources under $srcdir/lib"
    exit 1
fi
violations "$srcdir"
