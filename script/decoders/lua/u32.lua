-- messages with their length before them, in 4 bytes, big endian
return {length = ">I4"}
