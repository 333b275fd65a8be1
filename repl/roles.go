package repl

import (
	"sosh/internal/show"
	"sosh/script"
)

// A role is what a verb takes one of its words for.
type role struct {
	param   *script.Param // nil if the verb takes no such word
	arg     int           // its index among the arguments, if it is not an option
	option  bool          // KEY=VALUE of an option
	unknown bool          // KEY=VALUE without such an option, where no text with a "=" can stand, or KEY is misspelt
	joined  bool          // it continues the data that the word before began
}

// rolesOf returns the role of each word: KEY=VALUE is an option if the verb has one of
// that name, and the words of a data parameter are joined.
func rolesOf(v *script.Verb, words []word) []role {
	params := wordParams(v)
	free := freeParam(v)
	roles := make([]role, len(words))
	args := 0
	for i, w := range words {
		r := &roles[i]
		if w.Key != "" {
			if r.param = v.Option(w.Key); r.param != nil {
				r.option = true
				continue
			}
			if free < 0 && !takesText(v, args) || misspeltOption(v, w.Key) != "" {
				r.unknown = true
				continue
			}
		}
		if free >= 0 && args == free+1 {
			r.param, r.arg, r.joined = params[free], free, true
			continue
		}
		if r.arg = args; args < len(params) {
			r.param = params[args]
		} else if v.Command && v.Rest {
			r.param = params[len(params)-1] // it may be repeated
		}
		args++
	}
	return roles
}

// misspeltOption returns the option of v that key is probably meant for, with a typing
// mistake, or "". Without this, send would send the option as data. Quotes around the word make it text.
func misspeltOption(v *script.Verb, key string) string {
	for _, o := range v.OwnOptions() {
		if show.OneMistake(key, o.Name) {
			return o.Name
		}
	}
	return ""
}

// wordParams returns the parameters that words can give: all but functions.
func wordParams(v *script.Verb) []*script.Param {
	params := make([]*script.Param, 0, len(v.Params))
	for i := range v.Params {
		if v.Params[i].Type != script.FunctionType {
			params = append(params, &v.Params[i])
		}
	}
	return params
}

// freeParam returns the index, in words, of the parameter that takes all remaining
// words, or -1.
func freeParam(v *script.Verb) int {
	for i, p := range wordParams(v) {
		if p.Type == script.DataType {
			return i
		}
	}
	return -1
}

// takesText reports whether parameter i, in words, can be a text with "=" in it.
func takesText(v *script.Verb, i int) bool {
	params := wordParams(v)
	if i >= len(params) {
		return false
	}
	switch params[i].Type {
	case script.AddressType, script.StringType, script.AnyType, script.FileType, script.DataType:
		return true
	}
	return false
}
