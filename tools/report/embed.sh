#!/bin/sh
# Files as texts of C: embed.sh NAME FILE [NAME FILE]... prints a header of `static const char NAME[]`.
set -eu
echo '/* Made by tools/report/embed.sh. */'
while [ $# -gt 1 ]; do
    printf 'static const char %s[] =\n' "$1"
    sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^/    "/' -e 's/$/\\n"/' "$2"
    echo '    ;'
    shift 2
done
