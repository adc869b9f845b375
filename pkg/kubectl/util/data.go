package util

import (
	"encoding/json"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"sigs.k8s.io/yaml"
)

// DataFlag is -o for what the plugin finds out itself, which is no object of an API: json, yaml and what the command adds.
type DataFlag struct {
	// Format is the one asked for; empty: text for people.
	Format string

	known []string
}

// AddTo binds the flag.
func (d *DataFlag) AddTo(cmd *cobra.Command, others ...string) {
	d.known = append([]string{"json", "yaml"}, others...)
	cmd.Flags().StringVarP(&d.Format, "output", "o", d.Format, "Output format. One of: ("+strings.Join(d.known, ", ")+").")
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(d.known, cobra.ShellCompDirectiveNoFileComp)))
}

// Complete refuses an unknown format.
func (d *DataFlag) Complete(cmd *cobra.Command) error {
	if d.Format != "" && !slices.Contains(d.known, d.Format) {
		return UsageErrorf(cmd, "-o %s: unknown format, give one of %s", d.Format, strings.Join(d.known, ", "))
	}
	return nil
}

// Print writes the value where json or yaml is asked for; else it says that nothing was written.
func (d *DataFlag) Print(w io.Writer, value any) (written bool, err error) {
	var text []byte
	switch d.Format {
	case "json":
		text, err = json.MarshalIndent(value, "", "    ")
		text = append(text, '\n')
	case "yaml":
		text, err = yaml.Marshal(value)
	default:
		return false, nil
	}
	if err != nil {
		return true, err
	}
	_, err = w.Write(text)
	return true, err
}
