package netcat

import "math"

// unlimited is RLIM_INFINITY.
const unlimited = math.MaxUint64
