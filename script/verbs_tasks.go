package script

import (
	"context"
	"strings"
	"time"

	"sosh/internal/luadoc"
	"sosh/script/lua51"
	"sosh/sockets"

	lua "github.com/yuin/gopher-lua"
)

// taskVerbs are the rows of tasks and time; channels and barriers are in channel.go.
func taskVerbs() []*Verb {
	return []*Verb{
		{
			Name: "spawn", LuaOnly: true, Group: groupTasks, Run: runSpawn,
			Params:  []Param{{Name: "fn", Type: FunctionType}},
			Rest:    true,
			Summary: "start a task",
			Help:    "The task calls fn(...). While a task waits, others run. The end of the script ends all tasks; use join to wait for one. If a task fails and is never joined, its error is printed and the exit status is 1.",
			Example: []string{"t = spawn(function() return recvline(c) end)"},
			Returns: []luadoc.Result{{Name: "task", Type: "task", Doc: ", whose method is join"}},
		},
		{
			Name: "join", LuaOnly: true, Group: groupTasks, Run: runJoin,
			Params:  []Param{{Name: "task", Type: ObjectType, Object: "task"}},
			Options: []Param{timeoutOption},
			Summary: "wait for a task",
			Help:    "t:join() and join(t) are the same.",
			Example: []string{"t = spawn(function() return recvline(c) end)", "t:join()"},
			Returns: []luadoc.Result{{Name: "results of the task's function", Type: "any", Many: true}}, Note: "its error is raised again",
		},
		{
			Name: "wait_all", LuaOnly: true, Group: groupTasks, Run: runWaitAll,
			Params:  []Param{{Name: "tasks", Type: AnyType}},
			Options: []Param{timeoutOption},
			Summary: "wait for several tasks",
			Help:    "The argument is a table of tasks. When all have ended, wait_all raises the error of the first task in the table that failed, if one did.",
			Example: []string{`a, b = wait_all({spawn(now), spawn(now)})`},
			Returns: []luadoc.Result{{Name: "first result of each task", Type: "any", Many: true}},
		},
		{
			Name: "wait_any", LuaOnly: true, Group: groupTasks, Run: runWaitAny,
			Params:  []Param{{Name: "list", Type: AnyType}},
			Summary: "wait until one of several things is ready",
			Help:    "The list contains channels, handles, tasks, and numbers, which are timeouts in seconds. A handle is ready when a receive or an accept would not wait. wait_any takes no data from any of them.",
			Example: []string{`if wait_any({c, 0.5}) == 2 then print("nothing came") end`},
			Returns: []luadoc.Result{{Name: "index of the first item that is ready", Type: "integer"}, {Name: "item", Type: "any"}},
		},
		{
			Name: "channel", LuaOnly: true, Group: groupTasks, Run: runChannel,
			Params:  []Param{optional("capacity", IntType)},
			Summary: "create a channel between tasks",
			Help:    "A channel carries values of any type, in order, and buffers up to its capacity. With capacity 0, the default, send waits until another task has received the value.",
			Example: []string{`ch = channel(10); ch:send("x"); print(ch:recv())`},
			Returns: []luadoc.Result{{Type: "channel", Doc: ", with the methods send, recv and close"}},
		},
		{
			Name: "channel:send", LuaOnly: true, Group: groupTasks, Run: runChannelSend,
			Params:  []Param{{Name: "channel", Type: ObjectType, Object: "channel"}, {Name: "value", Type: AnyType}},
			Options: []Param{timeoutOption},
			Summary: "send a value",
			Example: []string{`ch = channel(1); ch:send("x")`},
			Note:    "a closed channel raises code closed",
		},
		{
			Name: "channel:recv", LuaOnly: true, Group: groupTasks, Run: runChannelRecv,
			Params:  []Param{{Name: "channel", Type: ObjectType, Object: "channel"}},
			Options: []Param{timeoutOption},
			Summary: "receive a value",
			Example: []string{`ch = channel(1); ch:send("x"); value, ok = ch:recv({timeout=1})`},
			Returns: []luadoc.Result{{Name: "value", Type: "any"}, {Type: "boolean", Doc: "true"}}, Note: "once the channel is closed and empty, nil and false",
		},
		{
			Name: "channel:close", LuaOnly: true, Group: groupTasks, Run: runChannelClose,
			Params:  []Param{{Name: "channel", Type: ObjectType, Object: "channel"}},
			Summary: "close a channel, so that receivers see its end",
			Example: []string{`ch = channel(); ch:close()`},
		},
		{
			Name: "barrier", LuaOnly: true, Group: groupTasks, Run: runBarrier,
			Params:  []Param{{Name: "n", Type: IntType}},
			Summary: "create a barrier, where n tasks wait for each other",
			Example: []string{`b = barrier(2); spawn(function() b:wait() end); b:wait()`},
			Returns: []luadoc.Result{{Type: "barrier", Doc: ", with the method wait"}},
		},
		{
			Name: "barrier:wait", LuaOnly: true, Group: groupTasks, Run: runBarrierWait,
			Params:  []Param{{Name: "barrier", Type: ObjectType, Object: "barrier"}},
			Options: []Param{timeoutOption},
			Summary: "wait until all n tasks are at the barrier",
			Example: []string{`b = barrier(1); b:wait()`},
		},
		{
			Name: "sleep", Group: groupTasks, Run: runSleep,
			Params:  []Param{{Name: "seconds", Type: SecondsType}},
			Summary: "wait for some time",
			Help:    "The time is in seconds, such as 0.5, or has a unit: 500ms.",
			Example: []string{"sleep 0.5"},
		},
		{
			Name: "eventually", LuaOnly: true, Group: groupTasks, Run: runEventually,
			Params:  []Param{{Name: "fn", Type: FunctionType}},
			Options: []Param{{Name: "timeout", Type: SecondsType, Doc: "time limit; default 5 seconds"}, {Name: "every", Type: SecondsType, Doc: "time between calls; default 20ms"}},
			Summary: "call a function until it succeeds",
			Help: "A call succeeds if it raises no error and returns nothing or a true value. A test's check that fails inside fn counts only if the last call fails too. " +
				"At the timeout, a call that is still waiting is cancelled, and eventually fails with code timeout; the message contains fn's last error or result.",
			Example: []string{`eventually(function() return #handles() > 0 end, {timeout=2})`},
			Returns: []luadoc.Result{{Name: "results of the function", Type: "any", Many: true}},
		},
		{
			Name: "now", Group: groupTasks, Run: runNow,
			Summary: "read a clock, to measure time",
			Help:    "The clock is monotonic and counts seconds, with fractions, from an arbitrary start.",
			Example: []string{"now", `began = now(); recvline(c); print(now() - began)`},
			Returns: []luadoc.Result{{Name: "seconds", Type: "number"}},
		},
	}
}

func runSpawn(c *Call) error {
	m := c.Machine
	t := m.start(c.args[0].value.(*lua.LFunction), c.rest)
	if t.scope != nil {
		t.place = strings.TrimSuffix(lua51.Where(c.l, 1), ": ")
	}
	c.Give(m.NewObject("task", t))
	return nil
}

func runJoin(c *Call) error {
	t := c.Object(0).(*Task)
	if err := c.await(t); err != nil {
		return err
	}
	if t.err != nil {
		return rethrow{t.err.(*Error)}
	}
	c.Give(t.values...)
	return nil
}

func runSleep(c *Call) error {
	return c.Wait(func(ctx context.Context) error {
		if err := sockets.Pause(ctx, c.Seconds(0)); err != nil {
			return &sockets.Error{Op: "sleep", Err: err}
		}
		return nil
	})
}

var start = time.Now()

func runNow(c *Call) error {
	c.Give(lua.LNumber(time.Since(start).Seconds()))
	return nil
}
