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
	// nonceLife is how long a Digest challenge is valid.
	nonceLife = 5 * time.Minute
	// maxNonces is the maximum number of remembered answers. Above it, a client must
	// answer a new challenge.
	maxNonces = 100_000
)

// nonces makes the Digest challenges of this process.
var nonces nonceIssuer

// A nonceIssuer makes challenges, and recognizes them by a signature. It stores nothing until a
// challenge is answered correctly, so a client without the password uses no memory and no
// challenges of others. Each challenge is valid for one request. A nonceIssuer may be used
// concurrently.
type nonceIssuer struct {
	once sync.Once
	key  [32]byte

	mu        sync.Mutex
	used, old map[nonceID]struct{} // redeemed in this period of nonceLife, and in the previous one
	since     time.Time            // start of this period
}

type nonceID [16]byte // time of creation, and random bytes

func (i *nonceIssuer) sign(id nonceID) []byte {
	i.once.Do(func() { rand.Read(i.key[:]) }) // rand.Read never fails
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

// redeem reports whether a challenge is ours, not too old, and not redeemed yet; it is redeemed
// then.
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
		// A challenge that is in neither map any more is too old anyhow.
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
