// Package docs writes the reference of the plugin's commands from the commands themselves: one page of Markdown, or man pages.
package docs
