package util

import (
	"fmt"
	"io"
)

// Style colours text for a terminal, and leaves it as it is for everything else.
type Style struct{ on bool }

// Good is for what is as it should be.
func (s Style) Good(text string) string { return s.paint("32", text) }

// Warn is for what waits or wants attention.
func (s Style) Warn(text string) string { return s.paint("33", text) }

// Bad is for what has failed.
func (s Style) Bad(text string) string { return s.paint("31", text) }

// Bold is for headings.
func (s Style) Bold(text string) string { return s.paint("1", text) }

// Faint is for remarks.
func (s Style) Faint(text string) string { return s.paint("2", text) }

func (s Style) paint(code, text string) string {
	if !s.on || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// The values of --color.
const (
	ColorAuto   = "auto"
	ColorAlways = "always"
	ColorNever  = "never"
)

// ColorFlag is --color as a flag's value: auto, always or never.
type ColorFlag string

// String is the value.
func (c *ColorFlag) String() string { return string(*c) }

// Type names the values in help texts.
func (c *ColorFlag) Type() string { return "auto|always|never" }

// Set takes one of the values.
func (c *ColorFlag) Set(value string) error {
	switch value {
	case ColorAuto, ColorAlways, ColorNever:
		*c = ColorFlag(value)
		return nil
	}
	return fmt.Errorf("give one of %s, %s, %s", ColorAuto, ColorAlways, ColorNever)
}

// Style is that of a stream: colours as --color says; by default on a terminal, unless NO_COLOR is set (https://no-color.org)
// or the terminal cannot.
func (f *Factory) Style(w io.Writer) Style {
	switch f.Color {
	case ColorAlways:
		return Style{on: true}
	case ColorNever:
		return Style{}
	}
	return Style{on: isTerminal(w) && f.Getenv("NO_COLOR") == "" && f.Getenv("TERM") != "dumb"}
}
