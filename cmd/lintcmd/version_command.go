package lintcmd

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// build is what identifies this build of iblint. The fields of the commit are empty if the build
// does not record them, such as that by "go install MODULE@VERSION".
type build struct {
	Version  string `json:"version"`
	Commit   string `json:"commit,omitempty"`
	Date     string `json:"date,omitempty"`     // of the commit
	Modified bool   `json:"modified,omitempty"` // the files differed from the commit
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func thisBuild() build {
	b := build{Version: version(), Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.time":
			b.Date = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}

func versionCommand(s invocation) *cobra.Command {
	var format string
	c := &cobra.Command{
		Use:     "version",
		Short:   "Print the version, the commit, its date, and the version of Go",
		Example: "  iblint version\n  iblint version --format json",
		Args:    noArguments,
		RunE: func(*cobra.Command, []string) error {
			write, err := textOrJSON(format, s.writeBuild, s.writeBuildJSON)
			if err != nil {
				return err
			}
			write(thisBuild())
			return nil
		},
	}
	c.Flags().StringVar(&format, "format", "text", "text or json")
	return c
}

func (s invocation) writeBuild(b build) {
	commit, date := "not recorded", "not recorded"
	if b.Commit != "" {
		commit, date = b.Commit, b.Date
	}
	if b.Modified {
		commit += " (modified)"
	}
	fmt.Fprintf(s.out, "iblint    %s\ncommit    %s\ndate      %s\ngo        %s\nplatform  %s\n", b.Version, commit, date, b.Go, b.Platform)
}

func (s invocation) writeBuildJSON(b build) {
	e := json.NewEncoder(s.out)
	e.SetIndent("", "  ")
	_ = e.Encode(b) // s.out keeps the error
}
