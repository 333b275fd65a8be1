// Command sosh is a scriptable socket shell.
package main

func main() {}
