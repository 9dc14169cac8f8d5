/**
 * The completion script of each shell. It hands the typed words over as they are, and evaluates nothing: the scripts that libraries
 * generate run `eval` on the line, which at a TAB carries out `$(…)` in it and empties the file after a `>`.
 *
 * The answer of `tcb-watch complete -- WORDS`: a line for each candidate, its text and what it is with a tab between them; or the one
 * line `:files`, where the shell knows better. The last word is the one being typed, and may be empty.
 */
export const shells = ['bash', 'zsh', 'fish', 'powershell'] as const;

export type Shell = (typeof shells)[number];

export const scripts: Readonly<Record<Shell, string>> = {
  // Runs with the bash 3.2 of macOS, which has neither mapfile nor compopt: there a file's name has to come quoted, or a `$(…)` in it
  // would be run with the line.
  bash: `_tcb_watch_complete() {
  local answer value description quotes=
  COMPREPLY=()
  answer=$(tcb-watch complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null) || return
  if [ "$answer" = ":files" ]; then
    compopt -o filenames 2>/dev/null || quotes=needed
    while IFS= read -r value; do
      [ -n "$quotes" ] && printf -v value %q "$value"
      COMPREPLY+=("$value")
    done < <(compgen -f -- "\${COMP_WORDS[COMP_CWORD]#=}")
    return
  fi
  while IFS=$'\\t' read -r value description; do
    [ -n "$value" ] && COMPREPLY+=("$value")
  done <<< "$answer"
}
complete -F _tcb_watch_complete tcb-watch
`,
  zsh: `#compdef tcb-watch
_tcb-watch() {
  local line
  local -a answer candidates
  answer=("\${(@f)$(tcb-watch complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ "$answer[1]" == ":files" ]]; then
    compset -P '*='
    _files
    return
  fi
  for line in "\${(@)answer}"; do
    [[ -n "$line" ]] && candidates+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  _describe 'tcb-watch' candidates
}
if [[ "$funcstack[1]" == "_tcb-watch" ]]; then _tcb-watch "$@"; else compdef _tcb-watch tcb-watch; fi
`,
  fish: `function __tcb_watch_complete
    set -l typed (commandline -opc) (commandline -ct | string collect --allow-empty)
    set -l answer (tcb-watch complete -- $typed[2..-1] 2>/dev/null)
    if test "$answer[1]" = ":files"
        __fish_complete_path (commandline -ct)
    else
        printf '%s\\n' $answer
    end
end
complete -c tcb-watch -f -a '(__tcb_watch_complete)'
`,
  // The output of programs is read in the console's code page, on Chinese Windows 936. '' stands for an empty word, which Windows PowerShell does not pass on.
  // On Windows the program may be a command file, whose arguments cmd.exe reads once more: what that takes for its own is not passed on.
  powershell: `Register-ArgumentCompleter -Native -CommandName tcb-watch -ScriptBlock {
  param($word, $line, $cursor)
  $before = @($line.CommandElements | Select-Object -Skip 1 | Where-Object { $_.Extent.EndOffset -lt $cursor } | ForEach-Object { $_.Extent.Text })
  $before = @($before | ForEach-Object { if ($_ -match '^[\\w./\\\\:=,@~*-]+$') { $_ } else { '?' } })
  $current = if (-not $word) { "''" } elseif ($word -match '^[\\w./\\\\:=,@~*-]+$') { $word } else { '?' }
  $encoding = [Console]::OutputEncoding
  try { [Console]::OutputEncoding = [System.Text.Encoding]::UTF8 } catch { }
  $answer = @(tcb-watch complete -- @before $current 2>$null)
  try { [Console]::OutputEncoding = $encoding } catch { }
  if ($answer[0] -eq ':files') { return }
  foreach ($each in $answer) {
    $value, $description = $each -split "\`t", 2
    if (-not $value) { continue }
    if (-not $description) { $description = $value }
    [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $description)
  }
}
`,
};
