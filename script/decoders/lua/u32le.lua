-- messages with their length before them, in 4 bytes, little endian
return {length = "<I4"}
