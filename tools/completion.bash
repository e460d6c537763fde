# bash completion for cgm: the words come from the command itself, so they are those of the version installed.
_cgm()
{
    local current=${COMP_WORDS[COMP_CWORD]} before=("${COMP_WORDS[@]:1:COMP_CWORD-1}") words
    words=$("${COMP_WORDS[0]}" --completion "${before[@]:0:2}" 2>/dev/null) || return
    # After a subcommand a word that is no option is a file: left to the shell.
    [[ $words == --* && $current != -* ]] && return
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -o default -F _cgm cgm
