package sockets

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"sosh/sockets/sockstat"
)

// TestBackpressure fills a small inbox of which nothing was shown: the sender
// is held, and everything comes once it is taken.
func TestBackpressure(t *testing.T) {
	t.Parallel()
	for _, kind := range []Kind{TCP4, Unix} {
		t.Run(string(kind), func(t *testing.T) {
			a, b := streamPair(t, kind)
			b.SetInbox(10_000)
			b.Watch(true)
			p := randomBytes(16 << 20)
			sending := start(func() (int, error) { return a.Send(patient(t), p) })
			eventually(t, "a full inbox", func() bool { return b.Unread() == 10_000 })
			stillRuns(t, sending)
			if n := b.Unread(); n != 10_000 {
				t.Errorf("the inbox holds %d", n)
			}
			hash := sha256.New()
			for n := 0; n < len(p); {
				m := recvOne(t, b)
				n += len(m.Data)
				hash.Write(m.Data)
			}
			if _, err := await(t, sending); err != nil {
				t.Error(err)
			}
			if sum := sha256.Sum256(p); !bytes.Equal(hash.Sum(nil), sum[:]) {
				t.Error("what came is not what was sent")
			}
			if i, err := b.Info(); err != nil || i.Dropped != 0 || i.In != int64(len(p)) {
				t.Errorf("dropped %d, in %d, %v", i.Dropped, i.In, err)
			}
		})
	}
}

// TestBackpressureMessages is the same for what keeps messages whole and loses
// none.
func TestBackpressureMessages(t *testing.T) {
	table := newTable(t)
	b := newBound(t, table, UnixGram, "b")
	a := newSocketHandle(t, table, UnixGram, "a")
	must(t, a.Connect(patient(t), b.LocalAddr().String()))
	b.SetInbox(5000)
	b.Watch(true)
	const total = 500
	sending := start(func() (int, error) {
		for i := range total {
			if _, err := a.Send(patient(t), fmt.Appendf(nil, "%01000d", i)); err != nil {
				return i, err
			}
		}
		return total, nil
	})
	stillRuns(t, sending)
	if n := b.Unread(); n > 6 {
		t.Errorf("the inbox holds %d messages", n)
	}
	for i := range total {
		wantRecv(t, b, fmt.Sprintf("%01000d", i))
	}
	_, err := await(t, sending)
	must(t, err)
	if i, err := b.Info(); err != nil || i.Lost != 0 || i.Dropped != 0 {
		t.Errorf("lost %d, dropped %d, %v", i.Lost, i.Dropped, err)
	}
}

// showAll marks everything as shown as it comes, as the prompt does.
func showAll(t *testing.T, table *Table) {
	t.Cleanup(table.Subscribe(func(ev Event) {
		if ev.Type == EventData {
			ev.Handle.MarkShown(ev.End, len(ev.Data), len(ev.Data))
		}
	}))
}

// TestShownMakesRoom lets a flood through a small inbox: the oldest bytes make
// room and are counted, the newest can be received.
func TestShownMakesRoom(t *testing.T) {
	a, b := streamPair(t, TCP4)
	showAll(t, a.table)
	b.SetInbox(10_000)
	b.Watch(true)
	p := randomBytes(1 << 20)
	n, err := a.Send(patient(t), p)
	must(t, err)
	eventually(t, "all of it", func() bool { i, err := b.Info(); return err == nil && i.In == int64(n) })
	i, err := b.Info()
	must(t, err)
	if i.Unread > 10_000 || i.Unread == 0 || i.Dropped != int64(n-i.Unread) {
		t.Errorf("%d unread, %d dropped of %d", i.Unread, i.Dropped, n)
	}
	m, err := b.Recv(patient(t), 100)
	must(t, err)
	if at := n - i.Unread; !bytes.Equal(m.Data, p[at:at+100]) {
		t.Error("what is received is not what came after what was dropped")
	}
	if !slices.Equal(m.Shown, []Span{{0, 100}}) {
		t.Errorf("%v of 100 bytes had been shown", m.Shown)
	}
}

