export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/**
 * Each script runs `ch-golden complete`, which prints one candidate per line: its value, a tab, and a description. The
 * lines `:files` and `:directories` stand for the shell's own lists.
 */
export const shellScripts: Readonly<Record<Shell, string>> = {
  bash: `# Completion of ch-golden in bash. Source it, or install it as
# /usr/share/bash-completion/completions/ch-golden.
_ch_golden() {
  local line current=\${COMP_WORDS[COMP_CWORD]}
  [[ $current == '=' ]] && current=
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :files) compopt -o filenames; mapfile -t -O "\${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$current") ;;
      :directories) compopt -o filenames; mapfile -t -O "\${#COMPREPLY[@]}" COMPREPLY < <(compgen -d -- "$current") ;;
      *) COMPREPLY+=("\${line%%$'\\t'*}") ;;
    esac
  done < <(ch-golden complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _ch_golden ch-golden
`,
  zsh: `#compdef ch-golden
# Completion of ch-golden in zsh: source it after compinit, or install it as _ch-golden in a directory of fpath.
_ch_golden() {
  local line value
  local -a candidates
  for line in "\${(@f)$(ch-golden complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    case $line in
      '') ;;
      :files) _files ;;
      :directories) _files -/ ;;
      *) value=\${line%%$'\\t'*}; candidates+=("\${value//:/\\\\:}:\${line#*$'\\t'}") ;;
    esac
  done
  (( $#candidates )) && _describe -V 'ch-golden' candidates
}
if [[ $funcstack[1] == _ch-golden ]]; then _ch_golden "$@"; else compdef _ch_golden ch-golden; fi
`,
  fish: `# Completion of ch-golden in fish. Source it, or install it as ch-golden.fish in a directory of
# fish_complete_path.
function __ch_golden_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    for line in (ch-golden complete -- $words[2..-1] "$current" 2>/dev/null)
        switch $line
            case ':files'
                __fish_complete_path $current
            case ':directories'
                __fish_complete_directories $current
            case '*'
                echo $line
        end
    end
end
complete --command ch-golden --no-files --arguments '(__ch_golden_complete)'
`,
};
