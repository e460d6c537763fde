# What the scripts test_cli*.sh begin with: . "${srcdir:-.}/tests/cli.sh"
# shellcheck shell=sh disable=SC2034
# A folder of its own, which goes at the end; $cgm, the command under test; $failed, the script's exit status.
cgm=${CGM:-$(pwd)/cgm}
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
failed=0

fail() { echo "FAILED: $*"; failed=1; }

# expect STATUS TEXT COMMAND...: the exit status, and TEXT in what it says; with another status than 0 exactly one line on stderr.
expect() {
    want=$1 text=$2
    shift 2
    "$@" >out 2>err
    got=$?
    [ "$got" = "$want" ] || fail "$*: exit status $got, expected $want: $(cat err)"
    if [ "$want" != 0 ]; then
        [ "$(wc -l <err)" = 1 ] || fail "$*: expected one line on stderr, got: $(cat err)"
        grep -q '^cgm: ' err || fail "$*: expected a message that begins with cgm: got: $(cat err)"
    fi
    grep -qF -e "$text" out err || fail "$*: expected \"$text\", got: $(cat out err)"
}
