#!/bin/bash
# Completion in bash, as the shell would ask for it.
set -u
srcdir=${srcdir:-.}
. "$srcdir/tools/completion.bash"
failed=0

completes() { # EXPECTED WORD...: the last word is the one under the cursor
    local expected=$1
    shift
    COMP_WORDS=(./cgm "$@") COMP_CWORD=$# COMPREPLY=()
    _cgm
    local got="${COMPREPLY[*]}"
    [ "$got" = "$expected" ] || { echo "cgm $*: got \"$got\", expected \"$expected\""; failed=1; }
}
completes train trai
completes counterfactual cou
completes make data ma
completes --resume train --res
completes --seed data make --see
completes "" train run.ya
completes "" xyzzy
exit $failed
