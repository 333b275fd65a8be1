// Package show turns bytes from a peer into text that is safe and useful on a
// terminal.
//
//   - [Text], [Line] and [Quote] escape what a terminal would act on
//     or hide. All of them keep to the same rules, see [Text].
//   - [HexdumpWidth] shows any bytes, [JSON] indents a JSON value.
//   - A [View] is a choice among these, which [View.Render] carries out.
//   - [Table], [Truncate] and [Width] lay text out in columns.
//   - [Size], [Nearest] and [Errno] are for messages: "3.1 MiB", "did you mean send?",
//     "ECONNREFUSED".
//
// It imports nothing of sosh, starts no goroutine, and its functions may be
// called concurrently.
package show
