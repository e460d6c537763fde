#!/bin/sh
# Every public header compiles alone, as C17 and as C++17 (where there is a C++ compiler), includes nothing that is not installed, and
# shows no type of the libraries beneath. PUBLIC_HEADERS is what the Makefile installs.
set -eu
srcdir=${srcdir:-.}
: "${PUBLIC_HEADERS:?}" "${CC:=cc}"
CXX=${CXX:-g++}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
fail() { echo "$*"; failed=1; }

# The names as users include them: lib/base/status.h is "base/status.h".
names=$(for header in $PUBLIC_HEADERS; do echo "${header#lib/}"; done)
has() { echo "$names" | grep -qx "$1"; }

compile() { # COMPILER LANGUAGE STANDARD SUFFIX HEADER
    printf '#include "%s"\nint cgm_header_check;\n' "$5" >"$work/one.$4"
    # CC may hold options, so it is split.
    # shellcheck disable=SC2086
    $1 -x "$2" -std="$3" -Wall -Wextra -Werror -I"$srcdir/lib" -I"$srcdir" -fsyntax-only "$work/one.$4" ||
        fail "$5 does not compile alone as $3"
}

cxx=yes
command -v "${CXX%% *}" >/dev/null || { cxx=; echo "no C++ compiler: C only"; }
for name in $names; do
    compile "$CC" c c17 c "$name"
    [ -z "$cxx" ] || compile "$CXX" c++ c++17 cc "$name"
    file=$srcdir/lib/$name
    [ -f "$file" ] || file=$srcdir/$name
    for included in $(sed -n 's/^ *# *include *"\(.*\)".*/\1/p' "$file"); do
        has "$included" || fail "$name includes $included, which is not installed"
    done
    ! grep -nE '# *include *<(hdf5|gsl/|cblas|openblas|cairo|png|yaml|jansson|zlib)' "$file" || fail "$name shows a library beneath"
    [ "$name" = cgm.h ] || grep -q "^ *# *include *\"$name\"" "$srcdir/lib/cgm.h" || fail "cgm.h does not include $name"
done
has cgm.h || fail "cgm.h is not installed"

# The compiling can fail: a header with a mistake must be refused.
mkdir "$work/bad"
echo 'int cgm_broken(undeclared_type x);' >"$work/bad/bad.h"
if (srcdir=$work/bad compile "$CC" c c17 c ../bad/bad.h; [ $failed = 0 ]) >/dev/null 2>&1; then
    fail "the check let a broken header pass"
fi
exit $failed
