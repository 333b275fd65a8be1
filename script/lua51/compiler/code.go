package compiler

import (
	lua "github.com/yuin/gopher-lua"
)

// What the fields of an instruction can hold. From the highest bit on it has
// the operation (6 bits), A (8), C (9) and B (9), or Bx (18) in place of the
// latter two. A B or C that is a value, not a register, has firstConstant added.
const (
	firstConstant = 256
	maxOperand    = 1<<9 - 1
	maxBx         = 1<<18 - 1
	jumpBias      = maxBx >> 1
)

func encode(op, a, b, c int) uint32 {
	return uint32(op)<<26 | uint32(a)<<18 | uint32(c)<<9 | uint32(b)
}

func operation(i uint32) int { return int(i >> 26) }
func fieldA(i uint32) int    { return int(i>>18) & 0xff }
func fieldB(i uint32) int    { return int(i & 0x1ff) }

// emit adds an instruction and returns where it is.
func (f *function) emit(op, a, b, c int) int {
	f.land()
	f.code = append(f.code, encode(op, a, b, c))
	f.lines = append(f.lines, f.line(f.at))
	return len(f.code) - 1
}

// emitBx adds an instruction that has a Bx.
func (f *function) emitBx(op, a, bx int) int {
	f.land()
	f.code = append(f.code, uint32(op)<<26|uint32(a)<<18|uint32(bx))
	f.lines = append(f.lines, f.line(f.at))
	return len(f.code) - 1
}

// jump adds a jump that is to be patched.
func (f *function) jump() int { return f.emitBx(lua.OP_JMP, 0, jumpBias) }

// here returns the place of the next instruction, as one that is jumped to.
func (f *function) here() int {
	f.landed = len(f.code)
	return f.landed
}

// patch sets the target of jumps.
func (f *function) patch(jumps []int, target int) {
	for _, pc := range jumps {
		f.patchOne(pc, target)
	}
}

// patchHere makes the next instruction the target of jumps. Lua reports a jump that is
// too long only when it compiles that instruction.
func (f *function) patchHere(jumps []int) {
	if len(jumps) > 0 {
		f.here()
		f.pending = append(f.pending, jumps...)
	}
}

// land patches the jumps to the next instruction.
func (f *function) land() {
	if len(f.pending) > 0 {
		f.patch(f.pending, len(f.code))
		f.pending = f.pending[:0]
	}
}

func (f *function) patchOne(pc, target int) {
	by := target - (pc + 1)
	if by < -jumpBias || by > jumpBias {
		f.failNear("control structure too long")
	}
	f.code[pc] = f.code[pc]&^maxBx | uint32(by+jumpBias)
}

// jumpTarget returns where the jump at pc leads.
func (f *function) jumpTarget(pc int) int { return pc + 1 + int(f.code[pc]&maxBx) - jumpBias }

// shortenJumps makes jumps to jumps go to the end of the chain.
func (f *function) shortenJumps() {
	for pc := 0; pc < len(f.code); pc++ {
		switch operation(f.code[pc]) {
		case lua.OP_JMP:
			target := f.jumpTarget(pc)
			for n := 0; n < 10 && target < len(f.code) && operation(f.code[target]) == lua.OP_JMP; n++ {
				target = f.jumpTarget(target)
			}
			if by := target - (pc + 1); -jumpBias <= by && by <= jumpBias {
				f.patchOne(pc, target)
			}
		default:
			pc += f.data(pc)
		}
	}
}

// markReturns notes in the instructions that leave the function that there is no
// variable to close. gopher-lua does not look at this field.
func (f *function) markReturns() {
	for pc := 0; pc < len(f.code); pc++ {
		switch operation(f.code[pc]) {
		case lua.OP_RETURN, lua.OP_TAILCALL:
			f.code[pc] |= 1 << 9
		default:
			pc += f.data(pc)
		}
	}
}

// joinMoves combines consecutive moves into one instruction. The others remain, since
// they may be targets of jumps.
func (f *function) joinMoves() {
	for pc := 0; pc < len(f.code); pc++ {
		if operation(f.code[pc]) != lua.OP_MOVE {
			pc += f.data(pc)
			continue
		}
		end := pc + 1
		for end < len(f.code) && end-pc-1 < maxOperand && operation(f.code[end]) == lua.OP_MOVE {
			end++
		}
		if n := end - pc - 1; n > 0 {
			f.code[pc] = encode(lua.OP_MOVEN, fieldA(f.code[pc]), fieldB(f.code[pc]), n)
		}
		pc = end - 1
	}
}

// data returns how many words after the instruction at pc are not instructions.
func (f *function) data(pc int) int {
	switch i := f.code[pc]; operation(i) {
	case lua.OP_CLOSURE:
		return int(f.proto.FunctionPrototypes[i&maxBx].NumUpvalues)
	case lua.OP_SETLIST:
		if i>>9&0x1ff == 0 {
			return 1
		}
	}
	return 0
}

// maxRegisters is the limit of registers of a function.
const maxRegisters = 249

// reserve takes n more registers into use.
func (f *function) reserve(n int) {
	f.touch(f.free + n - 1)
	f.free += n
}

// touch notes that a register is written.
func (f *function) touch(reg int) {
	if reg >= f.used {
		if reg >= maxRegisters {
			f.failNear("function or expression too complex")
		}
		f.used = reg + 1
	}
}

// loadNil sets n registers to nil.
func (f *function) loadNil(reg, n int) {
	f.touch(reg + n - 1)
	if len(f.code) == 0 && f.landed < 0 && reg >= len(f.locals) {
		return // as a function finds them
	}
	if last := len(f.code) - 1; last >= f.landed && last >= 0 {
		// Right after others, one instruction does both.
		if i := f.code[last]; operation(i) == lua.OP_LOADNIL && fieldB(i) == reg-1 && !f.isData(last) {
			f.code[last] = encode(lua.OP_LOADNIL, fieldA(i), reg+n-1, 0)
			return
		}
	}
	f.emit(lua.OP_LOADNIL, reg, reg+n-1, 0)
}

// isData reports whether the word at pc belongs to a SETLIST before.
func (f *function) isData(pc int) bool {
	return pc > 0 && operation(f.code[pc-1]) == lua.OP_SETLIST && f.data(pc-1) > 0
}
