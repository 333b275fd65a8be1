package proxyserver

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"sync"
	"time"
)

const (
	// nonceLife is how long a challenge of Digest may be answered.
	nonceLife = 5 * time.Minute
	// maxNonces is how many answers are remembered at once. Where there are more,
	// a client is asked again.
	maxNonces = 100_000
)

// nonces are the challenges of Digest of this process.
var nonces nonceIssuer

// A nonceIssuer makes challenges that it knows again by a signature, and keeps
// nothing of them until one is answered correctly: so a client without the
// password takes no memory, and no challenge of others. Each is good for one
// request. It may be used concurrently.
type nonceIssuer struct {
	once sync.Once
	key  [32]byte

	mu        sync.Mutex
	used, old map[nonceID]struct{} // of this nonceLife, and of the one before
	since     time.Time            // when used began
}

type nonceID [16]byte // when it was made, and random bytes

func (i *nonceIssuer) sign(id nonceID) []byte {
	i.once.Do(func() { rand.Read(i.key[:]) }) // which never fails
	mac := hmac.New(sha256.New, i.key[:])
	mac.Write(id[:])
	return mac.Sum(nil)[:16]
}

// issue makes a challenge.
func (i *nonceIssuer) issue(now time.Time) string {
	var id nonceID
	binary.BigEndian.PutUint64(id[:], uint64(now.UnixNano()))
	rand.Read(id[8:])
	return hex.EncodeToString(append(id[:], i.sign(id)...))
}

// redeem reports whether a challenge was ours, is young enough, and has not been
// redeemed yet.
func (i *nonceIssuer) redeem(nonce string, now time.Time) bool {
	b, err := hex.DecodeString(nonce)
	if err != nil || len(b) != 32 {
		return false
	}
	id := nonceID(b[:16])
	age := now.Sub(time.Unix(0, int64(binary.BigEndian.Uint64(id[:]))))
	if !hmac.Equal(b[16:], i.sign(id)) || age < 0 || age > nonceLife {
		return false
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if now.Sub(i.since) > nonceLife {
		// One that is in neither map any more is too old by itself.
		i.old, i.used, i.since = i.used, make(map[nonceID]struct{}), now
	}
	_, used := i.used[id]
	_, before := i.old[id]
	if used || before || len(i.used) >= maxNonces {
		return false
	}
	i.used[id] = struct{}{}
	return true
}
