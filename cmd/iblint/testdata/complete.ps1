# Completes each of the lines in TEST_LINES as the tab key does, and prints each completion behind its line
# and a tab. A shell without a terminal has no function for the tab key: it is the one in TEST_TAB.
function Get-PSReadLineKeyHandler {
    [pscustomobject]@{ Key = 'Tab'; Function = $env:TEST_TAB }
}

iblint completion powershell | Out-String | Invoke-Expression

foreach ($line in $env:TEST_LINES -split "`n") {
    foreach ($completion in (TabExpansion2 -inputScript $line -cursorColumn $line.Length).CompletionMatches) {
        "{0}`t{1}" -f $line, $completion.CompletionText
    }
}
