-- messages with their length before them, in 1 byte
return {length = "B"}
