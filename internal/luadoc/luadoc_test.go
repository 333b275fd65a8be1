package luadoc

import "testing"

func TestSentence(t *testing.T) {
	for _, tt := range []struct {
		results []Result
		note    string
		want    string
	}{
		{nil, "", "nothing"},
		{nil, "the test ends", "nothing; the test ends"},
		{[]Result{{Type: "string"}}, "", "a string"},
		{[]Result{{Type: "integer|string?"}}, "", "an integer or a string"},
		{[]Result{{Type: "channel", Doc: ", with the method send"}}, "", "a channel, with the method send"},
		{[]Result{{Name: "bytes", Type: "string?", Doc: ", nil at the end"}}, "as recvfrom", "the bytes, nil at the end; as recvfrom"},
		{[]Result{{Name: "handle", Type: "handle"}, {Name: "event", Type: "event"}}, "", "the handle, and the event"},
		{[]Result{{Name: "data", Type: "string"}, {Name: "sender", Type: "string"}, {Type: "boolean", Doc: "true if it was cut"}}, "", "the data, the sender, and true if it was cut"},
	} {
		if got := Sentence(tt.results, tt.note); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}
