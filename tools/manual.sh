#!/bin/sh
# What help2man adds to cgm(1) beside `cgm --help`: a section with the --help of each subcommand. Usage: manual.sh CGM
set -eu
cgm=$1

section() { # SUBCOMMAND WORD...
    printf '[%s]\n.nf\n' "$(echo "cgm $*" | tr '[:lower:]' '[:upper:]')"
    # A leading dot or quote would be a request to roff, a backslash an escape.
    "$cgm" "$@" --help | sed -e 's/\\/\\e/g' -e "s/^\([.']\)/\\\\\&\1/" -e 's/-/\\-/g'
    printf '.fi\n\n'
}

for word in $("$cgm" --completion); do
    case $word in --*) continue ;; esac
    below=$("$cgm" --completion "$word" | sed '/^-/d')
    if [ -z "$below" ]; then
        section "$word"
    else
        for second in $below; do section "$word" "$second"; done
    fi
done