func TestShownMakesRoomMessages(t *testing.T) {
	table := newTable(t)
	b := newBound(t, table, UnixGram, "b")
	a := newSocketHandle(t, table, UnixGram, "a")
	must(t, a.Connect(patient(t), b.LocalAddr().String()))
	showAll(t, table)
	b.SetInbox(5000)
	b.Watch(true)
	const total = 300
	for i := range total {
		send(t, a, fmt.Sprintf("%01000d", i))
	}
	eventually(t, "all of them", func() bool { i, err := b.Info(); return err == nil && i.InMsgs == total })
	i, err := b.Info()
	must(t, err)
	if i.Unread != 4 || i.Dropped != 1000*(total-4) || i.Lost != 0 {
		t.Errorf("%d unread, %d dropped, %d lost", i.Unread, i.Dropped, i.Lost)
	}
	m := recvOne(t, b)
	if string(m.Data) != fmt.Sprintf("%01000d", total-4) || !slices.Equal(m.Shown, []Span{{0, 1000}}) {
		t.Errorf("received %q, shown %v", m.Data, m.Shown)
	}
}

// TestShownLater has what was not shown hold the sender until it is.
func TestShownLater(t *testing.T) {
	a, b := streamPair(t, Unix)
	b.SetInbox(1000)
	b.Watch(true)
	sending := start(func() (int, error) { return a.Send(patient(t), make([]byte, 2<<20)) })
	eventually(t, "a full inbox", func() bool { return b.Unread() == 1000 })
	stillRuns(t, sending)
	showAll(t, a.table)
	b.MarkReported(1000)
	_, err := await(t, sending)
	must(t, err)
}

// TestInboxMadeSmaller keeps what is there, and waits until there is room.
func TestInboxMadeSmaller(t *testing.T) {
	a, b := streamPair(t, TCP4)
	b.Watch(true)
	send(t, a, strings.Repeat("x", 5000))
	eventually(t, "all of it", func() bool { return b.Unread() == 5000 })
	b.SetInbox(100)
	send(t, a, "y")
	wantRecv(t, b, strings.Repeat("x", 4950))
	if n := b.Unread(); n != 50 && n != 51 {
		t.Errorf("%d unread", n)
	}
	wantRecv(t, b, strings.Repeat("x", 50)+"y")
	b.SetInbox(-5)
	send(t, a, "z1")
	wantRecv(t, b, "z1")
}

// TestGatherBeyondInbox has two calls at once look for more than the inbox
// holds; each gets its room and keeps it while the other comes and goes.
func TestGatherBeyondInbox(t *testing.T) {
	a, b := streamPair(t, TCP4)
	b.SetInbox(100)
	b.Watch(true)
	long := start(func() (Message, error) { return b.RecvUntil(patient(t), []byte("END"), 10_000) })
	stillRuns(t, long)
	_, err := b.RecvLine(within(t, moment), 1000)
	wantErr(t, err, "recvline", os.ErrDeadlineExceeded)
	send(t, a, strings.Repeat("x", 5000)+"ENDrest")
	m, err := await(t, long)
	must(t, err)
	if len(m.Data) != 5003 {
		t.Errorf("received %d bytes", len(m.Data))
	}
	wantRecv(t, b, "rest")
	b.in.mu.Lock()
	if len(b.in.needs) != 0 {
		t.Errorf("needs %v", b.in.needs)
	}
	b.in.mu.Unlock()
}

// TestRecvLimits checks what the limits of the gathering calls mean, with and
// without a receiver.
func TestRecvLimits(t *testing.T) {
	for _, watch := range []bool{false, true} {
		a, b := streamPair(t, TCP4)
		b.Watch(watch)
		send(t, a, "12345\n")
		m, err := b.RecvLine(patient(t), 6)
		if err != nil || string(m.Data) != "12345" {
			t.Errorf("a line of just the limit: %q, %v", m.Data, err)
		}
		send(t, a, "123456\nnext\n")
		_, err = b.RecvLine(patient(t), 6)
		wantErr(t, err, "recvline", ErrLimit)
		if Code(err) != "limit" {
			t.Errorf("code %s", Code(err))
		}
		m, err = b.RecvLine(patient(t), 7)
		if err != nil || string(m.Data) != "123456" {
			t.Errorf("%q, %v", m.Data, err)
		}
		wantRecv(t, b, "next\n")
		if _, err := b.RecvUntil(patient(t), nil, 10); err == nil {
			t.Error("an empty delimiter is taken")
		}
		send(t, a, "0123456789")
		_, err = b.RecvAll(patient(t), 9)
		wantErr(t, err, "recvall", ErrLimit)
		must(t, a.Close())
		m, err = b.RecvAll(patient(t), 10)
		if err != nil || string(m.Data) != "0123456789" {
			t.Errorf("%q, %v", m.Data, err)
		}
	}
}

