package arrivals

import (
	"hash/fnv"
	"strconv"
	"strings"
)

// colours are colours of the 256 that terminals have. Each has a contrast of at least 3 to 1 with
// white and with black. Any two differ clearly, also for people who do not see red, green or blue;
// the test computes both.
var colours = [...]int{25, 136, 93, 58, 171, 103, 161}

// Colour returns the colour for a name, as its number of the 256 that terminals have. Names that
// differ in their last number only, such as c1 and c2, get different colours. It may be called
// concurrently.
func Colour(name string) int {
	stem := strings.TrimRight(name, "0123456789")
	n, _ := strconv.ParseUint(name[len(stem):], 10, 32)
	sum := fnv.New32a()
	sum.Write([]byte(stem))
	return colours[(uint64(sum.Sum32())+n)%uint64(len(colours))]
}
