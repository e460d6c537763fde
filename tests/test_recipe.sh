#!/bin/sh
# ARCHITECTURE.md's recipe for an operation, followed for x^3 in a copy of the graph and the layers: one file and one row of the table,
# then, for the suites, one row of cases and the oracle's definition. Without its case test_graph misses it by name; with it the suites pass.
# What the graph stands on, which knows no operations, is the build's own, with double tensors.
set -eu
srcdir=$(cd "${srcdir:-.}" && pwd)
floors=$PWD/tests/.libs/libdouble.a
: "${CC:=cc}" "${TEST_CPPFLAGS?}" "${TEST_LIBS:?}" "${TEST_CFLAGS?}"
export OMP_WAIT_POLICY=passive # threads that wait leave the processor to the others
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "$*"; exit 1; }
case $TEST_CFLAGS in *-fsanitize*) echo "skipped: a build without sanitizers says the same, sooner" && exit 77 ;; esac
[ -f "$floors" ] || fail "$floors is not there"

(cd "$srcdir" && find lib/base lib/kernels lib/graph lib/nn tests -name '*.[ch]' -o -name list_ops.sh) | while read -r file; do
    mkdir -p "$work/$(dirname "$file")"
    cp "$srcdir/$file" "$work/$file"
done
chmod -R u+w "$work"
cd "$work"

# ---- The recipe ----

cat >lib/graph/ops/cube.c <<'END'
#include "graph/op.h"

static void gradient(cgm_graph *g, const cgm_op_use *use, cgm_node dy, cgm_node *dx)
{
    dx[0] = cgm_mul(g, dy, cgm_affine(g, cgm_square(g, use->in[0]), 3, 0));
}

const cgm_op cgm_op_cube = {.name = "cube", .block = cgm_ew_pow, .shape = cgm_shape_elementwise, .gradient = gradient};

/* x^3. */
cgm_node cgm_cube(cgm_graph *g, cgm_node x)
{
    return cgm_node_unary(g, CGM_OP_cube, x, 3, 0);
}
END
insert() { # FILE PATTERN LINE: the line before the first that matches
    awk -v pattern="$2" -v line="$3" '!done && $0 ~ pattern { print line; done = 1 } { print }' "$1" >edited
    ! cmp -s edited "$1" || fail "$1 has no line like $2"
    mv edited "$1"
}
insert lib/graph/ops.h '^    OP[(]exp,' '    OP(cube, (cgm_graph *g, cgm_node x)) \'

# ---- What the build makes of it ----

sh lib/graph/list_ops.sh
grep -q 'lib/graph/ops/cube\.c' lib/graph/ops/rows.mk || fail "the build does not know cube.c"

compile() { # FOLDER SOURCE...: its objects, with double tensors
    folder=$1
    shift
    mkdir -p "$work/objects/$folder"
    # CC and the flags hold several words.
    # shellcheck disable=SC2086
    (cd "$folder" && for source; do
        $CC $TEST_CPPFLAGS -DCGM_DOUBLE=1 -I"$work/lib" -I"$work" $TEST_CFLAGS -O0 -w -c "$source" \
            -o "$work/objects/$folder/${source%.c}.o" || exit 1
    done) || fail "$folder does not compile"
}
link() { # SUITE
    # shellcheck disable=SC2086
    $CC $TEST_CFLAGS objects/tests/"$1".o objects/tests/op_cases.o objects/tests/oracle.o objects/tests/gradcheck.o \
        graph.a "$floors" $TEST_LIBS -o "$1"
}
for folder in lib/graph lib/graph/ops lib/nn; do
    # shellcheck disable=SC2046
    compile $folder $(cd $folder && ls ./*.c)
done
ar qcs graph.a objects/lib/*/*.o objects/lib/graph/ops/*.o # q, as two may have one name
suites="test_graph test_segments test_gradients"
# shellcheck disable=SC2086
compile tests op_cases.c oracle.c gradcheck.c $(printf '%s.c ' $suites)

# ---- The suites ----

link test_graph
! ./test_graph >log 2>&1 || fail "test_graph passes without a case of cube"
grep -q 'no case of "cube"' log || { cat log; fail "test_graph does not miss the case of cube"; }
insert tests/op_rows.h '^CASE[(]exp,' 'CASE(cube, cube, BATCH(1), LINEAR(0), cgm_cube(g, x[0]), IN(S(N, 3)))'
insert tests/oracle.c 'case CGM_OP_exp:' '    case CGM_OP_cube: return x * x * x;'
compile tests op_cases.c oracle.c
for suite in $suites; do
    link "$suite"
    ./"$suite" >log 2>&1 || { cat log; fail "$suite fails with cube"; }
done
