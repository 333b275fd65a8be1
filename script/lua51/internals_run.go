package lua51

import (
	"unsafe"

	lua "github.com/yuin/gopher-lua"
)

// gopher-lua's loop calls a function of its table for each instruction, which
// finds the frame, the registers and the code anew. run replaces all of
// them: it executes an instruction and the following ones, of the same function, of
// the functions it calls and of those it returns to, until the call that started the
// loop has ended. It handles the common cases itself, and leaves the rest to the
// original function of the table: calls of Go,
// metamethods, errors, conversions, functions with "...".
//
// While a Lua function runs here, the registers up to the last one that it can
// use are in use, as in Lua itself, unless a call or "..." has just left any
// number of values: gopher-lua counts the used ones at each instruction.

// run executes an instruction and the following ones. It returns 1 if the calling loop
// must end. base is the frame of the call that the loop is for.
func run(L *lua.LState, inst uint32, base unsafe.Pointer) int {
	s := (*luaState)(unsafe.Pointer(L))
	if s.stack.typ != growingStack {
		return instructions[inst>>26](L, inst, base)
	}
	var (
		calls = (*autoGrowingCallFrameStack)(s.stack.stack)
		reg   = s.reg
		cf    *callFrame
		code  []uint32
		k, r  []lua.LValue // constants and registers of the function
		pc    int          // the next instruction
		x, y  lua.LValue
		n     float64
		holds bool
	)
	if interrupts.Load() != 0 {
		runInterrupt(L) // metamethods may call each other for ever
	}
	s.currentFrame.Pc-- // back to inst
load:
	cf = s.currentFrame
	code, k = cf.Fn.Proto.Code, cf.Fn.Proto.Constants
	pc = cf.Pc
	r = reg.array[cf.LocalBase:]
	if top := cf.LocalBase + int(cf.Fn.Proto.NumUsedRegisters); reg.top < top && (pc == 0 || !leavesAny(code[pc-1])) {
		reg.top = top
	}
	for {
		inst = code[pc]
		pc++
		switch a := inst >> 18 & 0xff; int(inst >> 26) {
		case lua.OP_MOVE:
			r[a] = r[inst&0x1ff]
			continue
		case lua.OP_MOVEN:
			r[a] = r[inst&0x1ff]
			for m := inst >> 9 & 0x1ff; m > 0; m-- {
				inst = code[pc]
				pc++
				r[inst>>18&0xff] = r[inst&0x1ff]
			}
			continue
		case lua.OP_LOADK:
			r[a] = k[inst&0x3ffff]
			continue
		case lua.OP_LOADBOOL:
			if inst&0x1ff != 0 {
				r[a] = lua.LTrue
			} else {
				r[a] = lua.LFalse
			}
			if inst>>9&0x1ff != 0 {
				pc++
			}
			continue
		case lua.OP_LOADNIL:
			for i := a; i <= inst&0x1ff; i++ {
				r[i] = lua.LNil
			}
			continue
		case lua.OP_GETUPVAL:
			r[a] = cf.Fn.Upvalues[inst&0x1ff].Value()
			continue
		case lua.OP_SETUPVAL:
			cf.Fn.Upvalues[inst&0x1ff].SetValue(r[a])
			continue
		case lua.OP_GETGLOBAL:
			if v, ok := getText(cf.Fn.Env, string(k[inst&0x3ffff].(lua.LString))); ok {
				r[a] = v
				continue
			}
		case lua.OP_SETGLOBAL:
			if setText(cf.Fn.Env, string(k[inst&0x3ffff].(lua.LString)), r[a]) {
				continue
			}
		case lua.OP_GETTABLE:
			if t, ok := r[inst&0x1ff].(*lua.LTable); ok {
				if c := inst >> 9 & 0x1ff; c < firstConstant {
					x = r[c]
				} else {
					x = k[c-firstConstant]
				}
				switch key := x.(type) {
				case lua.LNumber:
					if v, ok := getIndex(t, float64(key)); ok {
						r[a] = v
						continue
					}
				case lua.LString:
					if v, ok := getText(t, string(key)); ok {
						r[a] = v
						continue
					}
				}
			}
		case lua.OP_GETTABLEKS:
			if t, ok := r[inst&0x1ff].(*lua.LTable); ok {
				if c := inst >> 9 & 0x1ff; c >= firstConstant {
					if v, ok := getText(t, string(k[c-firstConstant].(lua.LString))); ok {
						r[a] = v
						continue
					}
				}
			}
		case lua.OP_SETTABLE:
			if t, ok := r[a].(*lua.LTable); ok {
				if b := inst & 0x1ff; b < firstConstant {
					x = r[b]
				} else {
					x = k[b-firstConstant]
				}
				if c := inst >> 9 & 0x1ff; c < firstConstant {
					y = r[c]
				} else {
					y = k[c-firstConstant]
				}
				switch key := x.(type) {
				case lua.LNumber:
					if setIndex(t, float64(key), y) {
						continue
					}
				case lua.LString:
					if setText(t, string(key), y) {
						continue
					}
				}
			}
		case lua.OP_SETTABLEKS:
			if t, ok := r[a].(*lua.LTable); ok {
				if c := inst >> 9 & 0x1ff; c < firstConstant {
					y = r[c]
				} else {
					y = k[c-firstConstant]
				}
				if b := inst & 0x1ff; b >= firstConstant && setText(t, string(k[b-firstConstant].(lua.LString)), y) {
					continue
				}
			}
		case lua.OP_SELF:
			x = r[inst&0x1ff]
			if t, ok := x.(*lua.LTable); ok {
				if c := inst >> 9 & 0x1ff; c >= firstConstant {
					if v, ok := getText(t, string(k[c-firstConstant].(lua.LString))); ok {
						r[a], r[a+1] = v, x
						continue
					}
				}
			}
		case lua.OP_ADD, lua.OP_SUB, lua.OP_MUL, lua.OP_DIV, lua.OP_MOD, lua.OP_POW:
			if b := inst & 0x1ff; b < firstConstant {
				x = r[b]
			} else {
				x = k[b-firstConstant]
			}
			if c := inst >> 9 & 0x1ff; c < firstConstant {
				y = r[c]
			} else {
				y = k[c-firstConstant]
			}
			if v, ok := x.(lua.LNumber); ok {
				if w, ok := y.(lua.LNumber); ok {
					switch int(inst >> 26) {
					case lua.OP_ADD:
						n = float64(v + w)
					case lua.OP_SUB:
						n = float64(v - w)
					case lua.OP_MUL:
						n = float64(v * w)
					case lua.OP_DIV:
						n = float64(v / w)
					case lua.OP_MOD:
						n = modulo(float64(v), float64(w))
					default:
						n = power(float64(v), float64(w))
					}
					r[a] = numberIn(reg.alloc, n)
					continue
				}
			}
		case lua.OP_UNM:
			if b := inst & 0x1ff; b < firstConstant {
				x = r[b]
			} else {
				x = k[b-firstConstant]
			}
			if v, ok := x.(lua.LNumber); ok {
				r[a] = numberIn(reg.alloc, -float64(v))
				continue
			}
		case lua.OP_NOT:
			if isFalse(r[inst&0x1ff]) {
				r[a] = lua.LTrue
			} else {
				r[a] = lua.LFalse
			}
			continue
		case lua.OP_JMP:
			by := jumpOf(inst)
			if by < 0 && interrupts.Load() != 0 {
				break
			}
			pc += by
			continue
		case lua.OP_EQ, lua.OP_LT, lua.OP_LE:
			if b := inst & 0x1ff; b < firstConstant {
				x = r[b]
			} else {
				x = k[b-firstConstant]
			}
			if c := inst >> 9 & 0x1ff; c < firstConstant {
				y = r[c]
			} else {
				y = k[c-firstConstant]
			}
			if v, ok := x.(lua.LNumber); ok {
				w, ok := y.(lua.LNumber)
				if !ok {
					break
				}
				switch int(inst >> 26) {
				case lua.OP_EQ:
					holds = v == w
				case lua.OP_LT:
					holds = v < w
				default:
					holds = v <= w
				}
				goto branch
			}
			if v, ok := x.(lua.LString); ok {
				w, ok := y.(lua.LString)
				if !ok {
					break
				}
				switch int(inst >> 26) {
				case lua.OP_EQ:
					holds = v == w
				case lua.OP_LT:
					holds = v < w
				default:
					holds = v <= w
				}
				goto branch
			}
			if int(inst>>26) == lua.OP_EQ {
				if isNil(x) || isNil(y) {
					holds = isNil(x) && isNil(y)
					goto branch
				}
				if v, ok := x.(lua.LBool); ok {
					w, ok := y.(lua.LBool)
					holds = ok && v == w
					goto branch
				}
			}
		case lua.OP_TEST:
			if isFalse(r[a]) == (inst>>9&0x1ff != 0) {
				pc++
			}
			continue
		case lua.OP_TESTSET:
			x = r[inst&0x1ff]
			if isFalse(x) == (inst>>9&0x1ff != 0) {
				pc++
			} else {
				r[a] = x
			}
			continue
		case lua.OP_CALL:
			callee, ok := r[a].(*lua.LFunction)
			if !ok || interrupts.Load() != 0 || cf.Idx >= s.Options.CallStackSize-spareCalls {
				break
			}
			first := cf.LocalBase + int(a) + 1
			args := int(inst&0x1ff) - 1
			if args < 0 {
				args = reg.top - first
			}
			used := args
			if !callee.IsG {
				if callee.Proto.IsVarArg&lua.VarArgIsVarArg != 0 {
					break
				}
				used = int(callee.Proto.NumUsedRegisters)
			}
			if first+max(args, used) > len(reg.array) {
				break
			}
			f := calls.push()
			if f == nil {
				break
			}
			cf.Pc = pc
			f.Idx = cf.Idx + 1
			f.Fn = callee
			f.Parent = cf
			f.Pc = 0
			f.Base = first - 1
			f.LocalBase = first
			f.ReturnBase = first - 1
			f.NArgs = args
			f.NRet = int(inst>>9&0x1ff) - 1
			f.TailCall = 0
			s.currentFrame = f
			if callee.IsG {
				if base == nil {
					f.Pc = pcOfThread
				}
				cut(reg, first+args)
				if !callGo(L, s, f) {
					return 1
				}
				r = reg.array[cf.LocalBase:]
				if top := cf.LocalBase + int(cf.Fn.Proto.NumUsedRegisters); inst>>9&0x1ff != 0 && reg.top < top {
					reg.top = top
				}
				continue
			}
			cf = f
			enter(reg, first, args, int(callee.Proto.NumParameters), used)
			code, k = callee.Proto.Code, callee.Proto.Constants
			pc = 0
			r = reg.array[first:]
			continue
		case lua.OP_TAILCALL:
			callee, ok := r[a].(*lua.LFunction)
			if !ok || callee.IsG || callee.Proto.IsVarArg&lua.VarArgIsVarArg != 0 || interrupts.Load() != 0 {
				break
			}
			from := cf.LocalBase + int(a) + 1
			args := int(inst&0x1ff) - 1
			if args < 0 {
				args = reg.top - from
			}
			used := int(callee.Proto.NumUsedRegisters)
			first := cf.Base + 1
			if first+max(args, used) > len(reg.array) {
				break
			}
			if inst>>9&0x1ff == 0 {
				s.closeUpvalues(cf.LocalBase)
			}
			copy(reg.array[first-1:], reg.array[from-1:from+args])
			cf.Fn = callee
			cf.LocalBase = first
			cf.NArgs = args
			cf.TailCall++
			top := reg.top
			enter(reg, first, args, int(callee.Proto.NumParameters), used)
			for i := max(reg.top, first+args); i < top; i++ {
				reg.array[i] = nil
			}
			code, k = callee.Proto.Code, callee.Proto.Constants
			pc = 0
			r = reg.array[first:]
			continue
		case lua.OP_RETURN:
			if cf.Idx == 0 {
				break
			}
			if inst>>9&0x1ff == 0 {
				s.closeUpvalues(cf.LocalBase)
			}
			from := cf.LocalBase + int(a)
			have := int(inst&0x1ff) - 1
			if have < 0 {
				have = reg.top - from
			}
			want := cf.NRet
			if want < 0 {
				want = have
			}
			if cf.ReturnBase+want > len(reg.array) {
				break
			}
			leave(reg, cf.ReturnBase, from, have, want)
			last := base == unsafe.Pointer(cf)
			cf = calls.pop()
			s.currentFrame = cf
			if last || cf.Fn.IsG {
				return 1
			}
			code, k = cf.Fn.Proto.Code, cf.Fn.Proto.Constants
			pc = cf.Pc
			r = reg.array[cf.LocalBase:]
			if top := cf.LocalBase + int(cf.Fn.Proto.NumUsedRegisters); reg.top < top && !leavesAny(code[pc-1]) {
				reg.top = top
			}
			continue
		case lua.OP_FORPREP:
			i, ok1 := r[a].(lua.LNumber)
			_, ok2 := r[a+1].(lua.LNumber)
			step, ok3 := r[a+2].(lua.LNumber)
			if !ok1 || !ok2 || !ok3 {
				break
			}
			r[a] = numberIn(reg.alloc, float64(i-step))
			pc += jumpOf(inst)
			continue
		case lua.OP_FORLOOP:
			if interrupts.Load() != 0 {
				break
			}
			i, ok1 := r[a].(lua.LNumber)
			limit, ok2 := r[a+1].(lua.LNumber)
			step, ok3 := r[a+2].(lua.LNumber)
			if !ok1 || !ok2 || !ok3 {
				break
			}
			i += step
			if step > 0 && i <= limit || step <= 0 && i >= limit {
				pc += jumpOf(inst)
				v := numberIn(reg.alloc, float64(i))
				r[a], r[a+3] = v, v
			}
			continue
		case lua.OP_TFORLOOP:
			callee, ok := r[a].(*lua.LFunction)
			if !ok || !callee.IsG || interrupts.Load() != 0 {
				break
			}
			switch entryOf(callee.GFunction) {
			case inextEntry:
				if by := nextItem(reg.alloc, r[a:], inst, code[pc]); by != 0 {
					pc += by
					continue
				}
			case nextEntry:
				if f := calls.push(); f != nil {
					cf.Pc = pc
					if pc += nextPair(L, cf, f, inst, code[pc]); pc != cf.Pc {
						r = reg.array[cf.LocalBase:]
						if top := cf.LocalBase + int(cf.Fn.Proto.NumUsedRegisters); reg.top < top {
							reg.top = top
						}
						continue
					}
					calls.pop()
				}
			}
		case lua.OP_CLOSURE:
			p := cf.Fn.Proto.FunctionPrototypes[inst&0x3ffff]
			closure := newClosure(p, cf.Fn.Env)
			for i := range closure.Upvalues {
				if b := int(code[pc] & 0x1ff); int(code[pc]>>26) == lua.OP_MOVE {
					closure.Upvalues[i] = s.findUpvalue(cf.LocalBase + b)
				} else {
					closure.Upvalues[i] = cf.Fn.Upvalues[b]
				}
				pc++
			}
			r[a] = closure
			continue
		case lua.OP_CLOSE:
			s.closeUpvalues(cf.LocalBase + int(a))
			continue
		}
		// What has not been done above.
		cf.Pc = pc
		if instructions[inst>>26](L, inst, base) == 1 {
			return 1
		}
		goto load

	branch:
		// A jump follows, which is skipped unless the comparison is as A says.
		if holds != (inst>>18&0xff != 0) {
			pc++
		} else if by := jumpOf(code[pc]); by >= 0 && int(code[pc]>>26) == lua.OP_JMP {
			pc += 1 + by
		}
	}
}
