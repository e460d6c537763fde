#!/bin/sh
# Lists the sources of the table's rows for automake, in ops/rows.mk, so that an operation is named once, by its row in ops.h. Writes
# only what changes: the sources of a release need not be writable.
set -eu
cd "$(dirname "$0")"
list=$(echo '# Made from the rows of lib/graph/ops.h by lib/graph/list_ops.sh.'
    printf 'graph_op_sources ='
    sed -n 's/^    OP(\([a-z0-9_]*\),.*/\1/p' ops.h | sort | while read -r name; do
        printf ' \\\n  lib/graph/ops/%s.c' "$name"
    done)
[ "$list" = "$(cat ops/rows.mk 2>/dev/null)" ] || printf '%s\n' "$list" >ops/rows.mk