// TestUntilAcrossPieces looks for a delimiter that comes byte by byte among
// likenesses of itself.
func TestUntilAcrossPieces(t *testing.T) {
	for _, watch := range []bool{false, true} {
		a, b := streamPair(t, TCP4)
		must(t, a.SetOption("nodelay", "on"))
		b.Watch(watch)
		text := "aabaabaabaac--aab" // the delimiter is aabaac
		looking := start(func() (Message, error) { return b.RecvUntil(patient(t), []byte("aabaac"), 100) })
		for i := range text {
			send(t, a, text[i:i+1])
		}
		m, err := await(t, looking)
		if err != nil || string(m.Data) != "aabaabaabaac" {
			t.Errorf("%q, %v", m.Data, err)
		}
		wantRecv(t, b, "--aab")
	}
}

// TestKernelDrops counts what found no room in the kernel's queue.
func TestKernelDrops(t *testing.T) {
	table := newTable(t)
	b := newBound(t, table, UDP4, "b")
	if err := b.control(func(fd int) error { _, err := sockstat.Drops(fd); return err }); err != nil {
		t.Skipf("this system does not tell: %v", err)
	}
	must(t, b.SetOption("rcvbuf", "4096"))
	a := newSocketHandle(t, table, UDP4, "a")
	must(t, a.Connect(patient(t), b.LocalAddr().String()))
	const total = 200
	for range total {
		send(t, a, strings.Repeat("x", 500))
	}
	i, err := b.Info()
	must(t, err)
	if i.KernelDrops == 0 {
		t.Fatal("no drops")
	}
	got := int64(0)
	for ; ; got++ {
		if _, err := b.Recv(within(t, moment), DefaultLimit); err != nil {
			break
		}
	}
	if i, err = b.Info(); err != nil || got+i.KernelDrops != total || i.InMsgs != got {
		t.Errorf("%d came, %d dropped of %d; %v", got, i.KernelDrops, total, err)
	}
	send(t, a, "one more")
	m := recvOne(t, b)
	if string(m.Data) != "one more" {
		t.Errorf("received %q", m.Data)
	}
}

// TestReceiverStamps gives the time at which a receiver read.
func TestReceiverStamps(t *testing.T) {
	table := newTable(t)
	b := newBound(t, table, UDP4, "b")
	b.Watch(true)
	before := time.Now()
	_, err := b.SendTo(patient(t), b.LocalAddr().String(), []byte("x"))
	must(t, err)
	m := recvOne(t, b)
	if m.Time.Before(before) || m.Time.After(time.Now()) {
		t.Errorf("time %v", m.Time)
	}
}

func FuzzByteQueue(f *testing.F) {
	f.Add([]byte{1, 200, 3, 4, 255, 6, 7, 8, 9, 10})
	f.Add([]byte{250, 251, 252, 253, 254, 255, 0, 0, 1, 1})
	f.Fuzz(func(t *testing.T, ops []byte) {
		var q byteQueue
		var want []byte
		next := byte(0)
		for _, op := range ops[:min(len(ops), 64)] {
			size := []int{1, 100, smallPiece, maxMessage * 3 / 4, maxMessage}[int(op>>2)%5]
			switch op & 3 {
			case 0, 1:
				buf := new([maxMessage]byte)
				for i := range buf[:size] {
					next++
					buf[i] = next
				}
				want = append(want, buf[:size]...)
				kept := q.push(buf, size, op&3 == 1)
				if op&3 == 1 && !bytes.Equal(kept, want[len(want)-size:]) {
					t.Fatal("kept something else")
				}
			case 2:
				p := make([]byte, size)
				n := q.take(p)
				if n != min(size, len(want)) || !bytes.Equal(p[:n], want[:n]) {
					t.Fatalf("took %d of %d", n, len(want))
				}
				want = want[n:]
			case 3:
				if !bytes.Equal(q.bytes(), want) {
					t.Fatal("bytes differ")
				}
				if from, n := len(want)/3, len(want)/2; !bytes.Equal(q.part(from, n), want[from:from+n]) {
					t.Fatal("part differs")
				}
			}
			if q.size != len(want) {
				t.Fatalf("size %d, want %d", q.size, len(want))
			}
		}
		if !bytes.Equal(q.bytes(), want) {
			t.Fatal("bytes differ at the end")
		}
	})
}
