package pcapng

import "sosh/internal/recording"

type flight struct{}

func newFlight() *flight { return &flight{} }

func (w *writer) datagramEvent(h *handle, ev *recording.Event) {}
