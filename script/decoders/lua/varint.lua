-- messages with a length prefix in base 128, the low bits first (LEB128)
return {length = "V"}
