-- messages with their length before them, in base 128, the low bits first (LEB128)
return {length = "V"}
